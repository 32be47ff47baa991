import type { IExecuteData } from 'n8n-workflow';

import { getApiKey, getBaseUrl, readCredential } from '../transport/credential';
import type { Endpoint } from '../transport/endpoint';
import type { RequestFailure, RequestResult } from '../transport/failure';
import { sendRequest, toHttpOptions } from '../transport/request';
import { isObject } from '../transport/response';
import { createApiError, failureOf, type NodeError } from './errors';
import type { ItemContext } from './itemContext';

const TIMEOUT_MS = 10_000;

/**
 * The endpoint that lists projects. Every API key may call it.
 *
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export const projectsEndpoint = { method: 'GET', url: '/projects' } as const satisfies Endpoint;

/** The names in a list of projects; `undefined` if the response is not a list. */
export function projectNames(response: unknown): string[] | undefined {
	if (!Array.isArray(response)) return undefined;
	return response
		.map((project) => (isObject(project) ? project.name : undefined))
		.filter((name): name is string => typeof name === 'string' && name !== '');
}

/** By execution and credential: tools of an agent share the execution. */
const resultsByExecution = new WeakMap<IExecuteData, Map<string, Promise<RequestResult>>>();

/**
 * Makes the error for a 404 more precise, with the list of projects: the API does not say whether it
 * has found the project. Costs a request, so it is called only for errors that are reported.
 */
export async function explainNotFound(error: NodeError): Promise<void> {
	const { item, failure } = failureOf(error) ?? {};
	if (!item || failure?.kind !== 'notFound') return;
	const { ids, idsFromApi } = item;
	const isAmbiguous = ids.table_id !== undefined || ids.path !== undefined;
	if (!isAmbiguous || idsFromApi.length > 0) return;
	const projectCheck = checkProject(await fetchProjectsOnce(item), ids.project_name);
	if (!projectCheck) return;
	const { message, description } = createApiError(item, { ...failure, projectCheck });
	Object.assign(error, { message, description });
}

function checkProject(
	result: RequestResult,
	project = '',
): RequestFailure['projectCheck'] | undefined {
	// If not even the list is there, the base URL is wrong.
	if ('failure' in result) return result.failure.kind === 'notFound' ? 'listMissing' : undefined;
	const names = projectNames(result.response);
	return names && (names.includes(project) ? 'projectExists' : 'projectMissing');
}

/** The response to the endpoint, requested once. */
async function fetchProjectsOnce(item: ItemContext): Promise<RequestResult> {
	const { context } = item;
	const execution = context.getExecuteData();
	const credential = await readCredential(context);
	const key = `${getBaseUrl(credential)} ${getApiKey(credential)}`;
	const known = resultsByExecution.get(execution) ?? new Map<string, Promise<RequestResult>>();
	resultsByExecution.set(execution, known);
	const list = known.get(key) ?? fetchProjects(item);
	known.set(key, list);
	return await list;
}

async function fetchProjects(item: ItemContext): Promise<RequestResult> {
	const { context } = item;
	const { method, url } = projectsEndpoint;
	const options = toHttpOptions(item, { method, path: url, timeout: TIMEOUT_MS });
	const signal = context.getExecutionCancelSignal();
	return await sendRequest(context, options, { signal });
}
