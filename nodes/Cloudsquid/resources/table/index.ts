import type { INodeProperties } from 'n8n-workflow';

import { updateSettingsFields, updateSettingsOption } from './updateSettings';

/** Table: how its documents are read. */
export const tableProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['table'] } },
		options: [updateSettingsOption],
		default: 'updateSettings',
	},
];

export const tableFields: INodeProperties[] = [...updateSettingsFields];
