import type {
	ICredentialDataDecryptedObject,
	IExecutePaginationFunctions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';

import { getApiKey } from '../../../credentials/CloudsquidApi.credentials';

export { getApiKey };

/** A shorter key is not valid, and might well be part of a document. */
const MIN_KEY_LENGTH = 8;

/** What sends requests: an operation for an item, or a list in the editor. */
export type RequestContext = IExecutePaginationFunctions | ILoadOptionsFunctions;

const credentials = new WeakMap<RequestContext, Promise<ICredentialDataDecryptedObject>>();

/**
 * The credential, read once for each item: reading and decrypting it takes n8n as long as a request.
 * Items do not share it, because an expression in the credential may use the item.
 */
export async function readCredential(
	context: RequestContext,
): Promise<ICredentialDataDecryptedObject> {
	const credential = credentials.get(context) ?? context.getCredentials('cloudsquidApi');
	credentials.set(context, credential);
	return await credential;
}

/** The base URL of the API, without a slash at its end. */
export function getBaseUrl({ baseUrl }: Partial<ICredentialDataDecryptedObject>): string {
	return typeof baseUrl === 'string' ? baseUrl.trim().replace(/\/+$/, '') : '';
}

/** Whether requests can be sent to a base URL. */
export function isHttpUrl(baseUrl: string): boolean {
	return /^https?:\/\/[^/]/i.test(baseUrl);
}

/** A response body without the API key, should the service repeat it: n8n stores what items hold. */
export function redactApiKey(text: string, key: string): string {
	if (key.length < MIN_KEY_LENGTH) return text;
	const json = JSON.stringify(key).slice(1, -1);
	// Some services also escape slashes.
	const forms = [key, json, json.split('/').join('\\/')];
	return forms.reduce(
		(redacted, form) => (redacted.includes(form) ? redacted.split(form).join('***') : redacted),
		text,
	);
}
