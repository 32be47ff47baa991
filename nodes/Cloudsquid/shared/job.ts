import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	INodeExecutionData,
} from 'n8n-workflow';

import { isStop, toErrorItem, toNodeError } from './errors';
import { readOptions } from './options';

/** What is known of a job so far, under the API's own field names. Every error tells it. */
export interface KnownIds {
	project_name?: string;
	table_id?: string;
	row_id?: string;
	run_id?: string;
	task_id?: string;
	path?: string;
	source_field?: string;
}

/** One piece of work: an input item, or one of its files. */
export interface Job {
	/** n8n's functions for this item. */
	context: IExecutePaginationFunctions;
	/** What n8n's engine built from the description: base URL, path, method, body, proxy, time-out. */
	request: DeclarativeRestApiSettings.HttpRequestOptions;
	known: KnownIds;
	/** Which of these Cloudsquid gave in the course of the job; the user filled in the others. */
	given?: ReadonlyArray<keyof KnownIds>;
}

/** What an operation does with a job: the fields of its output items, one object per item. */
export type Operation = (job: Job) => Promise<IDataObject[]>;

/** An operation that makes whole items: several jobs of one input item, or items with a file. */
export type ItemOperation = (job: Job) => Promise<INodeExecutionData[]>;

type PaginationFunction = (
	this: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
) => Promise<INodeExecutionData[]>;

/**
 * Makes an operation what n8n's declarative engine calls once per input item.
 *
 * The engine's name for this hook is "pagination"; it is the one place where it hands over sending
 * the request. What the engine leaves out is added here for every operation alike: each output
 * item is linked to its input item, and with "continue on fail" an item's error is its output.
 *
 * @see https://docs.n8n.io/integrations/creating-nodes/build/declarative-style-node/
 */
export function perItem(operation: ItemOperation): PaginationFunction {
	return async function (requestData) {
		const job: Job = { context: this, request: requestData.options, known: {} };
		return await attempt(job, operation);
	};
}

/** The same for the usual operation, which gives plain fields. */
export function perItemFields(operation: Operation): PaginationFunction {
	return perItem(async (job) => toItems(job, await operation(job)));
}

/**
 * Does a job; what stops it becomes an item of its own where n8n is told to continue.
 *
 * @throws NodeApiError or NodeOperationError elsewhere, and always when the execution is stopped
 */
export async function attempt(job: Job, operation: ItemOperation): Promise<INodeExecutionData[]> {
	try {
		return await operation(job);
	} catch (error) {
		const nodeError = toNodeError(job, error);
		if (!job.context.continueOnFail() || isStop(job)) throw nodeError;
		return [toErrorItem(job, nodeError)];
	}
}

/** Output items with these fields, linked to the job's input item. */
export function toItems(job: Job, results: IDataObject[]): INodeExecutionData[] {
	const { context } = job;
	const inputFields = readOptions(context).includeInputFields ? context.getInputData().json : {};
	const pairedItem = { item: context.getItemIndex() };
	return results.map((fields) => ({
		json: withoutErrorMark({ ...inputFields, ...fields }),
		pairedItem,
	}));
}

/** Fields without those by which n8n writes down an error, should a service make use of them. */
function withoutErrorMark({ $json, ...fields }: IDataObject): IDataObject {
	return $json === undefined || '$error' in fields ? fields : { ...fields, $json };
}
