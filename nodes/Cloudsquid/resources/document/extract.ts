import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { SourceDocument } from '../../shared/documents';
import {
	commonOptions,
	documentFields,
	documentOptions,
	optionsField,
	outputOption,
	waitingOptions,
	zeroRetentionField,
	zeroRetentionNotice,
} from '../../shared/descriptions';
import { eachDocument } from '../../shared/eachDocument';
import { perItem, type Job } from '../../shared/job';
import { blockingTimeout } from '../../shared/options';
import { readTable } from '../../shared/parameters';
import { settleEnd, waitForRun } from '../../shared/polling';
import { toOutput, toRow } from '../../shared/rows';
import { lookAtRun, startRun, uploadDocument } from '../../shared/runs';
import { requestObject } from '../../shared/transport';

const showOnlyForDocumentExtract = { resource: ['document'], operation: ['extract'] };
const showOnlyForAsync = { ...showOnlyForDocumentExtract, extractMode: ['async'] };

/** Upload, run and wait: three requests that may each take their time, and none is sent twice. */
async function extractInSteps(job: Job, document: SourceDocument, zeroRetention: boolean) {
	await uploadDocument(job, document);
	await startRun(job, job.known.row_id!, zeroRetention);
	const row = await waitForRun(job, lookAtRun, 'pause');
	return toOutput(job, toRow(row, { ...job.known, zero_retention: zeroRetention }));
}

/** The one blocking call. It is given as much time as waiting for a run would get. */
async function extractAtOnce(job: Job, { body }: SourceDocument) {
	const answer = await requestObject(job, {
		url: '/projects/{project_name}/tables/{table_id}/extract',
		body,
		timeout: blockingTimeout(job.context),
		lane: 'begin',
	});
	return toOutput(job, toRow(settleEnd(job, answer), { ...job.known }));
}

/**
 * @see https://docs.cloudsquid.io/concepts/async-run-pattern
 * @see https://docs.cloudsquid.io/api-reference/unified/synchronous-extraction-for-a-file-end-to-end
 */
export const extractOption: INodePropertyOptions = {
	name: 'Extract',
	value: 'extract',
	action: 'Extract data from document',
	description: 'Upload a document, run the extraction, wait for it and give the data',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/files' },
		send: { paginate: true },
		operations: {
			pagination: perItem(async (job) => {
				readTable(job);
				const { context } = job;
				const atOnce = context.getNodeParameter('extractMode', 'async') === 'sync';
				const zeroRetention = context.getNodeParameter('zeroRetention', false) === true;
				return await eachDocument(job, async (each, document) =>
					atOnce
						? await extractAtOnce(each, document)
						: await extractInSteps(each, document, zeroRetention),
				);
			}),
		},
	},
};

export const extractFields: INodeProperties[] = [
	...documentFields(showOnlyForDocumentExtract),
	{
		displayName: 'Mode',
		name: 'extractMode',
		type: 'options',
		options: [
			{
				name: 'Asynchronous',
				value: 'async',
				description: 'Upload, run and wait. Right for documents of any length.',
			},
			{
				name: 'Synchronous',
				value: 'sync',
				description:
					'One call that stays open until the data is there. For documents read within a minute.',
			},
		],
		default: 'async',
		description:
			'How the extraction is run, see <a href="https://docs.cloudsquid.io/concepts/async-run-pattern" target="_blank">the documentation</a>',
		displayOptions: { show: showOnlyForDocumentExtract },
	},
	zeroRetentionField(showOnlyForAsync),
	zeroRetentionNotice(showOnlyForAsync),
	optionsField(showOnlyForDocumentExtract, [
		...commonOptions,
		...documentOptions,
		outputOption,
		...waitingOptions(),
	]),
];
