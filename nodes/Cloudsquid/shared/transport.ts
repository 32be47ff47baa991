import type {
	IDataObject,
	IExecuteData,
	IExecutePaginationFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { hideKey, isObject, judge, judgeFault, maskKey, type Outcome } from './answers';
import { apiKeyOf, isWebAddress } from './credential';
import { apiError, inputError, kindOfStatus, type Failure } from './errors';
import type { Job } from './job';
import { readOptions } from './options';
import { fillPath } from './paths';
import { pause } from './pause';
import { mayRetry, retryDelay } from './retry';
import { slotsOf, type Lane } from './slots';
import { Ending, readText, receive, toStream, type FileStream } from './streams';
import type { ApiPath } from './types';

/**
 * What an answer may have at most, in bytes. JSON takes many times its length in memory, so that a
 * longer one could end n8n itself.
 */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** What holds where no time-out was set, in milliseconds; the same as in n8n's engine. */
const USUAL_TIMEOUT = 300_000;

/** A request body that is opened anew for every try; `length` is its size in bytes. */
export interface StreamedBody {
	length: number;
	open: () => Promise<FileStream>;
}

/** What differs from the request that the description declares. */
export interface ApiRequest {
	method?: IHttpRequestOptions['method'];
	/** Another path than the declared one. */
	url?: ApiPath;
	qs?: IDataObject;
	body?: IDataObject | Buffer | StreamedBody;
	/** Milliseconds without an answer after which the request is given up. */
	timeout?: number;
	/** Whether this begins new work or continues some; the latter goes first. Default: continue. */
	lane?: Lane;
	/** An answer without a body is all right here and becomes an empty object. */
	mayBeEmpty?: boolean;
}

/** What became of a file that was put away as it came, or why it did not come whole. */
export type Download<T> = { stored: T } | { failure: Failure };

/** Whoever may send requests: an operation, or a list in the editor. */
export type Caller = IExecutePaginationFunctions | ILoadOptionsFunctions;

/**
 * Sends a request and gives the parsed JSON answer. Repeats what surely did no work.
 *
 * @throws NodeApiError that says what happened, how to go on, and which IDs exist
 */
export async function request(job: Job, apiRequest: ApiRequest = {}): Promise<unknown> {
	const { maxRetries } = readOptions(job.context);
	for (let attempt = 0; ; attempt++) {
		const outcome = await tryRequest(job, apiRequest);
		if ('answer' in outcome) return outcome.answer;
		const { failure } = outcome;
		if (attempt >= maxRetries || !mayRetry(failure.method, failure)) throw apiError(job, failure);
		await pauseOrStop(job, retryDelay(attempt, failure.retryAfter));
	}
}

/**
 * The same, for an answer that must be one JSON object.
 *
 * @throws NodeApiError as above, and for any other JSON
 */
export async function requestObject(job: Job, apiRequest: ApiRequest = {}): Promise<IDataObject> {
	const answer = await request(job, apiRequest);
	if (isObject(answer)) return answer;
	throw unexpectedAnswer(job, apiRequest);
}

/** The error for an answer that is JSON, but not what the API documents. */
export function unexpectedAnswer(job: Job, apiRequest: ApiRequest = {}) {
	const method = methodOf(job, apiRequest);
	return apiError(job, { kind: 'unexpectedAnswer', method, unreadable: true });
}

/**
 * One try of a request: waits for a slot, sends, and judges what came back.
 *
 * @throws NodeOperationError if the credential's base URL is no web address
 */
export async function tryRequest(job: Job, apiRequest: ApiRequest = {}): Promise<Outcome> {
	const { context } = job;
	const signal = context.getExecutionCancelSignal();
	const method = methodOf(job, apiRequest);
	checkBaseUrl(job);
	const slots = slotsOf(context.getExecuteData(), readOptions(context).maxConcurrency);
	const admitted = await slots.take(apiRequest.lane ?? 'continue', signal);
	if (!admitted) return { failure: { kind: 'stopped', method, unsent: true } };
	try {
		return await sendBody(job, apiRequest, toHttpOptions(job, apiRequest, method));
	} finally {
		slots.release();
	}
}

/**
 * Sends one request with the credential and judges what comes back. Every request to Cloudsquid
 * leaves n8n here.
 */
export async function exchange(
	caller: Caller,
	options: IHttpRequestOptions,
	mayBeEmpty = false,
): Promise<Outcome> {
	const method = options.method ?? 'GET';
	const ending = new Ending(cancelSignalOf(caller));
	try {
		const response = (await caller.helpers.httpRequestWithAuthentication.call(
			endedBy(caller, ending.signal),
			'cloudsquidApi',
			{
				...options,
				abortSignal: ending.signal,
				// A redirect would carry the API key to wherever it points.
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
				// As a stream, it is ours to say how much of it is read. As text, what is no JSON can
				// then be told from what is.
				encoding: 'stream',
			},
		)) as IN8nHttpFullResponse;
		const limit = { milliseconds: options.timeout ?? USUAL_TIMEOUT, breakOff: ending.now };
		const text = await readText(response.body as FileStream, LONGEST_ANSWER, limit);
		if (text === undefined && kindOfStatus(response.statusCode) === undefined) {
			return { failure: { kind: 'answerTooLong', method } };
		}
		const key = await keyOf(caller);
		const body = maskKey(text ?? '', key);
		return hideKey(judge({ ...response, body }, method, mayBeEmpty), key);
	} catch (error) {
		return judgeFault(error, method);
	} finally {
		ending.close();
	}
}

function cancelSignalOf(caller: Caller): AbortSignal | undefined {
	return 'getExecutionCancelSignal' in caller ? caller.getExecutionCancelSignal() : undefined;
}

/** n8n's functions, with a signal of ours: n8n lets a request be ended by the one it finds there. */
function endedBy(caller: Caller, signal: AbortSignal): Caller {
	return Object.create(caller, { getExecutionCancelSignal: { value: () => signal } }) as Caller;
}

const keysByExecution = new WeakMap<IExecuteData, Promise<string>>();

/** The API key. One execution of a node has one, and reading it takes n8n longer than sending a request. */
async function keyOf(caller: Caller): Promise<string> {
	if (!('getExecuteData' in caller)) return await readKey(caller);
	const execution = caller.getExecuteData();
	const known = keysByExecution.get(execution) ?? readKey(caller);
	keysByExecution.set(execution, known);
	return await known;
}

async function readKey(caller: Caller): Promise<string> {
	return apiKeyOf(await caller.getCredentials('cloudsquidApi'));
}

/**
 * Fetches a file from a presigned address, which needs no key and must never see ours: no
 * credential is used. The slot is held until the file has come whole.
 *
 * @param size how many bytes the file has, where that is known
 * @param store puts the file away as it comes; the type is the storage's word
 */
export async function download<T>(
	job: Job,
	{ url, size }: { url: string; size?: number },
	store: (file: FileStream, mimeType?: string) => Promise<T>,
): Promise<Download<T>> {
	const { context, request: declared } = job;
	const slots = slotsOf(context.getExecuteData(), readOptions(context).maxConcurrency);
	const admitted = await slots.take('continue', context.getExecutionCancelSignal());
	if (!admitted) return { failure: { kind: 'stopped', method: 'GET', unsent: true } };
	const ending = new Ending(context.getExecutionCancelSignal());
	try {
		const response = (await context.helpers.httpRequest({
			url,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			timeout: declared.timeout,
			proxy: declared.proxy,
			skipSslCertificateValidation: declared.skipSslCertificateValidation === true,
			abortSignal: ending.signal,
		})) as IN8nHttpFullResponse;
		const { body, headers, statusCode } = response;
		const file = body as FileStream;
		if (statusCode === 200) {
			const limit = { milliseconds: declared.timeout ?? USUAL_TIMEOUT, breakOff: ending.now };
			const content = toStream(file, receive(file, size, limit));
			return { stored: await store(content, textOf(headers['content-type'])) };
		}
		file.destroy();
		ending.now();
		return {
			failure: { kind: kindOfStatus(statusCode) ?? 'otherStatus', method: 'GET', statusCode },
		};
	} catch (error) {
		return judgeFault(error, 'GET');
	} finally {
		ending.close();
		slots.release();
	}
}

function textOf(header: unknown): string | undefined {
	return typeof header === 'string' ? header : undefined;
}

/**
 * Waits, unless the execution is stopped; then it ends the job.
 *
 * @throws NodeApiError that says the execution was canceled
 */
export async function pauseOrStop(job: Job, milliseconds: number): Promise<void> {
	const signal = job.context.getExecutionCancelSignal();
	await pause(milliseconds, signal);
	if (signal?.aborted) throw apiError(job, { kind: 'stopped', method: 'GET', unsent: true });
}

/** Opens the body of this try, if it is streamed, and closes it with the try. */
async function sendBody(
	{ context }: Job,
	{ body, mayBeEmpty }: ApiRequest,
	options: IHttpRequestOptions,
): Promise<Outcome> {
	if (!isStreamedBody(body)) return await exchange(context, options, mayBeEmpty);
	const stream = await body.open();
	try {
		const headers = { ...options.headers, 'Content-Length': body.length };
		return await exchange(context, { ...options, headers, body: stream }, mayBeEmpty);
	} finally {
		stream.destroy();
	}
}

/**
 * The request as n8n's helper takes it: what the description declares, and what differs from it. The
 * empty body that n8n's engine declares for every request is left out.
 */
function toHttpOptions(job: Job, apiRequest: ApiRequest, method: string): IHttpRequestOptions {
	const declared = job.request;
	const options: IHttpRequestOptions = {
		...declared,
		body: undefined,
		method: method as IHttpRequestOptions['method'],
		url: fillPath(apiRequest.url ?? declared.url ?? '', job.known),
		qs: apiRequest.qs ?? declared.qs,
		timeout: apiRequest.timeout ?? declared.timeout,
		skipSslCertificateValidation: declared.skipSslCertificateValidation === true,
	};
	const { body } = apiRequest;
	if (body === undefined) return options;
	options.headers = { ...declared.headers, 'Content-Type': 'application/json' };
	if (isStreamedBody(body)) return options;
	// As bytes, it is sent as it is; n8n would leave out the body `{}`.
	options.body = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
	return options;
}

function methodOf(job: Job, apiRequest: ApiRequest): string {
	return apiRequest.method ?? job.request.method ?? 'GET';
}

function checkBaseUrl(job: Job): void {
	if (isWebAddress(job.request.baseURL ?? '')) return;
	throw inputError(
		job,
		"'Base URL' in the credential is no web address",
		'It starts with https://, as in https://api.cloudsquid.io/api.',
	);
}

function isStreamedBody(body: unknown): body is StreamedBody {
	return isObject(body) && typeof body.open === 'function';
}
