import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	commonOptions,
	optionsField,
	outputOption,
	waitField,
	waitingOptions,
	zeroRetentionField,
	zeroRetentionNotice,
} from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { readTable, readUuid } from '../../shared/parameters';
import { waitForRun } from '../../shared/polling';
import { toOutput, toRow } from '../../shared/rows';
import { lookAtRun, startRun } from '../../shared/runs';

const showOnlyForRunStart = { resource: ['run'], operation: ['start'] };
const onlyWhenWaiting = { show: { '/waitForCompletion': [true] } };

/** @see https://docs.cloudsquid.io/api-reference/tables/request-starts-the-analyze-process-for-a-table */
export const startOption: INodePropertyOptions = {
	name: 'Start Run',
	value: 'start',
	action: 'Start run',
	description: 'Begin the extraction of a document that is in the table, or run a task',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/run' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				readTable(job);
				const { context } = job;
				const rowId = readUuid(
					job,
					'rowId',
					'Row ID',
					'Take row_id from the output of Document → Upload.',
				);
				const zeroRetention = context.getNodeParameter('zeroRetention', false) === true;
				job.known.row_id = rowId;
				const answer = await startRun(job, rowId, zeroRetention);
				const known = { ...job.known, zero_retention: zeroRetention };
				if (context.getNodeParameter('waitForCompletion', false) !== true) {
					return [{ ...answer, ...known }];
				}
				const row = await waitForRun(job, lookAtRun, 'pause');
				return [toOutput(job, toRow(row, known))];
			}),
		},
	},
};

export const startFields: INodeProperties[] = [
	{
		displayName: 'Row ID',
		name: 'rowId',
		type: 'string',
		required: true,
		default: '={{ $json.row_id }}',
		placeholder: 'e.g. 7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b',
		hint: 'The row_id of a Document → Upload, or the task_id of a Reconciliation → Create Task',
		description:
			'The row whose document is to be read. The expression it starts with takes the row of a Document → Upload before this node. For a task, enter its ID.',
		displayOptions: { show: showOnlyForRunStart },
	},
	zeroRetentionField(showOnlyForRunStart),
	zeroRetentionNotice(showOnlyForRunStart),
	waitField(showOnlyForRunStart),
	optionsField(showOnlyForRunStart, [
		...commonOptions,
		{ ...outputOption, displayOptions: onlyWhenWaiting },
		...waitingOptions(onlyWhenWaiting),
	]),
];
