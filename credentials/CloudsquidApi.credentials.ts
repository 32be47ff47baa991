import type {
	ICredentialDataDecryptedObject,
	Icon,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { apiKeyOf } from '../nodes/Cloudsquid/shared/credential';

/**
 * What opens the Cloudsquid API: a key, made in the dashboard under Project Settings → API Keys,
 * sent as the header `X-API-Key` with every request.
 *
 * The connection test is the node's `testConnection`: a plain request test could not tell a
 * service that gives no answer, or a web page, in words of its own.
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
			hint: 'Made in the Cloudsquid dashboard under Project Settings → API Keys',
			description: 'What opens the Cloudsquid API; it belongs to one project',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://api.cloudsquid.io/api',
			placeholder: 'e.g. https://api.cloudsquid.io/api',
			description:
				'Where the API is reached. Change it only if Cloudsquid gave you another address.',
		},
	];

	/**
	 * Adds the key to a request, without what was pasted around it. The generic form would evaluate an
	 * expression with every request, which takes n8n longer than all else it does to send one.
	 */
	async authenticate(
		credential: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return { ...request, headers: { ...request.headers, 'X-API-Key': apiKeyOf(credential) } };
	}
}
