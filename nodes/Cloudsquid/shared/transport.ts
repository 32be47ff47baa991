import type {
	IDataObject,
	IExecutePaginationFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { hideKey, isObject, judge, judgeFault, type Outcome } from './answers';
import { apiError, inputError, kindOfStatus, type Failure } from './errors';
import type { Job } from './job';
import { readOptions } from './options';
import { fillPath } from './paths';
import { pause } from './pause';
import { mayRetry, retryDelay } from './retry';
import { slotsOf, type Lane } from './slots';
import type { ApiPath } from './types';

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

/** A file on its way, as n8n's binary store takes it. */
export type FileStream = Exclude<
	Parameters<IExecutePaginationFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

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
	try {
		const response = (await caller.helpers.httpRequestWithAuthentication.call(
			caller,
			'cloudsquidApi',
			{
				...options,
				// A redirect would carry the API key to wherever it points.
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
				// As text, what is no JSON can be told from what is.
				encoding: 'text',
			},
		)) as IN8nHttpFullResponse;
		const outcome = judge(response, method, mayBeEmpty);
		if ('answer' in outcome) return outcome;
		return hideKey(outcome, (await caller.getCredentials('cloudsquidApi')).apiKey);
	} catch (error) {
		return judgeFault(error, method);
	}
}

/**
 * Fetches a file from a presigned address, which needs no key and must never see ours: no
 * credential is used. The slot is held until the file has come whole.
 *
 * @param store puts the file away as it comes
 */
export async function download<T>(
	job: Job,
	url: string,
	store: (file: FileStream) => Promise<T>,
): Promise<Download<T>> {
	const { context, request: declared } = job;
	const slots = slotsOf(context.getExecuteData(), readOptions(context).maxConcurrency);
	const admitted = await slots.take('continue', context.getExecutionCancelSignal());
	if (!admitted) return { failure: { kind: 'stopped', method: 'GET', unsent: true } };
	try {
		const response = (await context.helpers.httpRequest({
			url,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			timeout: declared.timeout,
			proxy: declared.proxy,
			skipSslCertificateValidation: declared.skipSslCertificateValidation === true,
			abortSignal: context.getExecutionCancelSignal(),
		})) as IN8nHttpFullResponse;
		const { body, statusCode } = response;
		const file = body as FileStream;
		if (statusCode === 200) return { stored: await store(file) };
		file.destroy();
		return {
			failure: { kind: kindOfStatus(statusCode) ?? 'otherStatus', method: 'GET', statusCode },
		};
	} catch (error) {
		return judgeFault(error, 'GET');
	} finally {
		slots.release();
	}
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

/** The request as n8n's helper takes it: what the description declares, and what differs from it. */
function toHttpOptions(job: Job, apiRequest: ApiRequest, method: string): IHttpRequestOptions {
	const { body, ...declared } = job.request;
	const options: IHttpRequestOptions = {
		...declared,
		method: method as IHttpRequestOptions['method'],
		url: fillPath(apiRequest.url ?? declared.url ?? '', job.known),
		qs: apiRequest.qs ?? declared.qs,
		timeout: apiRequest.timeout ?? declared.timeout,
		skipSslCertificateValidation: declared.skipSslCertificateValidation === true,
	};
	if (method === 'GET') return options;
	options.headers = { ...declared.headers, 'Content-Type': 'application/json' };
	const content = apiRequest.body ?? body ?? {};
	if (isStreamedBody(content)) return options;
	// As bytes, it is sent as it is; n8n would leave out the body `{}`.
	options.body = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
	return options;
}

function methodOf(job: Job, apiRequest: ApiRequest): string {
	return apiRequest.method ?? job.request.method ?? 'GET';
}

function checkBaseUrl(job: Job): void {
	const { baseURL = '' } = job.request;
	if (/^https?:\/\/[^/]/i.test(baseURL)) return;
	throw inputError(
		job,
		"'Base URL' in the credential is no web address",
		'It starts with https://, as in https://api.cloudsquid.io/api.',
	);
}

function isStreamedBody(body: unknown): body is StreamedBody {
	return isObject(body) && typeof body.open === 'function';
}
