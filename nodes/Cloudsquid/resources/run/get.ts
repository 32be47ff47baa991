import { createRequest, request } from '../../transport/request';
import type { PathIds } from '../../transport/endpoint';
import { outputOption, waitField, waitingOptions } from '../../shared/fields';
import type { ItemContext } from '../../shared/itemContext';
import { toExecutionData, type Operation, type OperationOption } from '../../shared/operation';
import { readBoolean, readId, readTable } from '../../shared/parameters';
import { normalizeRow, toOutput } from '../../shared/rows';
import { waitForRun } from '../../shared/waitForRun';

const onlyWhenWaiting = { show: { '/waitForCompletion': [true] } };

const option = {
	name: 'Get Run',
	value: 'get',
	action: 'Get run',
	description: 'Retrieve the status of a run and, once it is done, the extracted data',
	routing: {
		request: { method: 'GET', url: '/projects/{project_name}/tables/{table_id}/run/{run_id}' },
	},
} as const satisfies OperationOption;

/** The request that retrieves a run. */
export function getRunRequest(ids: PathIds<typeof option.routing.request>) {
	return createRequest(option.routing.request, ids);
}

const read = (item: ItemContext) => ({
	ids: { ...readTable(item), run_id: readId(item, 'runId', 'Run ID') },
	wait: readBoolean(item, 'waitForCompletion', 'Wait for Completion'),
});

/** @see https://docs.cloudsquid.io/api-reference/tables/get-ai-run-status-&-result */
export const get: Operation<ReturnType<typeof read>> = {
	option,
	fields: [
		{
			displayName: 'Run ID',
			name: 'runId',
			type: 'string',
			required: true,
			default: '={{ $json.run_id }}',
			placeholder: 'e.g. 5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f',
			hint: 'The run_id returned by Run → Start Run or Document → Extract',
			description: 'The run to retrieve. By default, uses run_id from the input item.',
		},
		waitField,
	],
	options: [outputOption, ...waitingOptions(onlyWhenWaiting)],
	read,
	async run(item, { ids, wait }) {
		const apiRequest = getRunRequest(ids);
		const row = wait ? await waitForRun(item, apiRequest, false) : await request(item, apiRequest);
		return toExecutionData(item, [toOutput(item, normalizeRow(row, item.ids))]);
	},
};
