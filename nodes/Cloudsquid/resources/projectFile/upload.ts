import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	commonOptions,
	documentFields,
	documentOptions,
	optionsField,
} from '../../shared/descriptions';
import { eachDocument } from '../../shared/eachDocument';
import { inputError } from '../../shared/errors';
import { perItem, type Job } from '../../shared/job';
import { readPath, readProject } from '../../shared/parameters';
import { requestObject } from '../../shared/transport';
import { pathField } from './path';

const showOnlyForFileUpload = { resource: ['projectFile'], operation: ['upload'] };

/** Where a document goes: a path that ends in a slash names the folder to put it in. */
function toTarget(job: Job, path: string, filename: string): string {
	if (path.endsWith('/')) return path + filename.replace(/[\\/]/g, '_');
	if (job.known.source_field === undefined) return path;
	throw inputError(
		job,
		"'Path' names one file, but there may be several",
		'End it with a slash: each file then keeps its own name in that folder.',
	);
}

/** @see https://docs.cloudsquid.io/api-reference/filesystem/upload-file-by-path */
export const uploadOption: INodePropertyOptions = {
	name: 'Upload',
	value: 'upload',
	action: 'Upload project file',
	description:
		'Put a file at a path of the project; missing folders are made, nothing is overwritten',
	routing: {
		request: { method: 'PUT', url: '/projects/{project_name}/files' },
		send: { paginate: true },
		operations: {
			pagination: perItem(async (job) => {
				readProject(job);
				const path = readPath(job);
				return await eachDocument(job, async (each, { filename, body }) => {
					const target = toTarget(each, path, filename);
					each.known.path = target;
					const file = await requestObject(each, { qs: { path: target }, body, lane: 'begin' });
					return { ...file, ...each.known };
				});
			}),
		},
	},
};

export const uploadFields: INodeProperties[] = [
	pathField(showOnlyForFileUpload, {
		placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
		hint: 'End it with a slash to keep the name of the file',
		description: 'Where to put the file in the project',
	}),
	...documentFields(showOnlyForFileUpload),
	optionsField(showOnlyForFileUpload, [...commonOptions, ...documentOptions]),
];
