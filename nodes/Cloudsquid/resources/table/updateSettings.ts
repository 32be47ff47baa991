import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { commonOptions, optionsField } from '../../shared/descriptions';
import { inputError } from '../../shared/errors';
import { perItemFields } from '../../shared/job';
import { readTable } from '../../shared/parameters';
import { requestObject } from '../../shared/transport';

const showOnlyForUpdateSettings = { resource: ['table'], operation: ['updateSettings'] };

/** @see https://docs.cloudsquid.io/concepts/pipelines */
export const updateSettingsOption: INodePropertyOptions = {
	name: 'Update Extraction Settings',
	value: 'updateSettings',
	action: 'Update extraction settings of table',
	description:
		'Choose the pipeline of a table, and whether it gives positions and waits for review',
	routing: {
		request: {
			method: 'PATCH',
			url: '/projects/{project_name}/tables/{table_id}/extraction-settings',
		},
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				readTable(job);
				const settings = job.context.getNodeParameter('settings', {}) as IDataObject;
				if (Object.keys(settings).length === 0) {
					throw inputError(
						job,
						"'Settings' is empty",
						'Add at least one setting: the others stay as they are.',
					);
				}
				// The page does not show an answer, so that an empty one is as good as any.
				const answer = await requestObject(job, { body: settings, mayBeEmpty: true });
				const shown = Object.keys(answer).length > 0 ? answer : settings;
				const { project_name, table_id } = job.known;
				return [{ ...shown, project_name, table_id }];
			}),
		},
	},
};

export const updateSettingsFields: INodeProperties[] = [
	{
		displayName: 'Settings',
		name: 'settings',
		type: 'collection',
		placeholder: 'Add setting',
		default: {},
		description: 'Only what is added here is changed',
		displayOptions: { show: showOnlyForUpdateSettings },
		options: [
			{
				displayName: 'Bounding Boxes',
				name: 'bounding_boxes',
				type: 'boolean',
				default: false,
				description:
					'Whether to add to each value where in the document it was found; this is slower',
			},
			{
				displayName: 'Pipeline',
				name: 'active_pipeline',
				type: 'options',
				options: [
					{
						name: 'Flash',
						value: 'cloudsquid-flash',
						description: 'The fastest, for many simple documents',
					},
					{
						name: 'Flash V3',
						value: 'cloudsquid-flash-v3',
						description: 'Fast and more accurate; what Cloudsquid recommends',
					},
					{
						name: 'Pro V2',
						value: 'cloudsquid-pro-v2',
						description: 'Slower, for complex documents and nested fields',
					},
					{
						name: 'Pro V3',
						value: 'cloudsquid-pro-v3',
						description: 'Slower and the most accurate, for dense layouts',
					},
				],
				default: 'cloudsquid-flash-v3',
				description:
					'How documents are read. A pipeline that is not listed can be given by expression. <a href="https://docs.cloudsquid.io/concepts/pipelines" target="_blank">See the documentation</a>.',
			},
			{
				displayName: 'Review Mode',
				name: 'review_mode',
				type: 'boolean',
				default: false,
				description: 'Whether results wait for the approval of a person in Cloudsquid',
			},
		],
	},
	optionsField(showOnlyForUpdateSettings, commonOptions),
];
