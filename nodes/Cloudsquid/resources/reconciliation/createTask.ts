import { hasId } from '../../transport/request';
import { singleRequest, type OperationOption } from '../../shared/operation';
import { readTable } from '../../shared/parameters';
import { readTaskInput, taskInputFields } from './taskInput';

const option = {
	name: 'Create Task',
	value: 'createTask',
	action: 'Create reconciliation task',
	description: 'Create a task without running it. Start it later with Run → Start Run.',
	routing: { request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/tasks' } },
} as const satisfies OperationOption;

/** @see https://docs.cloudsquid.io/concepts/table-types */
export const createTask = singleRequest({
	option,
	fields: taskInputFields,
	read: (item) => ({
		ids: readTable(item),
		body: readTaskInput(item),
		priority: 'normal' as const,
	}),
	isExpected: hasId('task_id'),
	toFields: (task, { parameters: { ids } }) => [{ ...task, ...ids }],
});
