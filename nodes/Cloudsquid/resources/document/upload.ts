import { createRequest, requestId } from '../../transport/request';
import { documentFields, documentOptions } from '../../shared/fields';
import { forEachInputFile, readInputFiles, type InputFile } from '../../shared/inputFiles';
import type { ItemContext } from '../../shared/itemContext';
import type { Operation, OperationOption } from '../../shared/operation';
import { readTable } from '../../shared/parameters';

const option = {
	name: 'Upload',
	value: 'upload',
	action: 'Upload document',
	description: 'Upload a document to a table without extracting it. Returns the row ID.',
	routing: { request: { method: 'POST', url: '/projects/{project_name}/tables/{table_id}/files' } },
} as const satisfies OperationOption;

/**
 * Uploads a document to a table.
 *
 * @returns the response, `{row_id}`
 * @throws NodeApiError if the upload failed, or if that is unknown
 */
export async function uploadDocument(
	item: ItemContext,
	ids: ReturnType<typeof readTable>,
	{ body, priority }: InputFile,
) {
	const apiRequest = createRequest(option.routing.request, ids, { body, priority });
	return await requestId(item, apiRequest, 'row_id');
}

async function read(item: ItemContext) {
	return { ids: readTable(item), files: await readInputFiles(item) };
}

/** @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table */
export const upload: Operation<Awaited<ReturnType<typeof read>>> = {
	option,
	fields: documentFields,
	options: documentOptions,
	read,
	run: async (item, { ids, files }) =>
		await forEachInputFile(item, files, async (each, file) => {
			const response = await uploadDocument(each, ids, file);
			const { filename, mimetype } = file;
			return { ...response, filename, mimetype, ...each.ids };
		}),
};
