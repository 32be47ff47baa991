import { createRequest } from '../../transport/request';
import {
	documentFields,
	documentOptions,
	longRunNotice,
	outputOption,
	waitingOptions,
	zeroRetentionFields,
} from '../../shared/fields';
import { forEachInputFile, readInputFiles, type InputFile } from '../../shared/inputFiles';
import type { ItemContext } from '../../shared/itemContext';
import type { Operation, OperationOption } from '../../shared/operation';
import { syncTimeoutMs } from '../../shared/options';
import { readBoolean, readTable } from '../../shared/parameters';
import { normalizeRow, toOutput } from '../../shared/rows';
import { waitForRun } from '../../shared/waitForRun';
import { getRunRequest } from '../run/get';
import { startRun } from '../run/start';
import { runSynchronously } from '../run/synchronous';
import { uploadDocument } from './upload';

const option = {
	name: 'Extract',
	value: 'extract',
	action: 'Extract data from document',
	description:
		'Upload a document, run the extraction, and return the extracted data. Waits up to 10 minutes by default.',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/extract' },
	},
} as const satisfies OperationOption;

async function read(item: ItemContext) {
	const { context } = item;
	return {
		ids: readTable(item),
		files: await readInputFiles(item),
		sync: context.getNodeParameter('extractMode', 'async') === 'sync',
		zeroRetention: readBoolean(item, 'zeroRetention', 'Zero Retention'),
	};
}

type Parameters = Awaited<ReturnType<typeof read>>;

/** Three requests, each of which may be slow, and none of which is sent twice. */
async function extractAsync(
	item: ItemContext,
	{ ids, zeroRetention }: Parameters,
	file: InputFile,
) {
	const { row_id } = await uploadDocument(item, ids, file);
	const { run_id } = await startRun(item, { ...ids, row_id }, zeroRetention);
	const row = await waitForRun(item, getRunRequest({ ...ids, run_id }), true);
	return toOutput(item, normalizeRow(row, { ...item.ids, zero_retention: zeroRetention }));
}

/** One request that stays open until the data is there, for as long as a run may take. */
async function extractSync(item: ItemContext, { ids }: Parameters, file: InputFile) {
	const { body, priority } = file;
	const details = { body, priority, timeout: syncTimeoutMs(item.context) };
	const apiRequest = createRequest(option.routing.request, ids, details);
	const row = await runSynchronously(item, ids, apiRequest);
	return toOutput(item, normalizeRow(row, item.ids));
}

/**
 * @see https://docs.cloudsquid.io/concepts/async-run-pattern
 * @see https://docs.cloudsquid.io/api-reference/unified/synchronous-extraction-for-a-file-end-to-end
 */
export const extract: Operation<Parameters> = {
	option,
	fields: [
		...documentFields,
		{
			displayName: 'Mode',
			name: 'extractMode',
			type: 'options',
			options: [
				{
					name: 'Any Document (Asynchronous)',
					value: 'async',
					description: 'Upload, run, and check the status until the data is available',
				},
				{
					name: 'Short Document (Synchronous)',
					value: 'sync',
					description:
						'One request that stays open until the data is available. For documents that take less than a minute.',
				},
			],
			default: 'async',
			description:
				'How to run the extraction. See <a href="https://docs.cloudsquid.io/concepts/async-run-pattern" target="_blank">the documentation</a>.',
		},
		...zeroRetentionFields({ extractMode: ['async'] }),
		longRunNotice({ extractMode: ['async'] }),
	],
	options: [...documentOptions, outputOption, ...waitingOptions()],
	read,
	run: async (item, parameters) => {
		const run = parameters.sync ? extractSync : extractAsync;
		return await forEachInputFile(
			item,
			parameters.files,
			async (each, file) => await run(each, parameters, file),
		);
	},
};
