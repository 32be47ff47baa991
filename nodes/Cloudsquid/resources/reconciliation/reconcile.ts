import { createRequest, type RequestDetails } from '../../transport/request';
import { maxWaitOption, outputOption, runErrorOption } from '../../shared/fields';
import type { ItemContext } from '../../shared/itemContext';
import { toExecutionData, type Operation, type OperationOption } from '../../shared/operation';
import { syncTimeoutMs } from '../../shared/options';
import { readTable } from '../../shared/parameters';
import { normalizeRow, toOutput } from '../../shared/rows';
import { runSynchronously } from '../run/synchronous';
import { readTaskInput, taskInputFields } from './taskInput';

const option = {
	name: 'Reconcile',
	value: 'reconcile',
	action: 'Reconcile data',
	description:
		'Compare data and documents with reference data. The request stays open until the result is available.',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/reconcile' },
	},
} as const satisfies OperationOption;

const read = (item: ItemContext) => ({
	ids: readTable(item),
	request: {
		body: readTaskInput(item),
		timeout: syncTimeoutMs(item.context),
		priority: 'normal',
	} satisfies RequestDetails,
});

/** @see https://docs.cloudsquid.io/api-reference/unified/synchronous-reconciliation-run */
export const reconcile: Operation<ReturnType<typeof read>> = {
	option,
	fields: taskInputFields,
	options: [maxWaitOption, outputOption, runErrorOption],
	read,
	async run(item, { ids, request }) {
		const apiRequest = createRequest(option.routing.request, ids, request);
		const row = await runSynchronously(item, ids, apiRequest);
		return toExecutionData(item, [toOutput(item, normalizeRow(row, item.ids))]);
	},
};
