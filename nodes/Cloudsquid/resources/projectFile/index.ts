import type { INodeProperties } from 'n8n-workflow';

import { downloadFields, downloadOption } from './download';
import { getFields, getOption } from './get';
import { getAllFields, getAllOption } from './getAll';
import { uploadFields, uploadOption } from './upload';

/** Project File: the project's own files and folders, apart from the documents in its tables. */
export const projectFileProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['projectFile'] } },
		options: [downloadOption, getOption, getAllOption, uploadOption],
		default: 'getAll',
	},
];

export const projectFileFields: INodeProperties[] = [
	...getFields,
	...getAllFields,
	...downloadFields,
	...uploadFields,
];
