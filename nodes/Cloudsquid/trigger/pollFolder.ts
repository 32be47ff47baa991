import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { downloadByPath } from '../resources/projectFile/download';
import { parameterError } from '../shared/errors';
import type { ItemContext } from '../shared/itemContext';
import { fillMessage, parameterMessages } from '../shared/messages';
import { readPath, requireBoolean } from '../shared/parameters';
import { forEachConcurrently } from './concurrency';
import { isEvent } from './fields';
import {
	findChanges,
	hashFile,
	hashText,
	rememberFiles,
	type ChangedFile,
	type PollState,
} from './knownFiles';
import { isGone, listFiles, type FolderToList } from './listFiles';
import { createPollItem } from './pollItem';

/** How long a poll may take, in milliseconds, if n8n sets no budget. */
const DEFAULT_BUDGET_MS = 300_000;

/** The field of the item that a file is downloaded into; Extract takes it from there by default. */
const OUTPUT_FIELD = 'data';

/**
 * Compares a folder with what the last poll found there. Dates are never compared with each other or
 * with the clock, so that a file with an old date is not missed. The stored state changes only if the
 * poll succeeds.
 *
 * @returns an item for each file that has been created or updated since; `null` if there is none, or
 * this is the first poll of the folder
 * @throws NodeApiError or NodeOperationError as the operations do; the next poll finds the same files
 * @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path
 */
export async function pollFolder(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const start = Date.now();
	const item = createPollItem(this);
	const parameters = readParameters(item);
	if (this.getMode() === 'manual') return await getSample(item, parameters);
	const budget = 'getPollBudgetMs' in this ? this.getPollBudgetMs() : DEFAULT_BUDGET_MS;
	const state = this.getWorkflowStaticData('node') as PollState;
	// The other half is for the downloads that have started by then.
	return await getChanges(item, parameters, state, start + budget / 2);
}

interface Parameters extends FolderToList {
	event: string;
	downloadFiles: boolean;
}

function readParameters(item: ItemContext): Parameters {
	const { context } = item;
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const { includeSubfolders = false, downloadFiles = false } = options;
	const { project_name, path } = readPath(item);
	const event: unknown = context.getNodeParameter('event', 'fileCreated');
	if (!isEvent(event)) throw parameterError(item, parameterMessages.eventInvalid);
	return {
		project_name,
		folder: path
			.split('/')
			.filter(Boolean)
			.map((name) => `/${name}`)
			.join(''),
		event,
		includeSubfolders: requireBoolean(item, includeSubfolders, 'Include Subfolders'),
		downloadFiles: requireBoolean(item, downloadFiles, 'Download Files'),
	};
}

/** What "Fetch Test Event" shows: the newest file. */
async function getSample(
	item: ItemContext,
	parameters: Parameters,
): Promise<INodeExecutionData[][] | null> {
	const { folder, event: selected } = parameters;
	const files = await listFiles(item, parameters);
	if (!files && folder) {
		throw parameterError(item, fillMessage(parameterMessages.folderMissing, { path: folder }));
	}
	const file = files?.at(-1);
	const event = selected === 'fileUpdated' ? 'fileUpdated' : 'fileCreated';
	return file ? [[await toItem(item, parameters, file, event)]] : null;
}

/** @param deadline when no further download starts */
async function getChanges(
	item: ItemContext,
	parameters: Parameters,
	state: PollState,
	deadline: number,
): Promise<INodeExecutionData[][] | null> {
	const { project_name, folder: path, event, includeSubfolders } = parameters;
	const before = { ...state };
	const files = await listFiles(item, parameters);
	const folder = await hashText(JSON.stringify([project_name, path, includeSubfolders]));
	const isFirst = before.folder !== folder;
	const known: PollState = isFirst ? {} : before;
	const hashed = files && (await Promise.all(files.map(async (file) => await hashFile(file))));
	const changed = isFirst || !hashed ? [] : findChanges(hashed, known, event);
	const items = await toItems(item, parameters, changed, deadline);
	// n8n may have started another poll while this one took long. It has found the same files.
	if (state.changes !== before.changes) return null;
	const undelivered = changed.filter((_, index) => items[index] === undefined);
	Object.assign(state, { folder, ...rememberFiles(hashed, known, undelivered) });
	const delivered = items.filter((each) => each !== undefined);
	return delivered.length > 0 ? [delivered] : null;
}

/**
 * The output items of changed files, in the same order.
 *
 * @param deadline when no further download starts
 * @returns `undefined` in place of a file that is gone, or could not be downloaded, or not yet
 * @throws NodeApiError if all downloads failed
 */
async function toItems(
	item: ItemContext,
	parameters: Parameters,
	changed: ChangedFile[],
	deadline: number,
): Promise<Array<INodeExecutionData | undefined>> {
	const items = changed.map((): INodeExecutionData | undefined => undefined);
	const errors: unknown[] = [];
	// Each poll begins with another file, so that files that always fail don't hold up the others.
	const first = parameters.downloadFiles ? Math.floor(Math.random() * changed.length) : 0;
	const queue = [...changed.entries()];
	queue.push(...queue.splice(0, first));
	await forEachConcurrently(
		queue,
		async ([index, { file, event }]) => {
			try {
				items[index] = await toItem(item, parameters, file, event);
			} catch (error) {
				if (!isGone(error)) errors.push(error);
			}
		},
		() => parameters.downloadFiles && Date.now() > deadline,
	);
	if (errors.length > 0 && items.every((each) => each === undefined)) throw errors[0];
	return items;
}

async function toItem(
	item: ItemContext,
	{ project_name, downloadFiles }: Parameters,
	file: IDataObject,
	event: ChangedFile['event'],
): Promise<INodeExecutionData> {
	if (!downloadFiles) return { json: { ...file, event } };
	const path = String(file.path);
	const parameters = { ids: { project_name, path }, query: { path } };
	const downloaded = await downloadByPath({ ...item, ids: parameters.ids }, parameters);
	return {
		json: { ...downloaded.file, path, project_name, event },
		binary: { [OUTPUT_FIELD]: downloaded.binary },
	};
}
