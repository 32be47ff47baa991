import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { downloadByPath } from '../resources/projectFile/download';
import type { ItemContext } from '../shared/itemContext';
import { getOptions } from '../shared/options';
import { readPath, requireBoolean } from '../shared/parameters';
import { AbortScope } from '../transport/abort';
import {
	findChanges,
	hashFile,
	hashText,
	rememberFiles,
	type ChangedFile,
	type PollState,
} from './knownFiles';
import { listFiles } from './listFiles';
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
	const scope = new AbortScope();
	try {
		const item = await createPollItem(this, scope.signal);
		const parameters = readParameters(item);
		if (this.getMode() === 'manual') return await getSample(item, parameters);
		const budget = 'getPollBudgetMs' in this ? this.getPollBudgetMs() : DEFAULT_BUDGET_MS;
		const state = this.getWorkflowStaticData('node') as PollState;
		// The other half is for the downloads that have started by then.
		return await getChanges(item, parameters, state, start + budget / 2);
	} finally {
		// If one request has failed, others may still be waiting.
		scope.abort();
	}
}

function readParameters(item: ItemContext) {
	const { context } = item;
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const { includeSubfolders = false, downloadFiles = false } = options;
	return {
		ids: readPath(item),
		event: context.getNodeParameter('event', 'fileCreated') as string,
		includeSubfolders: requireBoolean(item, includeSubfolders, 'Include Subfolders'),
		downloadFiles: requireBoolean(item, downloadFiles, 'Download Files'),
	};
}

type Parameters = ReturnType<typeof readParameters>;

/** What "Fetch Test Event" shows: the newest file. */
async function getSample(
	item: ItemContext,
	parameters: Parameters,
): Promise<INodeExecutionData[][] | null> {
	const { files } = await listFiles(item, parameters, true);
	const file = files.at(-1);
	const event = parameters.event === 'fileUpdated' ? 'fileUpdated' : 'fileCreated';
	return file ? [[await toItem(item, parameters, file, event)]] : null;
}

/** @param deadline when no further download starts */
async function getChanges(
	item: ItemContext,
	parameters: Parameters,
	state: PollState,
	deadline: number,
): Promise<INodeExecutionData[][] | null> {
	const { ids, event, includeSubfolders } = parameters;
	const before = { ...state };
	const { files, incomplete } = await listFiles(item, parameters, false);
	const path = ids.path.replace(/^\/+|\/+$/g, '');
	const folder = await hashText(JSON.stringify([ids.project_name, path, includeSubfolders]));
	const isFirst = before.folder !== folder;
	const known: PollState = isFirst ? {} : before;
	const hashed = await Promise.all(files.map(async (file) => await hashFile(file)));
	const changed = isFirst ? [] : findChanges(hashed, known, event);
	const items = await toItems(item, parameters, changed, deadline);
	// n8n may have started another poll while this one took long. It has found the same files.
	if (state.files !== before.files || state.folder !== before.folder) return null;
	const undelivered = changed.filter((_, index) => items[index] === undefined);
	Object.assign(state, { folder, ...rememberFiles(hashed, known, undelivered, incomplete) });
	const delivered = items.filter((each) => each !== undefined);
	return delivered.length > 0 ? [delivered] : null;
}

/**
 * The output items of changed files, in the same order.
 *
 * @param deadline when no further download starts
 * @returns `undefined` in place of a file that could not be downloaded, or not yet
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
	const queue = changed.entries();
	// Each worker downloads at least one file, so that every poll makes progress.
	const work = async () => {
		for (const [index, { file, event }] of queue) {
			try {
				items[index] = await toItem(item, parameters, file, event);
			} catch (error) {
				errors.push(error);
			}
			if (parameters.downloadFiles && Date.now() > deadline) return;
		}
	};
	await Promise.all(Array.from({ length: getOptions(item.context).maxConcurrency }, work));
	if (errors.length > 0 && items.every((each) => each === undefined)) throw errors[0];
	return items;
}

async function toItem(
	item: ItemContext,
	{ ids: { project_name }, downloadFiles }: Parameters,
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
