import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { commonOptions, optionsField } from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { readTable } from '../../shared/parameters';
import { noteId } from '../../shared/runs';
import { requestObject } from '../../shared/transport';
import { readTaskInput, taskInputFields } from './taskInput';

const showOnlyForCreateTask = { resource: ['reconciliation'], operation: ['createTask'] };

/** @see https://docs.cloudsquid.io/concepts/table-types */
export const createTaskOption: INodePropertyOptions = {
	name: 'Create Task',
	value: 'createTask',
	action: 'Create reconciliation task',
	description: 'Put a task into a reconcile table without running it; Start Run takes its ID',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/tasks' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				readTable(job);
				const create = { body: readTaskInput(job), lane: 'begin' as const };
				const answer = await requestObject(job, create);
				noteId(job, 'task_id', answer, create);
				return [{ ...answer, ...job.known }];
			}),
		},
	},
};

export const createTaskFields: INodeProperties[] = [
	...taskInputFields(showOnlyForCreateTask),
	optionsField(showOnlyForCreateTask, commonOptions),
];
