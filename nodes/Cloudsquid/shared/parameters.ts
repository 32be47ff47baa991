import type { IDataObject } from 'n8n-workflow';

import { isId, isObject, shorten, tryTo } from '../transport/response';
import { parameterError } from './errors';
import { TABLE_ID_REGEX } from './fields';
import type { ItemContext } from './itemContext';
import { fillMessage, idHints, parameterMessages as messages } from './messages';
import { getOptionValues, toBoolean } from './options';
import { isToolCall } from './progress';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a UUID, the form of all IDs of Cloudsquid. */
export function isUuid(value: unknown): value is string {
	return typeof value === 'string' && UUID.test(value);
}

/** An expression that is one field of the input item, as the default of 'Run ID' is. */
const INPUT_FIELD = /^=\{\{ *\$json\.(\w+) *\}\}$/;

/** A parameter as trimmed text; of a resource locator, the value selected in it. */
export function getStringParameter({ context }: ItemContext, name: string): string {
	const raw: unknown = context.getNodeParameter(name, '', { rawExpressions: true });
	const [, field] = (typeof raw === 'string' && INPUT_FIELD.exec(raw)) || [];
	// Evaluating expressions is the slowest thing n8n does for an item.
	const value: unknown =
		field === undefined || isToolCall(context)
			? context.getNodeParameter(name, '', { extractValue: true })
			: context.getInputData().json?.[field];
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/**
 * The selected project.
 *
 * @throws NodeApiError if it is empty or cannot be part of a URL
 */
export function readProject(item: ItemContext): { project_name: string } {
	const project = getProjectName(item);
	if (project.trim() === '') throw parameterError(item, messages.projectEmpty);
	// A path segment of dots cannot be encoded and would lead to another endpoint.
	if (project === '.' || project === '..') {
		throw parameterError(item, fillMessage(messages.projectInvalid, { project }));
	}
	assertEncodable(item, project, 'Project');
	return { project_name: project };
}

/** A name from the list is used as it is; one that was typed is trimmed. */
function getProjectName(item: ItemContext): string {
	const locator = item.context.getNodeParameter('project', '') as unknown;
	if (!isObject(locator) || locator.mode !== 'list') return getStringParameter(item, 'project');
	return typeof locator.value === 'string' ? locator.value : '';
}

/**
 * The selected project and table.
 *
 * @throws NodeApiError if one of them is empty or not valid
 */
export function readTable(item: ItemContext): { project_name: string; table_id: string } {
	const project = readProject(item);
	const table_id = findTableId(getStringParameter(item, 'table'));
	if (!isUuid(table_id)) throw idError(item, table_id, 'Table');
	return { ...project, table_id };
}

/** The ID in the address of a table, which n8n looks for only in a parameter selected by URL. */
function findTableId(table: string): string {
	return table.includes('/') ? (new RegExp(TABLE_ID_REGEX, 'i').exec(table)?.[1] ?? table) : table;
}

/**
 * A parameter that is the ID of a row or a run. All documented IDs are UUIDs, but what the API
 * returned is accepted, too.
 *
 * @param label what the editor calls the parameter
 * @throws NodeApiError if it is empty or cannot be part of a URL
 */
export function readId(item: ItemContext, name: string, label: 'Row ID' | 'Run ID'): string {
	const value = getStringParameter(item, name);
	if (isId(value)) return value;
	throw idError(item, value, label);
}

function idError(item: ItemContext, value: string, label: keyof typeof idHints) {
	const hint = idHints[label];
	if (value === '') return parameterError(item, fillMessage(messages.idEmpty, { label, hint }));
	const wrong = { label, hint, value: shorten(value) };
	return parameterError(item, fillMessage(messages.idInvalid, wrong));
}

/**
 * The row IDs in 'Files': comma-separated text, or an array of IDs or of objects with an ID, also as
 * JSON, since agents and expressions return any of these. Returns an empty list if nothing is entered.
 *
 * @throws NodeApiError if one of them is not an ID
 */
export function readFileIds(item: ItemContext): string[] {
	const files = item.context.getNodeParameter('files', '') as unknown;
	const list = typeof files === 'string' ? tryTo<unknown>(() => JSON.parse(files)) : files;
	const entries: unknown[] =
		typeof list === 'object' && list !== null ? [list].flat() : String(files ?? '').split(',');
	const ids = entries
		.map((entry) => (isObject(entry) ? (entry.id ?? entry.row_id) : entry))
		.map((id) => (typeof id === 'string' ? id.trim() : id))
		.filter((id) => id !== '');
	// File names, other separators, and broken JSON are the most likely mistakes.
	const isRowId = (id: unknown): id is string => isId(id) && !/\.\w+$|["';[\]]/.test(id);
	if (ids.every(isRowId)) return ids;
	const value = quote(ids.find((id) => !isRowId(id)));
	throw parameterError(item, fillMessage(messages.filesInvalid, { value, hint: idHints.Files }));
}

/**
 * The JSON object in 'Data', or text that is one. Returns `undefined` if nothing is entered.
 *
 * @returns the object, and the JSON to send
 * @throws NodeApiError if it is anything else
 */
export function readData(item: ItemContext): { value: IDataObject; json: string } | undefined {
	const data = item.context.getNodeParameter('data', undefined) as unknown;
	if (data === undefined || data === null) return undefined;
	if (typeof data === 'string' && data.trim() === '') return undefined;
	const value = typeof data === 'string' ? tryTo<unknown>(() => JSON.parse(data.trim())) : data;
	if (!isObject(value)) throw parameterError(item, messages.dataInvalid);
	return { value, json: typeof data === 'string' ? data.trim() : JSON.stringify(value) };
}

/**
 * The selected project and a path in its files.
 *
 * @throws NodeApiError if one is empty or cannot be sent, or the path has a `..` segment
 * @see https://docs.cloudsquid.io/api-reference/filesystem/upload-file-by-path
 */
export function readPath(item: ItemContext, name = 'path'): { project_name: string; path: string } {
	const project = readProject(item);
	const path = getStringParameter(item, name);
	if (path === '') throw parameterError(item, messages.pathEmpty);
	if (path.split(/[\\/]/).includes('..')) throw parameterError(item, messages.pathParent);
	assertEncodable(item, path, 'Path');
	return { ...project, path };
}

/** Whether text can be part of a URL: half a surrogate pair cannot be encoded. */
export function isEncodable(text: string): boolean {
	return tryTo(() => encodeURIComponent(text)) !== undefined;
}

function assertEncodable(item: ItemContext, text: string, label: string): void {
	if (isEncodable(text)) return;
	throw parameterError(item, fillMessage(messages.characterInvalid, { label }));
}

/**
 * A boolean parameter. Anything that is neither true nor false is refused, never taken for false.
 *
 * @param label what the editor calls the parameter
 * @throws NodeApiError if it is anything else
 */
export function readBoolean(item: ItemContext, name: string, label: string): boolean {
	return requireBoolean(item, item.context.getNodeParameter(name, false), label);
}

/** @throws NodeApiError if a value is not a boolean */
export function requireBoolean(item: ItemContext, value: unknown, label: string): boolean {
	const boolean = toBoolean(value);
	if (boolean !== undefined) return boolean;
	throw parameterError(item, fillMessage(messages.booleanInvalid, { label, value: quote(value) }));
}

/** A value of any type as a message shows it. */
function quote(value: unknown): string {
	return shorten(typeof value === 'string' ? value : JSON.stringify(value ?? null));
}

/** @throws NodeApiError if an option has a value that must not be taken for its default */
export function assertOptions(item: ItemContext): void {
	const { includeInputFields = false } = getOptionValues(item.context);
	requireBoolean(item, includeInputFields, 'Include Input Fields');
}

/** How many entries of a list to return. The API returns lists whole. */
export function readLimit(item: ItemContext): number {
	if (readBoolean(item, 'returnAll', 'Return All')) return Infinity;
	return Math.max(1, Number(item.context.getNodeParameter('limit', 50)) || 50);
}
