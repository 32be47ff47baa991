import {
	NodeConnectionTypes,
	type DeclarativeRestApiSettings,
	type IExecutePaginationFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { getProjects } from './methods/getProjects';
import { testConnection } from './methods/testConnection';
import { findOperation } from './resources';
import { properties } from './resources/properties';
import { hints } from './shared/hints';
import { runOperation } from './shared/operation';

/**
 * Runs the selected operation for one input item. n8n calls this for every item: pagination is the
 * one place where its declarative engine lets a node send the request.
 */
async function sendRequest(
	this: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
): Promise<INodeExecutionData[]> {
	const resource = this.getNodeParameter('resource', '') as string;
	const operation = this.getNodeParameter('operation', '') as string;
	return await runOperation(this, requestData, findOperation(resource, operation));
}

/** The Cloudsquid node. */
export class Cloudsquid implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Cloudsquid',
		name: 'cloudsquid',
		icon: {
			light: 'file:../../icons/cloudsquid.svg',
			dark: 'file:../../icons/cloudsquid.dark.svg',
		},
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Turn documents into structured data with Cloudsquid',
		documentationUrl: 'https://docs.cloudsquid.io/concepts/async-run-pattern',
		defaults: { name: 'Cloudsquid' },
		usableAsTool: true,
		builderHint: {
			searchHint:
				'Extracts structured data from documents: PDFs, images, spreadsheets, emails, audio, video. Document → Extract does everything in one step for any number of input items, so no loop, Wait, or IF node is needed.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-cloudsquid.cloudsquidTrigger',
					relationHint: 'Starts the workflow when files are added to a project',
				},
			],
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'cloudsquidApi', required: true, testedBy: 'testConnection' }],
		requestDefaults: {
			// Requests are sent to the base URL of the credential. n8n adds the host of this one to the
			// credential's allowed domains.
			baseURL: 'https://api.cloudsquid.io/api',
			headers: { Accept: 'application/json' },
		},
		requestOperations: { pagination: sendRequest },
		hints,
		properties,
	};

	methods = { credentialTest: { testConnection }, listSearch: { getProjects } };
}
