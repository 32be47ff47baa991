import type { INodeProperties } from 'n8n-workflow';

import { getAllFields, getAllOption } from './getAll';

/** Project: what tables and files belong to. */
export const projectProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['project'] } },
		options: [getAllOption],
		default: 'getAll',
	},
];

export const projectFields: INodeProperties[] = [...getAllFields];
