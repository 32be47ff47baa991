import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { isObject } from '../../shared/answers';
import { commonOptions, optionsField } from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { limitList, listFields } from '../../shared/lists';
import { pathField, readEntry } from './path';

const showOnlyForFileGetAll = { resource: ['projectFile'], operation: ['getAll'] };

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const getAllOption: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many project files',
	description: 'List what is directly in a folder',
	routing: {
		request: { method: 'GET', url: '/projects/{project_name}/files' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				const { entries } = await readEntry(job, 'folder');
				const { path = '', project_name } = job.known;
				const folder = path.replace(/\/+$/, '');
				const list = Array.isArray(entries) ? entries.filter(isObject) : [];
				return limitList(job, list).map((entry) => ({
					...entry,
					path: `${folder}/${String(entry.name)}`,
					project_name,
				}));
			}),
		},
	},
};

export const getAllFields: INodeProperties[] = [
	pathField(showOnlyForFileGetAll, {
		placeholder: 'e.g. /invoices/2026',
		description: 'The path of the folder in the project; / is the top',
	}),
	...listFields(showOnlyForFileGetAll),
	optionsField(showOnlyForFileGetAll, commonOptions),
];
