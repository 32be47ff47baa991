import {
	sleep as nextTurn,
	type IDataObject,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';

import { createApiError, parameterError } from '../shared/errors';
import type { ItemContext } from '../shared/itemContext';
import { parameterMessages } from '../shared/messages';
import { getOptions } from '../shared/options';
import { AbortScope, sleep } from './abort';
import {
	getApiKey,
	getBaseUrl,
	isHttpUrl,
	readCredential,
	redactApiKey,
	type RequestContext,
} from './credential';
import { fillPath, type Endpoint, type PathIds } from './endpoint';
import { classifyRequestError, type RequestFailure, type RequestResult } from './failure';
import { limiterFor, type Priority } from './limiter';
import { isId, isObject, kindOfStatus, parseResponse } from './response';
import { retryDelay, shouldRetry } from './retry';
import { readStreamAsText, toStream, verifiedFileStream, type FileStream } from './streams';

/** JSON takes many times its length in memory: a larger response could crash n8n. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** The default timeout, the same as in n8n's engine. */
const DEFAULT_TIMEOUT_MS = 300_000;

/** A request body that is opened again for every attempt; `length` is its size in bytes. */
export interface StreamedBody {
	length: number;
	open: () => Promise<FileStream>;
}

type RequestBody = IDataObject | Buffer | StreamedBody;

/** What a request sends besides method and path, and how it is sent. */
export interface RequestDetails {
	query?: IDataObject;
	/** The body, or a function that returns it for each attempt; `attempt` counts from 0. */
	body?: RequestBody | ((attempt: number) => Promise<RequestBody>);
	/** Milliseconds without a response after which the request fails. */
	timeout?: number;
	/** Whether the request continues work already started (the default) or starts new work. */
	priority?: Priority;
	/** A response without a body is read as an empty object. */
	allowEmptyResponse?: boolean;
}

/** A request that is ready to be sent. */
export interface ApiRequest extends RequestDetails {
	method: Endpoint['method'];
	path: string;
}

/** A request whose body has been resolved. */
type PreparedRequest = ApiRequest & { body?: RequestBody };

/** The request to an endpoint of the API; its path must get all its IDs. */
export function createRequest<E extends Endpoint>(
	endpoint: E,
	ids: PathIds<E>,
	details: RequestDetails = {},
): ApiRequest {
	return { ...details, method: endpoint.method, path: fillPath(endpoint, ids) };
}

/**
 * Sends a request and returns the JSON of the response. Retries it as `shouldRetry` says. What an
 * earlier try of the node has already done is not done again.
 *
 * @param isExpected whether the response is what the API documents; by default, any object is
 * @throws NodeApiError that says what happened, how to continue, and which IDs exist
 */
export async function request<T = IDataObject>(
	item: ItemContext,
	apiRequest: ApiRequest,
	isExpected = isObject as (response: unknown) => response is T,
): Promise<T> {
	const { method } = apiRequest;
	const known = method === 'GET' ? undefined : recallResponse(item, apiRequest);
	if (known !== undefined && isExpected(known)) return known;
	const { maxRetries } = getOptions(item.context);
	for (let attempt = 0; ; attempt++) {
		const result = await sendOnce(item, apiRequest, attempt);
		if ('response' in result) {
			if (!isExpected(result.response)) throw unexpectedResponse(item, apiRequest);
			if (method !== 'GET') recordEffect(item, apiRequest, result.response);
			return result.response;
		}
		const { failure } = result;
		if (attempt >= maxRetries || !shouldRetry(failure)) throw createApiError(item, failure);
		await sleepOrCancel(item, retryDelay(attempt, failure.retryAfter));
	}
}

/** The IDs of what a request can create. */
const CREATED_IDS = ['row_id', 'run_id', 'task_id'] as const;

/** Records what a request has created, and its response in case n8n runs the node again. */
function recordEffect(item: ItemContext, apiRequest: ApiRequest, response: unknown): void {
	const { created } = item.progress;
	for (const name of CREATED_IDS) {
		const id = isObject(response) ? response[name] : undefined;
		if (typeof id === 'string') created[name] = id;
	}
	if (apiRequest.method === 'PUT') created.path = item.ids.path;
	rememberResponse(item, apiRequest, response);
}

/** Keeps a response for n8n's Retry On Fail, if it is on. */
export function rememberResponse(
	item: ItemContext,
	apiRequest: ApiRequest,
	response: unknown,
): void {
	if (!item.context.getNode().retryOnFail) return;
	item.progress.responses.set(`${apiRequest.method} ${apiRequest.path}`, response);
}

/** The response of an earlier try of the node. */
export function recallResponse(item: ItemContext, { method, path }: ApiRequest): unknown {
	return item.progress.responses.get(`${method} ${path}`);
}

/** The error for JSON that is not what the API documents. */
export function unexpectedResponse(item: ItemContext, { method }: ApiRequest) {
	return createApiError(item, { kind: 'unexpectedResponse', method, unreadable: true });
}

/**
 * Sends a request that returns a new ID. Records the ID, so that an error in a later step can tell
 * it.
 *
 * @returns the response
 * @throws NodeApiError as `request` does, and if there is no ID
 */
export async function requestId<Name extends 'row_id' | 'run_id'>(
	item: ItemContext,
	apiRequest: ApiRequest,
	name: Name,
): Promise<IDataObject & Record<Name, string>> {
	const response = await request(item, apiRequest, hasId(name));
	item.ids[name] = response[name];
	item.idsFromApi.push(name);
	return response;
}

/** Whether a response contains an ID, without which nothing can continue. */
export function hasId<Name extends string>(name: Name) {
	return (response: unknown): response is IDataObject & Record<Name, string> =>
		isObject(response) && isId(response[name]);
}

/**
 * Sends a request once, when the limiter allows.
 *
 * @param attempt how many times it has been sent before
 * @throws NodeApiError if the base URL of the credential is not valid, and whatever the function
 * throws that returns the body
 */
export async function sendOnce(
	item: ItemContext,
	{ body, ...apiRequest }: ApiRequest,
	attempt = 0,
): Promise<RequestResult> {
	const { method, priority = 'high' } = apiRequest;
	const prepared = { ...apiRequest, body: typeof body === 'function' ? await body(attempt) : body };
	return await withLimiter(item, method, priority, async () => {
		const baseUrl = getBaseUrl(await readCredential(item.context));
		if (!isHttpUrl(baseUrl)) throw parameterError(item, parameterMessages.baseUrlInvalid);
		return await sendBody(item, prepared);
	});
}

async function withLimiter<T extends object>(
	{ context, signal }: ItemContext,
	method: string,
	priority: Priority,
	send: () => Promise<T>,
): Promise<T | { failure: RequestFailure }> {
	const limiter = limiterFor(context.getExecuteData(), getOptions(context).maxConcurrency);
	const acquired = await limiter.acquire(priority, signal);
	if (!acquired) return { failure: { kind: 'canceled', method, unsent: true } };
	let result: T | undefined;
	try {
		result = await send();
		return result;
	} finally {
		// A failure may end the batch, which must come before the next request.
		if (!result || 'failure' in result) void nextTurn(0).then(() => limiter.release());
		else limiter.release();
	}
}

/** Opens the body of this attempt, if it is streamed, and closes it afterwards. */
async function sendBody(item: ItemContext, apiRequest: PreparedRequest): Promise<RequestResult> {
	const { body, allowEmptyResponse, method } = apiRequest;
	const options = toHttpOptions(item, apiRequest);
	// A request that has an effect is waited for even if another item has failed: it may create an ID.
	const signal = method === 'GET' ? item.signal : cancelSignalOf(item.context);
	const send = async (ready: IHttpRequestOptions) =>
		await sendRequest(item.context, ready, { allowEmptyResponse, signal });
	if (!isStreamedBody(body)) return await send(options);
	let stream: FileStream;
	try {
		stream = await body.open();
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		return { failure: { kind: 'fileAccessFailed', method, reason } };
	}
	try {
		const headers = { ...options.headers, 'Content-Length': body.length };
		return await send({ ...options, headers, body: stream });
	} finally {
		stream.destroy();
	}
}

/** The request as n8n's helper accepts it, with what n8n resolved from the description. */
export function toHttpOptions(
	{ request: resolved }: ItemContext,
	{ method, path, query, body, timeout }: PreparedRequest,
): IHttpRequestOptions {
	const options: IHttpRequestOptions = {
		...resolved,
		method,
		url: path,
		qs: query,
		body: undefined,
		timeout: timeout ?? resolved.timeout,
		skipSslCertificateValidation: resolved.skipSslCertificateValidation === true,
	};
	if (body === undefined) return options;
	options.headers = { ...resolved.headers, 'Content-Type': 'application/json' };
	if (isStreamedBody(body)) return options;
	// n8n would leave out the body `{}`, but sends bytes as they are.
	options.body = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
	return options;
}

function isStreamedBody(body: unknown): body is StreamedBody {
	return isObject(body) && typeof body.open === 'function';
}

/**
 * Sends one request with the credential, to its base URL. Used for every request except the
 * credential test.
 */
export async function sendRequest(
	context: RequestContext,
	options: IHttpRequestOptions,
	{
		allowEmptyResponse = false,
		signal,
	}: { allowEmptyResponse?: boolean; signal?: AbortSignal } = {},
): Promise<RequestResult> {
	const method = options.method ?? 'GET';
	const credential = await readCredential(context);
	const scope = new AbortScope(signal);
	try {
		const response = (await context.helpers.httpRequestWithAuthentication.call(
			withAbortSignal(context, scope.signal),
			'cloudsquidApi',
			{
				...options,
				baseURL: getBaseUrl(credential),
				abortSignal: scope.signal,
				// A redirect would send the API key to wherever it points.
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
				// A stream lets us limit its size, and tell invalid JSON from valid.
				encoding: 'stream',
			},
			{ credentialsDecrypted: { id: '', name: '', type: 'cloudsquidApi', data: credential } },
		)) as IN8nHttpFullResponse;
		const milliseconds = options.timeout ?? DEFAULT_TIMEOUT_MS;
		const stream = response.body as FileStream;
		const text = await readStreamAsText(stream, MAX_RESPONSE_BYTES, { milliseconds, scope });
		if (text === undefined && kindOfStatus(response.statusCode) === undefined) {
			return { failure: { kind: 'responseTooLarge', method } };
		}
		const body = redactApiKey(text ?? '', getApiKey(credential));
		return parseResponse({ ...response, body }, method, allowEmptyResponse);
	} catch (error) {
		return classifyRequestError(error, method);
	} finally {
		scope.close();
	}
}

/**
 * Downloads a file from a presigned URL. It needs no API key and must never get ours: no credential
 * is used. The request counts as in flight until the file is complete.
 *
 * @param size how many bytes the file has, if that is known
 * @param store stores the file as it arrives; the MIME type is what the file storage says
 */
export async function download<T>(
	item: ItemContext,
	{ url, size }: { url: string; size?: number },
	store: (file: FileStream, mimeType?: string) => Promise<T>,
): Promise<{ stored: T } | { failure: RequestFailure }> {
	return await withLimiter(item, 'GET', 'high', async () => {
		const { context, request: resolved, signal } = item;
		const scope = new AbortScope(signal);
		try {
			const response = (await context.helpers.httpRequest({
				url,
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				timeout: resolved.timeout,
				proxy: resolved.proxy,
				skipSslCertificateValidation: resolved.skipSslCertificateValidation === true,
				abortSignal: scope.signal,
			})) as IN8nHttpFullResponse;
			const { body, headers, statusCode } = response;
			const file = body as FileStream;
			if (statusCode === 200) {
				const milliseconds = resolved.timeout ?? DEFAULT_TIMEOUT_MS;
				const contentLength = Number(headers['content-length'] ?? NaN);
				const sizes = { size, contentLength };
				const content = toStream(file, verifiedFileStream(file, sizes, { milliseconds, scope }));
				const mimeType: unknown = headers['content-type'];
				return {
					stored: await store(content, typeof mimeType === 'string' ? mimeType : undefined),
				};
			}
			file.destroy();
			scope.abort();
			const kind = kindOfStatus(statusCode) ?? 'unexpectedStatus';
			return { failure: { kind, method: 'GET', statusCode } };
		} catch (error) {
			return classifyRequestError(error, 'GET');
		} finally {
			scope.close();
		}
	});
}

/**
 * Waits, unless the execution is stopped or another item ends the batch.
 *
 * @throws NodeApiError that says the execution was canceled
 */
export async function sleepOrCancel(item: ItemContext, milliseconds: number): Promise<void> {
	await sleep(milliseconds, item.signal);
	if (!item.signal.aborted) return;
	throw createApiError(item, { kind: 'canceled', method: 'GET', unsent: true });
}

function cancelSignalOf(context: RequestContext): AbortSignal | undefined {
	return 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
}

/** n8n's functions with another signal: n8n's request helper aborts with the one it finds there. */
function withAbortSignal(context: RequestContext, signal: AbortSignal): RequestContext {
	return Object.create(context, {
		getExecutionCancelSignal: { value: () => signal },
	}) as RequestContext;
}
