import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { hideKey, judge, judgeFault, type Outcome } from '../shared/answers';
import { apiKeyOf, baseUrlOf, isWebAddress } from '../shared/credential';
import { explain } from '../shared/errors';

/**
 * Tries the credential on the one call that every key may make and that costs nothing: the list of
 * projects. Each outcome has a sentence of its own.
 *
 * n8n gives a credential test one way to send a request, which knows nothing of the credential yet;
 * this is therefore the only place that writes the header itself.
 *
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export async function testConnection(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const apiKey = apiKeyOf(credential.data ?? {});
	const baseUrl = baseUrlOf(credential.data ?? {});
	if (!apiKey) return refuse("'API Key' is empty. Make a key in the Cloudsquid dashboard.");
	if (!isWebAddress(baseUrl)) {
		return refuse("'Base URL' is no web address. It starts with https://.");
	}
	const { helpers } = this;
	const outcome = await ask(async () => {
		const response: unknown = await helpers.request({
			method: 'GET',
			uri: `${baseUrl}/projects`,
			headers: { 'X-API-Key': apiKey, Accept: 'application/json' },
			resolveWithFullResponse: true,
			simple: false,
			followRedirect: false,
			timeout: 30_000,
		});
		return response as Answer;
	});
	return toResult(hideKey(outcome, apiKey));
}

/** What n8n's helper gives when asked for the full response. */
type Answer = Parameters<typeof judge>[0];

async function ask(send: () => Promise<Answer>): Promise<Outcome> {
	try {
		return judge(await send(), 'GET');
	} catch (error) {
		return judgeFault(error, 'GET');
	}
}

function toResult(outcome: Outcome): INodeCredentialTestResult {
	if ('failure' in outcome) {
		const { message, description } = explain(outcome.failure);
		return refuse(`${message}. ${description}`);
	}
	if (Array.isArray(outcome.answer)) return { status: 'OK', message: 'Connection successful' };
	const { message, description } = explain({ kind: 'unexpectedAnswer', method: 'GET' });
	return refuse(`${message}. ${description}`);
}

function refuse(message: string): INodeCredentialTestResult {
	return { status: 'Error', message };
}
