import { isObject } from '../../transport/response';
import { listFields } from '../../shared/fields';
import { singleRequest, type OperationOption } from '../../shared/operation';
import { readLimit } from '../../shared/parameters';
import { assertType, pathField, readByPath, readPathQuery } from '../../shared/projectFiles';

const option = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many project files',
	description: 'Retrieve a list of the files and folders in a folder',
	routing: { request: readByPath },
} as const satisfies OperationOption;

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const getAll = singleRequest({
	option,
	fields: [
		pathField({
			placeholder: 'e.g. /invoices/2026',
			description: 'The path of the folder in the project. Use / for the root folder.',
		}),
		...listFields,
	],
	read: (item) => ({ ...readPathQuery(item), limit: readLimit(item) }),
	toFields(entry, { item, parameters: { ids, limit } }) {
		const { entries } = assertType(item, entry, 'folder');
		const folder = ids.path.replace(/\/+$/, '');
		const list = Array.isArray(entries) ? entries.filter(isObject) : [];
		return list.slice(0, limit).map((each) => ({
			...each,
			path: `${folder}/${String(each.name)}`,
			project_name: ids.project_name,
		}));
	},
});
