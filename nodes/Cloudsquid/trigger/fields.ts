import type { INodeProperties } from 'n8n-workflow';

import { projectField } from '../shared/fields';
import { pathField } from '../shared/projectFiles';

const events = [
	{
		name: 'File Created',
		value: 'fileCreated',
		description: 'A file was added to the folder since the last poll',
	},
	{
		name: 'File Created or Updated',
		value: 'fileCreatedOrUpdated',
		description: 'A file was added or changed since the last poll',
	},
	{
		name: 'File Updated',
		value: 'fileUpdated',
		description: 'The modification time or the size of a file changed since the last poll',
	},
];

/** Whether this is one of the events that the user can select. */
export function isEvent(value: unknown): value is string {
	return events.some((event) => event.value === value);
}

/** What the editor shows for the trigger. n8n adds the poll times. */
export const triggerFields: INodeProperties[] = [
	projectField,
	{
		...pathField({
			placeholder: 'e.g. /invoices/2026',
			description: 'The path of the folder in the project. Use / for the root folder.',
		}),
		default: '/',
	},
	{
		displayName: 'Event',
		name: 'event',
		type: 'options',
		options: events,
		default: 'fileCreated',
		description:
			'When to start the workflow. A file that was deleted and created again between two polls counts as updated.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Download Files',
				name: 'downloadFiles',
				type: 'boolean',
				default: false,
				description:
					"Whether to download each file into the field 'data' of its item. This is not needed to extract the files: set 'Input Source' of Extract to 'Project File'.",
			},
			{
				displayName: 'Include Subfolders',
				name: 'includeSubfolders',
				type: 'boolean',
				default: false,
				description: 'Whether to also watch all subfolders',
			},
		],
	},
];
