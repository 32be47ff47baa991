import { createRequest, request } from '../../transport/request';
import { parameterError } from '../../shared/errors';
import { documentOptions, fileSourceFields } from '../../shared/fields';
import { forEachInputFile, readInputFiles } from '../../shared/inputFiles';
import type { ItemContext } from '../../shared/itemContext';
import { parameterMessages } from '../../shared/messages';
import type { Operation, OperationOption } from '../../shared/operation';
import { readPath } from '../../shared/parameters';
import { pathField } from '../../shared/projectFiles';

const option = {
	name: 'Upload',
	value: 'upload',
	action: 'Upload project file',
	description:
		'Upload a file to a path. Creates missing folders. Existing files are not overwritten.',
	routing: { request: { method: 'PUT', url: '/projects/{project_name}/files' } },
} as const satisfies OperationOption;

async function read(item: ItemContext) {
	const ids = readPath(item);
	const files = await readInputFiles(item);
	if (!ids.path.endsWith('/') && files.some((file) => file.item.ids.source_field !== undefined)) {
		throw parameterError(item, parameterMessages.pathNotUnique);
	}
	return { ids, files };
}

/** Where a file is uploaded to: a path that ends with a slash is the folder of the file. */
function resolveTargetPath(path: string, filename: string): string {
	if (!path.endsWith('/')) return path;
	// Neither other folders nor half a character can be part of a path.
	const name = filename.replace(/[\\/\p{Cs}]/gu, '_');
	return path + (['.', '..'].includes(name) ? '_' : name);
}

/** @see https://docs.cloudsquid.io/api-reference/filesystem/upload-file-by-path */
export const upload: Operation<Awaited<ReturnType<typeof read>>> = {
	option,
	fields: [
		pathField({
			placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
			hint: 'End it with a slash to keep the name of the file',
			description: 'The path to upload the file to',
		}),
		...fileSourceFields,
	],
	options: documentOptions,
	read,
	run: async (item, { ids, files }) =>
		await forEachInputFile(item, files, async (each, { filename, body, priority }) => {
			const path = resolveTargetPath(ids.path, filename);
			each.ids.path = path;
			const details = { query: { path }, body, priority };
			const file = await request(each, createRequest(option.routing.request, ids, details));
			const { source_field } = each.ids;
			// In another try of the node, expressions can give another path.
			const created = { ...ids, path: each.progress.created.path ?? path };
			return { ...file, ...created, ...(source_field !== undefined && { source_field }) };
		}),
};
