import { createRequest, requestId } from '../../transport/request';
import type { PathIds } from '../../transport/endpoint';
import { formatIds } from '../../shared/errors';
import {
	longRunNotice,
	outputOption,
	waitField,
	waitingOptions,
	zeroRetentionFields,
} from '../../shared/fields';
import { logInfo, type ItemContext } from '../../shared/itemContext';
import { toExecutionData, type Operation, type OperationOption } from '../../shared/operation';
import { readBoolean, readId, readTable } from '../../shared/parameters';
import { normalizeRow, toOutput } from '../../shared/rows';
import { waitForRun } from '../../shared/waitForRun';
import { getRunRequest } from './get';

const onlyWhenWaiting = { show: { '/waitForCompletion': [true] } };

const option = {
	name: 'Start Run',
	value: 'start',
	action: 'Start run',
	description: 'Start the extraction of an uploaded document, or run a task',
	routing: { request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/run' } },
} as const satisfies OperationOption;

/**
 * Starts a run of a row. Returns at once.
 *
 * @returns the response, `{run_id}`
 * @throws NodeApiError if the run could not be started, or if that is unknown
 */
export async function startRun(
	item: ItemContext,
	ids: PathIds<typeof option.routing.request> & { row_id: string },
	zero_retention: boolean,
) {
	const body = { row_id: ids.row_id, zero_retention };
	const apiRequest = createRequest(option.routing.request, ids, { body });
	const { run_id: known } = item.progress.created;
	const response = await requestId(item, apiRequest, 'run_id');
	// If the user stops the execution, n8n shows no output.
	if (response.run_id !== known) logInfo(item, `run started. ${formatIds(item.ids)}`);
	return response;
}

function read(item: ItemContext) {
	return {
		ids: { ...readTable(item), row_id: readId(item, 'rowId', 'Row ID') },
		zeroRetention: readBoolean(item, 'zeroRetention', 'Zero Retention'),
		wait: readBoolean(item, 'waitForCompletion', 'Wait for Completion'),
	};
}

/** @see https://docs.cloudsquid.io/api-reference/tables/request-starts-the-analyze-process-for-a-table */
export const start: Operation<ReturnType<typeof read>> = {
	option,
	fields: [
		{
			displayName: 'Row ID',
			name: 'rowId',
			type: 'string',
			required: true,
			default: '={{ $json.row_id }}',
			placeholder: 'e.g. 7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b',
			hint: 'The row_id returned by Document → Upload, or the task_id returned by Reconciliation → Create Task',
			description:
				'The row to extract. By default, uses row_id from the input item. For a task, enter the task ID.',
		},
		...zeroRetentionFields(),
		waitField,
		longRunNotice({ waitForCompletion: [true] }),
	],
	options: [
		{ ...outputOption, displayOptions: onlyWhenWaiting },
		...waitingOptions(onlyWhenWaiting),
	],
	read,
	async run(item, { ids, zeroRetention, wait }) {
		const response = await startRun(item, ids, zeroRetention);
		const known = { ...item.ids, zero_retention: zeroRetention };
		if (!wait) return toExecutionData(item, [{ ...response, ...known }]);
		const { run_id } = response;
		const row = await waitForRun(item, getRunRequest({ ...ids, run_id }), true);
		return toExecutionData(item, [toOutput(item, normalizeRow(row, known))]);
	},
};
