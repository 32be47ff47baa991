import type { DeclarativeRestApiSettings, IExecutePaginationFunctions } from 'n8n-workflow';

/** The resources of the Cloudsquid API that an item is about, under the API's own field names. */
export interface ResourceIds {
	project_name?: string;
	table_id?: string;
	row_id?: string;
	run_id?: string;
	path?: string;
	source_field?: string;
}

/** An input item, or one of its files, while an operation handles it. */
export interface ItemContext {
	/** n8n's functions for this item. */
	context: IExecutePaginationFunctions;
	/** What n8n resolved from the description: base URL, headers, proxy and time-out. */
	request: DeclarativeRestApiSettings.HttpRequestOptions;
	/** What is known so far. Every error tells these IDs. */
	ids: ResourceIds;
	/** Which of the IDs the API returned while the operation ran; the user entered the others. */
	idsFromApi: Array<keyof ResourceIds>;
}

/** The same item with more IDs, for one of several files of it. */
export function withIds(item: ItemContext, ids: ResourceIds): ItemContext {
	return { ...item, ids: { ...item.ids, ...ids }, idsFromApi: [...item.idsFromApi] };
}

/** Whether the user, or n8n, has stopped the execution. */
export function isCanceled({ context }: ItemContext): boolean {
	return context.getExecutionCancelSignal()?.aborted === true;
}
