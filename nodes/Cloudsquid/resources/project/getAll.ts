import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { isObject } from '../../shared/answers';
import { commonOptions, optionsField } from '../../shared/descriptions';
import { perItemFields } from '../../shared/job';
import { limitList, listFields } from '../../shared/lists';
import { request, unexpectedAnswer } from '../../shared/transport';

const showOnlyForProjectGetAll = { resource: ['project'], operation: ['getAll'] };

/** @see https://docs.cloudsquid.io/api-reference/introduction */
export const getAllOption: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many projects',
	description: 'List the projects of the organisation',
	routing: {
		request: { method: 'GET', url: '/projects' },
		send: { paginate: true },
		operations: {
			pagination: perItemFields(async (job) => {
				const projects = await request(job);
				if (!Array.isArray(projects)) throw unexpectedAnswer(job);
				return limitList(job, projects.filter(isObject));
			}),
		},
	},
};

export const getAllFields: INodeProperties[] = [
	...listFields(showOnlyForProjectGetAll),
	optionsField(showOnlyForProjectGetAll, commonOptions),
];
