import type {
	IBinaryData,
	IDataObject,
	INodeProperties,
	INodePropertyOptions,
	NodeApiError,
} from 'n8n-workflow';

import { commonOptions, optionsField } from '../../shared/descriptions';
import { explain, inputError, isStop, serviceError, type Failure } from '../../shared/errors';
import { perItem, toItems, type Job } from '../../shared/job';
import { readOptions } from '../../shared/options';
import { readText } from '../../shared/parameters';
import { download, pauseOrStop, unexpectedAnswer } from '../../shared/transport';
import { pathField, readEntry } from './path';

const showOnlyForFileDownload = { resource: ['projectFile'], operation: ['download'] };

/** A link is good for 15 minutes; where it fails a new one is asked for, this often at most. */
const FRESH_LINKS = 2;

/** Fetches the file at the path through its presigned link, into n8n's binary store. */
async function fetchFile(job: Job): Promise<{ file: IDataObject; binary: IBinaryData }> {
	const freshLinks = Math.min(FRESH_LINKS, readOptions(job.context).maxRetries);
	for (let attempt = 0; ; attempt++) {
		const file = await readEntry(job, 'file');
		if (typeof file.url !== 'string' || !/^https?:/i.test(file.url)) throw unexpectedAnswer(job);
		const name = typeof file.name === 'string' ? file.name : undefined;
		const type = typeof file.mimetype === 'string' ? file.mimetype : undefined;
		const size = typeof file.size === 'number' ? file.size : undefined;
		const outcome = await download(
			job,
			{ url: file.url, size },
			async (content, told) =>
				await job.context.helpers.prepareBinaryData(content, name, type ?? told),
		);
		if ('stored' in outcome) return { file, binary: outcome.stored };
		if (attempt >= freshLinks && !isStop(job)) throw downloadError(job, outcome.failure);
		await pauseOrStop(job, 500);
	}
}

function downloadError(job: Job, failure: Failure): NodeApiError {
	const { statusCode, code, reason } = failure;
	const found =
		statusCode === undefined
			? (reason ?? `${explain(failure).message}${code ? ` (${code})` : ''}`)
			: `The storage answered with the status ${statusCode}`;
	return serviceError(job, {
		kind: 'downloadFailed',
		message: 'The file could not be downloaded from its link',
		description: `${found}. Links are good for 15 minutes; a new one was asked for each time.`,
		statusCode,
	});
}

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const downloadOption: INodePropertyOptions = {
	name: 'Download',
	value: 'download',
	action: 'Download project file',
	description: "Fetch a file of the project into the item's files",
	routing: {
		request: { method: 'GET', url: '/projects/{project_name}/files' },
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
				const { file, binary } = await fetchFile(job);
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
