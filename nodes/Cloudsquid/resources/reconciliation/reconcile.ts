import { maxWaitOption, optionsField, outputOption, runErrorOption } from '../../shared/fields';
import { singleRequest, type OperationOption } from '../../shared/operation';
import { syncTimeoutMs } from '../../shared/options';
import { readTable } from '../../shared/parameters';
import { assertRunSucceeded } from '../../shared/polling';
import { normalizeRow, toOutput } from '../../shared/rows';
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

/** @see https://docs.cloudsquid.io/api-reference/unified/synchronous-reconciliation-run */
export const reconcile = singleRequest({
	option,
	fields: [...taskInputFields, optionsField([maxWaitOption, outputOption, runErrorOption])],
	read: (item) => ({
		ids: readTable(item),
		body: readTaskInput(item),
		timeout: syncTimeoutMs(item.context),
		priority: 'normal' as const,
	}),
	toFields: (row, { item }) => [
		toOutput(item, normalizeRow(assertRunSucceeded(item, row), item.ids)),
	],
});
