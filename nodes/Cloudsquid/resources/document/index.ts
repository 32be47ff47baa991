import type { INodeProperties } from 'n8n-workflow';

import { extractFields, extractOption } from './extract';
import { uploadFields, uploadOption } from './upload';

/** Document: read one into data, or put it into a table. */
export const documentProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['document'] } },
		options: [extractOption, uploadOption],
		default: 'extract',
	},
];

export const documentFields: INodeProperties[] = [...extractFields, ...uploadFields];
