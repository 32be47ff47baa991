import type { IExecuteData } from 'n8n-workflow';

import { getApiKey, getBaseUrl, readCredential } from '../transport/credential';
import { sendRequest, toHttpOptions } from '../transport/request';
import { isObject } from '../transport/response';
import { createApiError, failureOf, type NodeError } from './errors';
import type { ItemContext } from './itemContext';

const TIMEOUT_MS = 10_000;

/** By execution and credential: tools of an agent share the execution. */
const projectLists = new WeakMap<IExecuteData, Map<string, Promise<string[] | undefined>>>();

/**
 * Makes the error for a 404 more precise, with the list of projects: the API does not say whether it
 * has found the project. Comes after the batch has ended, because it takes a request.
 */
export async function explainNotFound(error: NodeError): Promise<void> {
	const { item, failure } = failureOf(error) ?? {};
	if (!item || failure?.kind !== 'notFound') return;
	const { ids, idsFromApi } = item;
	const isAmbiguous = ids.table_id !== undefined || ids.path !== undefined;
	if (!isAmbiguous || idsFromApi.length > 0) return;
	const names = await listProjects(item);
	if (!names) return;
	const projectExists = names.includes(ids.project_name ?? '');
	const { message, description } = createApiError(item, { ...failure, projectExists });
	Object.assign(error, { message, description });
}

/** The names of all projects; `undefined` if they cannot be listed. */
async function listProjects(item: ItemContext): Promise<string[] | undefined> {
	const { context } = item;
	const execution = context.getExecuteData();
	const credential = await readCredential(context);
	const key = `${getBaseUrl(credential)} ${getApiKey(credential)}`;
	const known = projectLists.get(execution) ?? new Map<string, Promise<string[] | undefined>>();
	projectLists.set(execution, known);
	const list = known.get(key) ?? fetchProjects(item);
	known.set(key, list);
	return await list;
}

async function fetchProjects(item: ItemContext): Promise<string[] | undefined> {
	const { context } = item;
	const options = toHttpOptions(item, { method: 'GET', path: '/projects', timeout: TIMEOUT_MS });
	const signal = context.getExecutionCancelSignal();
	const result = await sendRequest(context, options, { signal });
	if (!('response' in result) || !Array.isArray(result.response)) return undefined;
	return result.response.filter(isObject).map(({ name }) => String(name));
}
