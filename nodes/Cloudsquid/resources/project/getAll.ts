import { isObject } from '../../transport/response';
import { listFields } from '../../shared/fields';
import { singleRequest, type OperationOption } from '../../shared/operation';
import { readLimit } from '../../shared/parameters';
import { projectsEndpoint } from '../../shared/projects';

const option = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many projects',
	description: 'Retrieve a list of projects',
	routing: { request: projectsEndpoint },
} as const satisfies OperationOption;

/** @see https://docs.cloudsquid.io/api-reference/introduction */
export const getAll = singleRequest({
	option,
	fields: listFields,
	read: (item) => ({ ids: {}, limit: readLimit(item) }),
	isExpected: (response): response is unknown[] => Array.isArray(response),
	toFields: (projects, { parameters: { limit } }) => projects.filter(isObject).slice(0, limit),
});
