import type { IDataObject } from 'n8n-workflow';

import type { RequestFailure, RequestResult } from '../transport/failure';
import {
	recallResponse,
	rememberResponse,
	sendOnce,
	sleepOrCancel,
	type ApiRequest,
} from '../transport/request';
import { isObject } from '../transport/response';
import { isTemporary, retryDelay } from '../transport/retry';
import { createApiError } from './errors';
import type { ItemContext } from './itemContext';
import { getOptions } from './options';
import {
	assertRunSucceeded,
	handlePollTimeout,
	isFinished,
	isRunFailure,
	pollDelay,
} from './polling';

/** A status check without a response ends after this long, and the next one follows. */
const POLL_TIMEOUT_MS = 60_000;

/** For this long, a run that has just been started may not be found yet. */
const NOT_FOUND_GRACE_MS = 15_000;

/**
 * Polls a run until its status is `done` or `error`, `maxWait` has passed, or the execution is
 * stopped. A status check that fails temporarily does not end the wait.
 *
 * @param getRunRequest the request that retrieves the run
 * @param justStarted whether to wait before the first status check
 * @returns the last response; its status tells how the run ended
 * @throws NodeApiError if the time is up or the run failed, unless the options say to return
 */
export async function waitForRun(
	item: ItemContext,
	getRunRequest: ApiRequest,
	justStarted: boolean,
): Promise<IDataObject> {
	const known = recallResponse(item, getRunRequest);
	if (isObject(known)) return known;
	const { maxWait, pollInterval } = getOptions(item.context);
	const start = Date.now();
	const deadline = start + maxWait * 1000;
	const maxTimeout = Math.min(POLL_TIMEOUT_MS, item.request.timeout ?? POLL_TIMEOUT_MS);
	let row: IDataObject = {};
	let failure: RequestFailure | undefined;
	let failures = 0;
	for (let isFirst = true; !isFinished(row.status); isFirst = false) {
		if (!isFirst || justStarted) {
			const timeLeft = deadline - Date.now();
			if (timeLeft <= 0) return handlePollTimeout(item, row, failure);
			const delay = failure ? retryDelay(failures - 1, failure.retryAfter) : 0;
			const longest = Math.max(delay, pollDelay(Date.now() - start, pollInterval));
			await sleepOrCancel(item, Math.min(longest, timeLeft));
		}
		const timeout = Math.min(maxTimeout, Math.max(deadline - Date.now(), 1000));
		const result = await sendOnce(item, { ...getRunRequest, timeout });
		failure = pollFailure(result);
		failures = failure ? failures + 1 : 0;
		if (failure && !isTemporary(failure) && !isNotFoundYet(item, failure, start)) {
			throw createApiError(item, failure);
		}
		if ('response' in result && isObject(result.response)) row = result.response;
	}
	if (row.status === 'done') rememberResponse(item, getRunRequest, row);
	if (isRunFailure(item, row)) forgetRun(item);
	return assertRunSucceeded(item, row);
}

/** Whether a 404 may mean that Cloudsquid has not stored a run yet that it has just started. */
function isNotFoundYet({ idsFromApi }: ItemContext, { kind }: RequestFailure, start: number) {
	const isNew = idsFromApi.includes('run_id') && Date.now() - start < NOT_FOUND_GRACE_MS;
	return kind === 'notFound' && isNew;
}

function pollFailure(result: RequestResult): RequestFailure | undefined {
	if ('failure' in result) return result.failure;
	if (isObject(result.response)) return undefined;
	return { kind: 'unexpectedResponse', method: 'GET', unreadable: true };
}

/** Lets n8n's Retry On Fail start another run: the last request with an effect started this one. */
function forgetRun({ progress: { responses } }: ItemContext): void {
	const startRequest = [...responses.keys()].at(-1);
	if (startRequest !== undefined) responses.delete(startRequest);
}
