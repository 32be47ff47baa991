import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Job } from './job';

/** How much of a list to give. The API gives lists whole, so the limit is applied to the answer. */
export function listFields(show: NonNullable<INodeProperties['displayOptions']>['show']) {
	const fields: INodeProperties[] = [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
			displayOptions: { show },
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			description: 'Max number of results to return',
			displayOptions: { show: { ...show, returnAll: [false] } },
		},
	];
	return fields;
}

/** As much of a list as was asked for. */
export function limitList(job: Job, list: IDataObject[]): IDataObject[] {
	if (job.context.getNodeParameter('returnAll', false) === true) return list;
	return list.slice(0, Math.max(1, Number(job.context.getNodeParameter('limit', 50)) || 50));
}
