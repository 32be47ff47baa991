import type { INodeProperties } from 'n8n-workflow';

import { createTaskFields, createTaskOption } from './createTask';
import { reconcileFields, reconcileOption } from './reconcile';

/** Reconciliation: compare data and documents with the reference data of a reconcile table. */
export const reconciliationProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['reconciliation'] } },
		options: [createTaskOption, reconcileOption],
		default: 'reconcile',
	},
];

export const reconciliationFields: INodeProperties[] = [...reconcileFields, ...createTaskFields];
