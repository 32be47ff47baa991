import type {
	ICredentialDataDecryptedObject,
	Icon,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

/** The API key of a credential, without whitespace pasted around it. */
export function getApiKey({ apiKey }: Partial<ICredentialDataDecryptedObject>): string {
	return typeof apiKey === 'string' ? apiKey.trim() : '';
}

/**
 * An API key, created in the Cloudsquid dashboard under Project Settings → API Keys. It is sent in
 * the header `X-API-Key` of every request.
 *
 * The connection test is the node's `testConnection`: a plain request test has no message of its
 * own for a service that does not respond, or that returns a web page.
 *
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export class CloudsquidApi implements ICredentialType {
	name = 'cloudsquidApi';

	displayName = 'Cloudsquid API';

	icon: Icon = { light: 'file:../icons/cloudsquid.svg', dark: 'file:../icons/cloudsquid.dark.svg' };

	documentationUrl = 'https://docs.cloudsquid.io/api-reference/introduction';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'Create one in the Cloudsquid dashboard under Project Settings → API Keys',
			description: 'API key of your Cloudsquid project',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://api.cloudsquid.io/api',
			placeholder: 'e.g. https://api.cloudsquid.io/api',
			description: 'URL of the Cloudsquid API. Change it only if Cloudsquid gave you another one.',
		},
	];

	/**
	 * Adds the key to a request. The generic form would evaluate an expression for every request, which
	 * takes n8n longer than sending it.
	 */
	async authenticate(
		credential: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return { ...request, headers: { ...request.headers, 'X-API-Key': getApiKey(credential) } };
	}
}
