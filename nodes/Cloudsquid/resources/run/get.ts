import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	commonOptions,
	optionsField,
	outputOption,
	waitField,
	waitingOptions,
} from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { readTable, readUuid } from '../../shared/parameters';
import { waitForRun } from '../../shared/polling';
import { toOutput, toRow } from '../../shared/rows';
import { lookAtRun } from '../../shared/runs';
import { requestObject } from '../../shared/transport';

const showOnlyForRunGet = { resource: ['run'], operation: ['get'] };
const onlyWhenWaiting = { show: { '/waitForCompletion': [true] } };

/** @see https://docs.cloudsquid.io/api-reference/tables/get-ai-run-status-&-result */
export const getOption: INodePropertyOptions = {
	name: 'Get Run',
	value: 'get',
	action: 'Get run',
	description: 'Read the status of a run and, once it is done, the extracted data',
	routing: {
		request: { method: 'GET', url: '/projects/{project_name}/tables/{table_id}/run/{run_id}' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				readTable(job);
				job.known.run_id = readUuid(
					job,
					'runId',
					'Run ID',
					'Take run_id from the output of Run → Start Run.',
				);
				const wait = job.context.getNodeParameter('waitForCompletion', false) === true;
				const row = wait
					? await waitForRun(job, lookAtRun, 'look')
					: await requestObject(job, lookAtRun);
				return [toOutput(job, toRow(row, { ...job.known }))];
			}),
		},
	},
};

export const getFields: INodeProperties[] = [
	{
		displayName: 'Run ID',
		name: 'runId',
		type: 'string',
		required: true,
		default: '={{ $json.run_id }}',
		placeholder: 'e.g. 5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f',
		hint: 'The run_id of a Run → Start Run',
		description:
			'The run to read. The expression it starts with takes the run of a Run → Start Run before this node.',
		displayOptions: { show: showOnlyForRunGet },
	},
	waitField(showOnlyForRunGet),
	optionsField(showOnlyForRunGet, [
		...commonOptions,
		outputOption,
		...waitingOptions(onlyWhenWaiting),
	]),
];
