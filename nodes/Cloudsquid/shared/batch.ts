import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecuteData,
	IExecutePaginationFunctions,
	INodeExecutionData,
} from 'n8n-workflow';

import { AbortScope, sleep } from '../transport/abort';
import { shorten } from '../transport/response';
import { formatIds, toErrorItem, toNodeError, type NodeError } from './errors';
import { isCanceled, type ItemContext, type ResourceIds } from './itemContext';
import { fillText, sentences } from './messages';
import { toNumber } from './options';
import { createdBefore, isToolCall, progressOf } from './progress';
import { explainNotFound } from './projects';

/** How many other items a description lists; `error.context.created` has all of them. */
const MAX_LISTED_ITEMS = 3;

/** Items that have not arrived for this long will not arrive. */
const ARRIVAL_TIMEOUT_MS = 1000;

/** How n8n's Batching option paces the items. */
interface Batching {
	/** How many items start together. */
	groupSize: number;
	/** The pause between groups, in milliseconds. */
	interval: number;
}

/** The items whose parameters are read together, before any of them runs. */
interface Wave {
	reads: Array<Promise<unknown>>;
	/** What is known when all have been read. */
	result: Promise<{ missing: boolean; firstFailed?: Promise<unknown> }>;
}

/**
 * All items that n8n hands to the node at once. Documents and runs cost money, so nothing starts
 * before the parameters of all items have been checked, and where errors stop the workflow, nothing
 * starts after an item has failed.
 */
export class Batch {
	private readonly items: ItemContext[] = [];

	private readonly scopes: AbortScope[] = [];

	/** One listener for Stop serves all items. */
	private stop?: AbortScope;

	private active = 0;

	private readonly running: Array<Promise<unknown>> = [];

	private wave?: Wave;

	private arrived = 0;

	/** Ends the pauses of those who wait for more items to arrive. */
	private arrival?: AbortScope;

	/** Whether an item has passed the checks of all. */
	private started = false;

	/** The first failure, where errors stop the workflow. */
	private failure?: NodeError;

	/** @param size how many items n8n hands over */
	constructor(
		private readonly size: number,
		private readonly batching: Batching = { groupSize: size, interval: 0 },
	) {}

	/**
	 * Runs an item. Its context ends with it.
	 *
	 * @throws NodeApiError or NodeOperationError of the first item that failed, for that item alone
	 */
	async run(
		context: IExecutePaginationFunctions,
		request: DeclarativeRestApiSettings.HttpRequestOptions,
		work: (item: ItemContext) => Promise<INodeExecutionData[]>,
	): Promise<INodeExecutionData[]> {
		this.arrived++;
		this.arrival?.abort();
		this.arrival = undefined;
		this.active++;
		this.stop ??= this.listenForStop(context.getExecutionCancelSignal());
		const timeout = toNumber(request.timeout) ?? 0;
		const item = this.createContext({
			context,
			// Text such as '30 s' is not a time limit, although n8n's request helper accepts it.
			request: { ...request, timeout: timeout > 0 ? timeout : undefined },
		});
		const running = this.handleErrors(item, async () => await work(item));
		this.running.push(running);
		try {
			return await running;
		} catch (error) {
			// What is in flight is waited for, so that its IDs can be reported.
			await Promise.allSettled(this.running);
			// n8n does not listen before it has started all items.
			if (await this.isMissing()) return [];
			const nodeError = toNodeError(item, error);
			await explainNotFound(nodeError);
			throw this.addCreated(nodeError, context.getItemIndex());
		} finally {
			if (--this.active === 0) {
				this.stop.close();
				this.stop = undefined;
			}
		}
	}

	/**
	 * Reads the parameters of an item, and waits until those of all items have been read.
	 *
	 * @returns `undefined` if the item must not run
	 */
	async read<T>(item: ItemContext, read: () => Promise<T>): Promise<T | undefined> {
		if (this.failure) return undefined;
		const reading = read();
		// Where an expression fails, nobody asks for what else is wrong.
		reading.catch(() => undefined);
		this.wave ??= this.startWave(item.context.continueOnFail());
		this.wave.reads.push(reading);
		const { missing, firstFailed } = await this.wave.result;
		if (item.context.continueOnFail()) {
			this.started = true;
			return await reading;
		}
		if (missing || (firstFailed && firstFailed !== reading)) return undefined;
		const { groupSize, interval } = this.batching;
		const group = Math.floor(item.context.getItemIndex() / groupSize);
		if (!firstFailed && interval > 0) await sleep(group * interval, item.signal);
		this.started ||= !firstFailed;
		return await reading;
	}

	private startWave(continueOnFail: boolean): Wave {
		const reads: Wave['reads'] = [];
		const result = Promise.resolve().then(async () => {
			// n8n continues without items whose expressions fail.
			const missing = !continueOnFail && (await this.isMissing());
			this.wave = undefined;
			const results = await Promise.allSettled(reads);
			const index = results.findIndex(({ status }) => status === 'rejected');
			return { missing, firstFailed: reads[index] };
		});
		return { reads, result };
	}

	/**
	 * Whether items are missing: an expression that fails ends n8n's loop, and its error is shown whatever
	 * the other items do. Unless its Batching option is used, n8n starts all items in one turn, so that
	 * nobody waits here otherwise.
	 */
	private async isMissing(): Promise<boolean> {
		for (let seen = -1; this.arrived < this.size && seen < this.arrived;) {
			seen = this.arrived;
			this.arrival ??= new AbortScope();
			await sleep(ARRIVAL_TIMEOUT_MS + this.batching.interval, this.arrival.signal);
		}
		return this.arrived < this.size;
	}

