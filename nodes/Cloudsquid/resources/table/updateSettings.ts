import type { IDataObject } from 'n8n-workflow';

import { parameterError } from '../../shared/errors';
import type { ItemContext } from '../../shared/itemContext';
import { parameterMessages } from '../../shared/messages';
import { singleRequest, type OperationOption } from '../../shared/operation';
import { readTable, requireBoolean } from '../../shared/parameters';

const option = {
	name: 'Update Extraction Settings',
	value: 'updateSettings',
	action: 'Update extraction settings of table',
	description: 'Set the pipeline, bounding boxes, and review mode of a table',
	routing: {
		request: {
			method: 'PATCH',
			url: '/projects/{project_name}/tables/{table_id}/extraction-settings',
		},
	},
} as const satisfies OperationOption;

const booleanSettings = { bounding_boxes: 'Bounding Boxes', review_mode: 'Review Mode' };

function readSettings(item: ItemContext): IDataObject {
	const settings = { ...(item.context.getNodeParameter('settings', {}) as IDataObject) };
	if (Object.keys(settings).length === 0) {
		throw parameterError(item, parameterMessages.settingsEmpty);
	}
	for (const [name, label] of Object.entries(booleanSettings)) {
		if (name in settings) settings[name] = requireBoolean(item, settings[name], label);
	}
	return settings;
}

/** @see https://docs.cloudsquid.io/concepts/pipelines */
export const updateSettings = singleRequest({
	option,
	fields: [
		{
			displayName: 'Settings',
			name: 'settings',
			type: 'collection',
			placeholder: 'Add setting',
			default: {},
			description: 'Only the settings added here are changed',
			options: [
				{
					displayName: 'Bounding Boxes',
					name: 'bounding_boxes',
					type: 'boolean',
					default: false,
					description:
						'Whether to return the location of each value in the document. This slows down extraction.',
				},
				{
					displayName: 'Pipeline',
					name: 'active_pipeline',
					type: 'options',
					options: [
						{
							name: 'Flash',
							value: 'cloudsquid-flash',
							description: 'Fastest. For large numbers of simple documents.',
						},
						{
							name: 'Flash V3',
							value: 'cloudsquid-flash-v3',
							description: 'Fast and more accurate. Recommended by Cloudsquid.',
						},
						{
							name: 'Pro V2',
							value: 'cloudsquid-pro-v2',
							description: 'Slower. For complex documents and nested fields.',
						},
						{
							name: 'Pro V3',
							value: 'cloudsquid-pro-v3',
							description: 'Slowest and most accurate. For dense layouts.',
						},
					],
					default: 'cloudsquid-flash-v3',
					description:
						'How documents are extracted. Use an expression for a pipeline that is not listed. <a href="https://docs.cloudsquid.io/concepts/pipelines" target="_blank">See the documentation</a>.',
				},
				{
					displayName: 'Review Mode',
					name: 'review_mode',
					type: 'boolean',
					default: false,
					description: 'Whether a person must approve results in Cloudsquid',
				},
			],
		},
	],
	// The documentation shows no response, so an empty one is accepted.
	read: (item) => ({ ids: readTable(item), body: readSettings(item), allowEmptyResponse: true }),
	toFields: (response, { parameters: { ids, body } }) => [
		{ ...(Object.keys(response).length > 0 ? response : body), ...ids },
	],
});
