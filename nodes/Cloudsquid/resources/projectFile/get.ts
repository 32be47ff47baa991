import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { commonOptions, optionsField } from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { pathField, readEntry } from './path';

const showOnlyForFileGet = { resource: ['projectFile'], operation: ['get'] };

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const getOption: INodePropertyOptions = {
	name: 'Get',
	value: 'get',
	action: 'Get project file',
	description: 'Read what is at a path: a file with a download link, or a folder with its entries',
	routing: {
		request: { method: 'GET', url: '/projects/{project_name}/files' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				const entry = await readEntry(job);
				return [{ ...entry, path: job.known.path, project_name: job.known.project_name }];
			}),
		},
	},
};

export const getFields: INodeProperties[] = [
	pathField(showOnlyForFileGet, {
		placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
		description: 'The path of the file or folder in the project',
	}),
	optionsField(showOnlyForFileGet, commonOptions),
];
