import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** What a credential holds, as far as it is filled in. */
type Credential = Partial<ICredentialDataDecryptedObject>;

/** The API key, without what was pasted around it. */
export function apiKeyOf({ apiKey }: Credential): string {
	return typeof apiKey === 'string' ? apiKey.trim() : '';
}

/**
 * What paths are appended to: the base URL without a slash at its end. The node's description says
 * the same as an expression, since n8n must find the address there.
 */
export function baseUrlOf({ baseUrl }: Credential): string {
	return typeof baseUrl === 'string' ? baseUrl.trim().replace(/\/+$/, '') : '';
}

/** Whether a request can be sent to what stands as the base URL. */
export function isWebAddress(baseUrl: string): boolean {
	return /^https?:\/\/[^/]/i.test(baseUrl);
}
