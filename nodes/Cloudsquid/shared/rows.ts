import type { IDataObject } from 'n8n-workflow';

import type { components } from '../generated/contract';
import { isObject } from '../transport/response';
import type { ItemContext, ResourceIds } from './itemContext';
import { getOptions } from './options';

/** The fields of a row that the API documents, in the order of the output. */
const ROW_FIELDS = [
	'status',
	'data',
	'row_id',
	'run_id',
	'zero_retention',
	'created_at',
	'reasoning',
	'review',
	'input',
] as const satisfies ReadonlyArray<
	keyof components['schemas']['DataRow'] | 'run_id' | 'zero_retention'
>;

/**
 * A row as the node returns it: the fields of the response in one order, without those that are
 * empty, and the known IDs. The older response `{status, result}` gets the same shape.
 *
 * @see https://docs.cloudsquid.io/api-reference/tables/get-ai-run-status-&-result
 */
export function normalizeRow(
	response: IDataObject,
	known: ResourceIds & { zero_retention?: boolean },
): IDataObject {
	const { result, ...rest } = response;
	const { project_name, table_id, source_field, ...ids } = known;
	const all: IDataObject = { ...ids, ...omitEmpty(rest) };
	if (all.data === undefined && result !== undefined && result !== null) all.data = result;
	const row: IDataObject = {};
	for (const field of ROW_FIELDS) if (all[field] !== undefined) row[field] = all[field];
	return omitEmpty({ ...row, ...all, project_name, table_id, source_field });
}

/** What the user wants of a row: all of it, or only the extracted fields. */
export function toOutput({ context }: ItemContext, row: IDataObject): IDataObject {
	const { data, source_field, status } = row;
	// A row that is not done stays whole, because its IDs are all there is.
	const isDone = status === 'done' || (status === undefined && data !== undefined);
	if (getOptions(context).output === 'row' || !isDone) return row;
	const fields = canFlatten(data) ? data : data === undefined ? {} : { data };
	// A field that is not in the document stays, as null: the next node may depend on it.
	return source_field === undefined ? { ...fields } : { ...fields, source_field };
}

/**
 * Whether data can be the fields of an item. n8n takes an item with `error` at the top for a failed
 * one: it goes to the error output, or makes n8n's "Retry On Fail" repeat the work.
 */
function canFlatten(data: unknown): data is IDataObject {
	return isObject(data) && !['error', '$error'].some((name) => name in data);
}

/** The fields that are neither `undefined` nor `null`. */
function omitEmpty(fields: IDataObject): IDataObject {
	return Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
	) as IDataObject;
}
