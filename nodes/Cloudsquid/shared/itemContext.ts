import type {
	DeclarativeRestApiSettings,
	IExecutePaginationFunctions,
	INodeExecutionData,
} from 'n8n-workflow';

import type { FailureKind } from './messages';

/** What an item is about: resources of the Cloudsquid API, under its own field names, and a file. */
export interface ResourceIds {
	project_name?: string;
	table_id?: string;
	row_id?: string;
	run_id?: string;
	task_id?: string;
	path?: string;
	source_field?: string;
	filename?: string;
}

/** What an item, or one of its files, has reached. n8n's Retry On Fail continues from here. */
export interface Progress {
	/** What the node has created in Cloudsquid. */
	created: ResourceIds;
	/** By request: the responses of those that had an effect, of runs that are done, and of file links. */
	responses: Map<string, unknown>;
}

/** A field of the item, and what it contains. */
export interface FileField {
	field: string;
	value: unknown;
}

/** An input item, or one of its files, while an operation handles it. */
export interface ItemContext {
	/** n8n's functions for this item. */
	context: IExecutePaginationFunctions;
	/** What n8n resolved from the description: headers, proxy, allowed domains, and timeout. */
	request: DeclarativeRestApiSettings.HttpRequestOptions;
	/** What is known so far. Every error contains these. */
	ids: ResourceIds;
	/** Which of the IDs the API returned while the operation ran; the user entered the others. */
	idsFromApi: Array<keyof ResourceIds>;
	/** Aborts when the execution is stopped, or when another item has failed and ends the batch. */
	signal: AbortSignal;
	progress: Progress;
	/** What helps after a failure, where the usual description does not apply. */
	descriptions?: Partial<Record<FailureKind, string>>;
	/** The file that this is about, unless it is the item's only one. */
	file?: FileField;
	/** The context of one of the item's files. */
	forFile: (file: FileField, filename?: string) => ItemContext;
	/** Where n8n is told to continue, returns an error of the item as an output item. */
	handleErrors: (
		item: ItemContext,
		run: () => Promise<INodeExecutionData[]>,
	) => Promise<INodeExecutionData[]>;
}

/** Whether the user, or n8n, has stopped the execution. */
export function isCanceled({ context }: ItemContext): boolean {
	return context.getExecutionCancelSignal()?.aborted === true;
}

/** Writes to n8n's log. Its default format omits metadata, so everything is part of the message. */
export function logInfo({ context }: ItemContext, message: string): void {
	context.logger.info(`Cloudsquid: ${message}`);
}
