import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	commonOptions,
	documentFields,
	documentOptions,
	optionsField,
} from '../../shared/descriptions';
import { eachDocument } from '../../shared/eachDocument';
import { perItem } from '../../shared/job';
import { readTable } from '../../shared/parameters';
import { uploadDocument } from '../../shared/runs';

const showOnlyForDocumentUpload = { resource: ['document'], operation: ['upload'] };

/** @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table */
export const uploadOption: INodePropertyOptions = {
	name: 'Upload',
	value: 'upload',
	action: 'Upload document',
	description: 'Put a document into a table without reading it yet; gives the row ID',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/files' },
		send: { paginate: true },
		operations: {
			pagination: perItem(async (job) => {
				readTable(job);
				return await eachDocument(job, async (each, document) => {
					const answer = await uploadDocument(each, document);
					const { filename, mimetype } = document;
					return { ...answer, filename, mimetype, ...each.known };
				});
			}),
		},
	},
};

export const uploadFields: INodeProperties[] = [
	...documentFields(showOnlyForDocumentUpload),
	optionsField(showOnlyForDocumentUpload, [...commonOptions, ...documentOptions]),
];
