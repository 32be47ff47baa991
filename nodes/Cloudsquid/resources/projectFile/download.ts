import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { commonOptions, optionsField } from '../../shared/descriptions';
import { inputError, runError } from '../../shared/errors';
import { perItem, toItems, type Job } from '../../shared/job';
import { readText } from '../../shared/parameters';
import {
	openDownload,
	pauseOrStop,
	unexpectedAnswer,
	type FileStream,
} from '../../shared/transport';
import { pathField, readEntry } from './path';

const showOnlyForFileDownload = { resource: ['projectFile'], operation: ['download'] };

/** A link is good for 15 minutes; one that no longer works is asked for anew, this often. */
const FRESH_LINKS = 2;

/** Opens the file at the path through its presigned link. */
async function openFile(job: Job): Promise<{ file: IDataObject; stream: FileStream }> {
	for (let attempt = 0; ; attempt++) {
		const file = await readEntry(job, 'file');
		if (typeof file.url !== 'string' || !/^https?:/i.test(file.url)) throw unexpectedAnswer(job);
		const download = await openDownload(job, file.url);
		if ('stream' in download) return { file, stream: download.stream };
		if (attempt >= FRESH_LINKS) {
			throw runError(
				job,
				'The file could not be downloaded from its link',
				`The storage answered with the status ${download.statusCode}. Links are good for 15 minutes; a new one was asked for each time.`,
				download.statusCode,
			);
		}
		await pauseOrStop(job, 500);
	}
}

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const downloadOption: INodePropertyOptions = {
	name: 'Download',
	value: 'download',
	action: 'Download project file',
	description: "Fetch a file of the project into the item's files",
	routing: {
		request: { method: 'GET', url: '/files' },
		send: { paginate: true },
		operations: {
			pagination: perItem(async (job) => {
				const field = readText(job, 'binaryPropertyName');
				if (field === '') {
					throw inputError(
						job,
						"'Output Data Field Name' is empty",
						'Enter the name of the field to put the file in, such as data.',
					);
				}
				const { file, stream } = await openFile(job);
				const name = typeof file.name === 'string' ? file.name : undefined;
				const type = typeof file.mimetype === 'string' ? file.mimetype : undefined;
				const binary = await job.context.helpers.prepareBinaryData(stream, name, type);
				const { path, project_name } = job.known;
				const [item] = toItems(job, [{ ...file, path, project_name }]);
				return [{ ...item!, binary: { [field]: binary } }];
			}),
		},
	},
};

export const downloadFields: INodeProperties[] = [
	pathField(showOnlyForFileDownload, {
		placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
		description: 'The path of the file in the project',
	}),
	{
		displayName: 'Output Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		description: 'The name of the field to put the file in',
		displayOptions: { show: showOnlyForFileDownload },
	},
	optionsField(showOnlyForFileDownload, commonOptions),
];
