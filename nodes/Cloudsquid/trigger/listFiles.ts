import { NodeApiError, type IDataObject } from 'n8n-workflow';

import { parameterError, toNodeError } from '../shared/errors';
import type { ItemContext } from '../shared/itemContext';
import { fillMessage, parameterMessages } from '../shared/messages';
import type { readPath } from '../shared/parameters';
import { assertType, readByPath } from '../shared/projectFiles';
import { createRequest, request, unexpectedResponse } from '../transport/request';
import { isObject } from '../transport/response';

/** More would make the static data of the workflow large, and each poll slow. The message names it. */
const MAX_FILES = 20_000;

type FolderIds = ReturnType<typeof readPath>;

/** What a poll has found in a folder. */
export interface Listing {
	/** The files with their paths, the oldest first. */
	files: IDataObject[];
	/** Whether the folder itself, or one in it, is missing or has no list of files. */
	incomplete: boolean;
}

/**
 * Lists the files of a folder, and of all folders inside it if that is wanted.
 *
 * @param throwIfMissing whether a folder that does not exist is an error
 * @throws NodeApiError or NodeOperationError if one of the requests fails, the path is a file, the
 * project does not exist, or there are too many files
 */
export async function listFiles(
	item: ItemContext,
	{ ids, includeSubfolders }: { ids: FolderIds; includeSubfolders: boolean },
	throwIfMissing: boolean,
): Promise<Listing> {
	const { project_name, path } = ids;
	const files = new Map<string, IDataObject>();
	let incomplete = false;
	let folderCount = 1;
	let folders = [path.replace(/\/+$/, '')];
	while (folders.length > 0) {
		const lists = await Promise.all(
			folders.map(async (folder) => await listFolder(item, project_name, folder, throwIfMissing)),
		);
		const subfolders: string[] = [];
		for (const [index, entries] of lists.entries()) {
			if (!entries) incomplete = true;
			for (const entry of entries ?? []) {
				const name = entry.name;
				if (typeof name !== 'string' || ['', '.', '..'].includes(name)) continue;
				const entryPath = `${folders[index]}/${name}`;
				if (entry.ftype === 'file') {
					files.set(entryPath, { ...entry, path: entryPath, project_name });
				} else if (entry.ftype === 'folder' && includeSubfolders) {
					subfolders.push(entryPath);
				}
			}
		}
		folderCount += subfolders.length;
		if (files.size > MAX_FILES || folderCount > MAX_FILES) {
			throw parameterError(item, fillMessage(parameterMessages.folderTooLarge, { path }));
		}
		folders = subfolders;
	}
	return { files: [...files.values()].sort(byTime), incomplete };
}

/** The entries of a folder, or nothing if it does not exist, or the response has none. */
async function listFolder(
	item: ItemContext,
	project_name: string,
	folder: string,
	throwIfMissing: boolean,
): Promise<IDataObject[] | undefined> {
	const path = folder || '/';
	// The root folder is missing only if the project is.
	const ids = { project_name, ...(folder && { path }) };
	const folderItem = { ...item, ids };
	const apiRequest = createRequest(readByPath, ids, { query: { path } });
	try {
		const response = await request(folderItem, apiRequest);
		const { entries } = assertType({ ...item, ids: { path } }, response, 'folder');
		if (entries === undefined || entries === null) return undefined;
		if (!Array.isArray(entries)) throw unexpectedResponse(folderItem, apiRequest);
		return entries.filter(isObject);
	} catch (error) {
		const isNotFound = error instanceof NodeApiError && error.context.kind === 'notFound';
		if (!isNotFound || !folder) throw toNodeError(folderItem, error);
		// Not even the root folder is found if the project does not exist, which is the better error.
		await listFolder(item, project_name, '', throwIfMissing);
		if (!throwIfMissing) return undefined;
		throw parameterError(item, fillMessage(parameterMessages.folderMissing, { path }));
	}
}

/** The oldest first; files without a time come before all others. */
function byTime(a: IDataObject, b: IDataObject): number {
	return timeOf(a) - timeOf(b) || (String(a.path) < String(b.path) ? -1 : 1);
}

function timeOf({ modified_at }: IDataObject): number {
	return Date.parse(String(modified_at)) || 0;
}
