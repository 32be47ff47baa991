import type { IDataObject } from 'n8n-workflow';

import type { Job } from './job';
import { readOptions } from './options';
import { isObject } from './answers';
import type { DataRow } from './types';

/** The fields of a row that the API documents, in the order in which they are shown. */
const ROW_FIELDS = [
	'run_id',
	'row_id',
	'status',
	'zero_retention',
	'data',
	'created_at',
	'reasoning',
	'review',
	'input',
] as const satisfies ReadonlyArray<keyof DataRow | 'run_id' | 'zero_retention'>;

/**
 * A row as the node gives it: the API's own fields in one order, what it did not send left out,
 * and what is known beside it. The older answer `{status, result}` takes the same shape.
 *
 * @see https://docs.cloudsquid.io/api-reference/tables/get-ai-run-status-&-result
 */
export function toRow(answer: IDataObject, known: IDataObject): IDataObject {
	const { result, ...rest } = answer;
	const { project_name, table_id, source_field, ...ids } = known;
	const all: IDataObject = { ...ids, ...withoutNothing(rest) };
	if (all.data === undefined && result !== undefined && result !== null) all.data = result;
	const row: IDataObject = {};
	for (const field of ROW_FIELDS) if (all[field] !== undefined) row[field] = all[field];
	return withoutNothing({ ...row, ...all, project_name, table_id, source_field });
}

/** What the user asked to see of a row: all of it, or the extracted fields alone. */
export function toOutput(job: Job, row: IDataObject): IDataObject {
	if (readOptions(job.context).output === 'row') return row;
	const { data, source_field } = row;
	const fields = canStandAlone(data) ? data : data === undefined ? {} : { data };
	// A field that was not found in the document stays, as null: the next node may count on it.
	return source_field === undefined ? { ...fields } : { ...fields, source_field };
}

/**
 * Whether data can be the fields of an item. n8n takes an item with `error` at the top for one that
 * failed: it goes to the error output, or has n8n's "Retry On Fail" do all the work once more.
 */
function canStandAlone(data: unknown): data is IDataObject {
	return isObject(data) && !['error', '$error'].some((name) => name in data);
}

/** The fields that hold something: `undefined` and `null` are left out. */
function withoutNothing(fields: IDataObject): IDataObject {
	return Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
	) as IDataObject;
}
