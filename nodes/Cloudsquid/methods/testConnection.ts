import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { describeFailure } from '../shared/errors';
import { editorMessages, type Message } from '../shared/messages';
import { projectNames, projectsEndpoint } from '../shared/projects';
import { getApiKey, getBaseUrl, isHttpUrl, redactApiKey } from '../transport/credential';
import { classifyRequestError, type RequestResult } from '../transport/failure';
import { parseResponse } from '../transport/response';

const TIMEOUT_MS = 30_000;

/**
 * Tests the credential with a request that every key may send and that costs nothing: the list of
 * projects. Each outcome has a message of its own.
 *
 * n8n gives a credential test one way to send a request, which does not use the credential. This is
 * therefore the only place that sets the header itself.
 *
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export async function testConnection(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const apiKey = getApiKey(credential.data ?? {});
	const baseUrl = getBaseUrl(credential.data ?? {});
	if (!apiKey) return failed(editorMessages.apiKeyEmpty);
	if (!isHttpUrl(baseUrl)) return failed(editorMessages.baseUrlInvalid);
	const result = await sendTestRequest(this, baseUrl, apiKey);
	if ('failure' in result) return failed(describeFailure(result.failure));
	if (!projectNames(result.response)) {
		return failed(describeFailure({ kind: 'unexpectedResponse', method: 'GET' }));
	}
	return { status: 'OK', message: editorMessages.connectionSuccessful.message };
}

async function sendTestRequest(
	{ helpers }: ICredentialTestFunctions,
	baseUrl: string,
	apiKey: string,
): Promise<RequestResult> {
	try {
		const response = (await helpers.request({
			method: projectsEndpoint.method,
			uri: `${baseUrl}${projectsEndpoint.url}`,
			headers: { 'X-API-Key': apiKey, Accept: 'application/json' },
			resolveWithFullResponse: true,
			simple: false,
			followRedirect: false,
			timeout: TIMEOUT_MS,
		})) as Parameters<typeof parseResponse>[0];
		const body = typeof response.body === 'string' ? redactApiKey(response.body, apiKey) : '';
		return parseResponse({ ...response, body }, 'GET');
	} catch (error) {
		return classifyRequestError(error, 'GET');
	}
}

function failed({ message, description }: Message): INodeCredentialTestResult {
	return { status: 'Error', message: `${message}. ${description}` };
}
