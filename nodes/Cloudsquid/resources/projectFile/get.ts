import { singleRequest, type OperationOption } from '../../shared/operation';
import { pathField, readByPath, readPathQuery } from '../../shared/projectFiles';

const option = {
	name: 'Get',
	value: 'get',
	action: 'Get project file',
	description: 'Retrieve the details and the download link of a file, or the contents of a folder',
	routing: { request: readByPath },
} as const satisfies OperationOption;

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const get = singleRequest({
	option,
	fields: [
		pathField({
			placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
			description: 'The path of the file or folder in the project',
		}),
	],
	read: readPathQuery,
	toFields: (entry, { parameters: { ids } }) => [
		{ ...entry, path: ids.path, project_name: ids.project_name },
	],
});
