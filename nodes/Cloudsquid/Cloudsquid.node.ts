import {
	NodeConnectionTypes,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { testConnection } from './credentialTest/testConnection';
import { getProjects } from './listSearch/getProjects';
import { documentFields, documentProperties } from './resources/document';
import { projectFields, projectProperties } from './resources/project';
import { projectFileFields, projectFileProperties } from './resources/projectFile';
import { reconciliationFields, reconciliationProperties } from './resources/reconciliation';
import { runFields, runProperties } from './resources/run';
import { tableFields, tableProperties } from './resources/table';
import { projectSelect, tableSelect } from './shared/descriptions';

const resourceSelect: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Document', value: 'document' },
		{ name: 'Project', value: 'project' },
		{ name: 'Project File', value: 'projectFile' },
		{ name: 'Reconciliation', value: 'reconciliation' },
		{ name: 'Run', value: 'run' },
		{ name: 'Table', value: 'table' },
	],
	default: 'document',
};

/** The Cloudsquid node: what it offers, in the order in which the editor shows it. */
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
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'cloudsquidApi', required: true, testedBy: 'testConnection' }],
		requestDefaults: {
			baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
			headers: { Accept: 'application/json' },
		},
		properties: [
			resourceSelect,
			...documentProperties,
			...projectProperties,
			...projectFileProperties,
			...reconciliationProperties,
			...runProperties,
			...tableProperties,
			projectSelect,
			tableSelect,
			...documentFields,
			...projectFields,
			...projectFileFields,
			...reconciliationFields,
			...runFields,
			...tableFields,
		],
	};

	methods = {
		credentialTest: { testConnection },
		listSearch: { getProjects },
	};
}