	private listenForStop(cancelSignal?: AbortSignal): AbortScope {
		const stop = new AbortScope(cancelSignal);
		stop.signal.addEventListener('abort', () => this.abortAll(), { once: true });
		return stop;
	}

	private abortAll(): void {
		for (const scope of this.scopes) scope.abort();
	}

	private createContext({
		context,
		request,
		ids = {},
		file,
	}: Pick<ItemContext, 'context' | 'request'> & Partial<ItemContext>): ItemContext {
		const scope = new AbortScope();
		if (this.failure || context.getExecutionCancelSignal()?.aborted) scope.abort();
		this.scopes.push(scope);
		const progress = progressOf(context, ids.source_field);
		const before = createdBefore(progress);
		const item: ItemContext = {
			context,
			request,
			// An error of this try tells what an earlier one has created.
			ids: { ...ids, ...before },
			idsFromApi: Object.keys(before) as Array<keyof ResourceIds>,
			signal: scope.signal,
			progress,
			file,
			forFile: (each, filename) => {
				const own = { source_field: each.field, ...(filename !== undefined && { filename }) };
				return this.createContext({ ...item, file: each, ids: { ...item.ids, ...own } });
			},
			handleErrors: async (each, work) => await this.handleErrors(each, work),
		};
		this.items.push(item);
		return item;
	}

	/**
	 * Where n8n is told to continue, an error becomes an output item. Otherwise the first failure ends
	 * the batch: requests that have not been sent are dropped, and polling ends.
	 */
	private async handleErrors(
		item: ItemContext,
		work: () => Promise<INodeExecutionData[]>,
	): Promise<INodeExecutionData[]> {
		try {
			return await work();
		} catch (error) {
			const nodeError = toNodeError(item, error);
			if (item.context.continueOnFail() && !isCanceled(item)) {
				await explainNotFound(nodeError);
				return [toErrorItem(item, nodeError)];
			}
			if (!this.failure) {
				this.failure = nodeError;
				this.abortAll();
			}
			// Only the first failure is reported: n8n would show the one of the lowest item.
			if (nodeError !== this.failure) return [];
			throw nodeError;
		}
	}

	/** Adds what exists in Cloudsquid to the error that throws away the results of all items. */
	private addCreated(error: NodeError, failedItem: number): NodeError {
		const created = this.items
			.filter(({ progress }) => Object.keys(progress.created).length > 0)
			.map(describeCreated);
		if (created.length === 0) {
			// An earlier try of the node may have sent something that nothing is known of.
			const isRetry = this.items[0]?.context.getNode().retryOnFail === true;
			if (this.started || isRetry || this.size === 1) return error;
			return addSentences(error, [sentences.nothingSent]);
		}
		error.context.created = created;
		const { source_field } = (error.context.ids ?? {}) as ResourceIds;
		const others = created.filter(
			(each) => each.item !== failedItem || each.source_field !== source_field,
		);
		if (others.length === 0) return error;
		const rest = others.length - MAX_LISTED_ITEMS;
		const items = others.slice(0, MAX_LISTED_ITEMS).map(formatCreated);
		if (rest > 0) items.push(fillText(sentences.moreItems, { rest }));
		const parts: string[] = [fillText(sentences.created, { items: items.join('; ') })];
		if (others.some(({ run_id }) => run_id)) parts.push(sentences.createdRuns);
		return addSentences(error, parts);
	}
}

function addSentences(error: NodeError, parts: string[]): NodeError {
	error.description = [error.description, ...parts].filter(Boolean).join(' ');
	return error;
}

/** What the node has created for an item: an entry of `error.context.created`. */
type Created = ResourceIds & { item: number };

function describeCreated({ context, ids, progress }: ItemContext): Created {
	const { source_field, filename, row_id } = ids;
	return {
		item: context.getItemIndex(),
		...(source_field !== undefined && { source_field }),
		...(filename !== undefined && { filename }),
		...(row_id !== undefined && { row_id }),
		...progress.created,
	};
}

function formatCreated({ item, source_field, filename, ...ids }: Created): string {
	const name = filename ?? source_field;
	const suffix = name === undefined ? '' : ` (${shorten(name)})`;
	return `item ${item}${suffix}: ${formatIds(ids)}`;
}

const batches = new WeakMap<IExecuteData, Batch>();

/** The batch of an item. Item 0 starts a new one, as it does when n8n runs the node again. */
export function joinBatch(context: IExecutePaginationFunctions): Batch {
	if (isToolCall(context)) return new Batch(1);
	const execution = context.getExecuteData();
	const known = batches.get(execution);
	if (known && context.getItemIndex() > 0) return known;
	const batch = new Batch(sizeOf(context), getBatching(context));
	batches.set(execution, batch);
	return batch;
}

/** How many items n8n hands over, unless an expression fails. */
function sizeOf(context: IExecutePaginationFunctions): number {
	return context.getNode().executeOnce ? 1 : (context.getExecuteData().data.main?.[0]?.length ?? 1);
}

/** n8n's Batching option, as n8n reads it; `undefined` if it is not used. */
function getBatching(context: IExecutePaginationFunctions): Batching | undefined {
	const { batching } = context.getNodeParameter('requestOptions', {}) as {
		batching?: { batch?: IDataObject };
	};
	const size = Number(batching?.batch?.batchSize);
	const interval = Number(batching?.batch?.batchInterval);
	return interval > 0 ? { groupSize: size > 0 ? size : 1, interval } : undefined;
}
