import { NodeApiError, NodeOperationError, type IDataObject } from 'n8n-workflow';

import { parameterError, toNodeError } from '../shared/errors';
import type { ItemContext } from '../shared/itemContext';
import { fillMessage, parameterMessages } from '../shared/messages';
import { assertType, readByPath } from '../shared/projectFiles';
import { createRequest, request, unexpectedResponse } from '../transport/request';
import { isObject } from '../transport/response';
import { forEachConcurrently } from './concurrency';

/** More would make the static data of the workflow large, and each poll slow. The message names it. */
const MAX_FILES = 20_000;

/** How often listing starts over because a subfolder vanished meanwhile. */
const MAX_RESTARTS = 2;

/** A name that is not one segment of a path, or leads out of the folder. */
const UNUSABLE_NAME = /(^|[\\/])\.{0,2}([\\/]|$)/;

/** The folder to list. */
export interface FolderToList {
	project_name: string;
	/** From the root folder, which is empty text, without a slash at the end. */
	folder: string;
	includeSubfolders: boolean;
}

/**
 * Lists the files of a folder, and of its subfolders if they are included.
 *
 * @returns the files with their paths, the oldest first; `undefined` if the folder does not exist, or
 * the response has no list
 * @throws NodeApiError or NodeOperationError if a request fails, the path is a file, the project does
 * not exist, or there are too many files
 */
export async function listFiles(
	item: ItemContext,
	toList: FolderToList,
): Promise<IDataObject[] | undefined> {
	for (let restarts = 0; ; restarts++) {
		const entries = await listSelectedFolder(item, toList);
		if (!entries) return undefined;
		try {
			return await listTree(item, toList, entries);
		} catch (error) {
			if (!isGone(error) || restarts >= MAX_RESTARTS) throw toNodeError(item, error);
		}
	}
}

async function listSelectedFolder(
	item: ItemContext,
	{ project_name, folder }: FolderToList,
): Promise<IDataObject[] | undefined> {
	try {
		return await listFolder(item, project_name, folder);
	} catch (error) {
		const isMissing = error instanceof NodeApiError && error.context.kind === 'notFound';
		if (!isMissing || folder === '') throw toNodeError(item, error);
		// If the project does not exist, neither does its root folder, and the error says so.
		await listFolder(item, project_name, '');
		return undefined;
	}
}

/** @param entries of the folder itself */
async function listTree(
	item: ItemContext,
	{ project_name, folder, includeSubfolders }: FolderToList,
	entries: IDataObject[],
): Promise<IDataObject[]> {
	const files = new Map<string, IDataObject>();
	let folderCount = 0;
	let level = [{ folder, entries }];
	while (level.length > 0) {
		const subfolders: string[] = [];
		for (const each of level) {
			for (const entry of each.entries) {
				if (typeof entry.name !== 'string' || UNUSABLE_NAME.test(entry.name)) continue;
				const path = `${each.folder}/${entry.name}`;
				if (entry.ftype === 'file') files.set(path, { ...entry, path, project_name });
				else if (entry.ftype === 'folder' && includeSubfolders) subfolders.push(path);
			}
		}
		folderCount += subfolders.length;
		if (files.size > MAX_FILES || folderCount > MAX_FILES) {
			const path = folder || '/';
			throw parameterError(item, fillMessage(parameterMessages.folderTooLarge, { path }));
		}
		level = [];
		await forEachConcurrently(subfolders, async (path) => {
			// How the API describes an empty folder is not documented.
			level.push({ folder: path, entries: (await listFolder(item, project_name, path)) ?? [] });
		});
	}
	return [...files.values()].sort(byTime);
}

/** The entries of a folder, or nothing if the response has none. */
async function listFolder(
	item: ItemContext,
	project_name: string,
	folder: string,
): Promise<IDataObject[] | undefined> {
	const path = folder || '/';
	// The root folder is missing only if the project is.
	const ids = { project_name, ...(folder && { path }) };
	const folderItem = { ...item, ids };
	const apiRequest = createRequest(readByPath, ids, { query: { path } });
	const { entries } = assertType(folderItem, await request(folderItem, apiRequest), 'folder');
	if (entries === undefined || entries === null) return undefined;
	if (!Array.isArray(entries)) throw unexpectedResponse(folderItem, apiRequest);
	return entries.filter(isObject);
}

/** Whether something was deleted, or replaced by another type, since its folder was listed. */
export function isGone(error: unknown): boolean {
	if (!(error instanceof NodeApiError || error instanceof NodeOperationError)) return false;
	const { kind, ids } = error.context;
	return kind === 'notFound' || (kind === 'invalidParameter' && isObject(ids) && 'path' in ids);
}

/** The oldest first; files without a time come before all others. */
function byTime(a: IDataObject, b: IDataObject): number {
	return timeOf(a) - timeOf(b) || (String(a.path) < String(b.path) ? -1 : 1);
}

function timeOf({ modified_at }: IDataObject): number {
	return Date.parse(String(modified_at)) || 0;
}
