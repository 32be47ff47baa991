import type { INodeProperties } from 'n8n-workflow';

import { getFields, getOption } from './get';
import { startFields, startOption } from './start';

/** Run: the reading of one row's document, started and fetched in separate steps. */
export const runProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['run'] } },
		options: [getOption, startOption],
		default: 'start',
	},
];

export const runFields: INodeProperties[] = [...startFields, ...getFields];
