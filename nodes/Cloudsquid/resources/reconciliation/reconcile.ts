import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	commonOptions,
	maxWaitOption,
	optionsField,
	outputOption,
	runErrorOption,
} from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { blockingTimeout } from '../../shared/options';
import { readTable } from '../../shared/parameters';
import { settleEnd } from '../../shared/polling';
import { toOutput, toRow } from '../../shared/rows';
import { requestObject } from '../../shared/transport';
import { readTaskInput, taskInputFields } from './taskInput';

const showOnlyForReconcile = { resource: ['reconciliation'], operation: ['reconcile'] };

/** @see https://docs.cloudsquid.io/api-reference/unified/synchronous-reconciliation-run */
export const reconcileOption: INodePropertyOptions = {
	name: 'Reconcile',
	value: 'reconcile',
	action: 'Reconcile data',
	description:
		'Compare with the reference data in one call that stays open until the result is there',
	routing: {
		request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/reconcile' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				readTable(job);
				const timeout = blockingTimeout(job.context);
				const body = readTaskInput(job);
				const answer = await requestObject(job, { body, timeout, lane: 'begin' });
				return [toOutput(job, toRow(settleEnd(job, answer), { ...job.known }))];
			}),
		},
	},
};

export const reconcileFields: INodeProperties[] = [
	...taskInputFields(showOnlyForReconcile),
	optionsField(showOnlyForReconcile, [
		...commonOptions,
		maxWaitOption,
		outputOption,
		runErrorOption,
	]),
];
