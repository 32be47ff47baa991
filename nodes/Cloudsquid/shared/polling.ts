import type { IDataObject } from 'n8n-workflow';

import type { RequestFailure, RequestResult } from '../transport/failure';
import { sendOnce, sleepOrCancel, type ApiRequest } from '../transport/request';
import { isObject, shorten } from '../transport/response';
import { retryDelay, shouldRetry } from '../transport/retry';
import { createApiError, createResultError, describeFailure } from './errors';
import type { ItemContext } from './itemContext';
import { fillMessage, fillText, resultMessages, sentences } from './messages';
import { getOptions } from './options';

/** A status check without a response ends after this long, and the next one follows. */
const POLL_TIMEOUT_MS = 60_000;

const INITIAL_DELAY_MS = 1000;

/** Each delay is longer than the last one by this much, after the first three. */
const DELAY_INCREMENT_MS = 250;

/** Whether a run has ended. A status that the API does not document means it has not. */
export function isFinished(status: unknown): boolean {
	return status === 'done' || status === 'error';
}

/**
 * The delay before a status check, in milliseconds: one second before the first three, then longer
 * each time, up to `pollInterval`.
 *
 * @param pollCount how many status checks there were
 * @param pollInterval in seconds
 */
export function pollDelay(pollCount: number, pollInterval: number): number {
	const delay = INITIAL_DELAY_MS + DELAY_INCREMENT_MS * Math.max(0, pollCount - 2);
	return Math.min(delay, pollInterval * 1000);
}

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
	const { maxWait, pollInterval } = getOptions(item.context);
	const deadline = Date.now() + maxWait * 1000;
	const maxTimeout = Math.min(POLL_TIMEOUT_MS, item.request.timeout ?? POLL_TIMEOUT_MS);
	let row: IDataObject = {};
	let failure: RequestFailure | undefined;
	let failures = 0;
	for (let pollCount = 0; !isFinished(row.status); pollCount++) {
		if (pollCount > 0 || justStarted) {
			const timeLeft = deadline - Date.now();
			if (timeLeft <= 0) return handlePollTimeout(item, row, failure);
			const delay = failure ? retryDelay(failures - 1, failure.retryAfter) : 0;
			const longest = Math.max(delay, pollDelay(pollCount, pollInterval));
			await sleepOrCancel(item, Math.min(longest, timeLeft));
		}
		const timeout = Math.min(maxTimeout, Math.max(deadline - Date.now(), 1000));
		const result = await sendOnce(item, { ...getRunRequest, timeout });
		failure = failureOf(result);
		failures = failure ? failures + 1 : 0;
		if (failure && !shouldRetry(failure)) throw createApiError(item, failure);
		if ('response' in result && isObject(result.response)) row = result.response;
	}
	return assertRunSucceeded(item, row);
}

function failureOf(result: RequestResult): RequestFailure | undefined {
	if ('failure' in result) return result.failure;
	if (isObject(result.response)) return undefined;
	return { kind: 'unexpectedResponse', method: 'GET', unreadable: true };
}

/**
 * The row of a run that has ended, as the API returned it.
 *
 * @throws NodeApiError if the run failed, with the reason if there is one, unless the options say
 * to return the row
 */
export function assertRunSucceeded(item: ItemContext, row: IDataObject): IDataObject {
	if (row.status !== 'error' || getOptions(item.context).onRunError === 'return') return row;
	const { runFailed, runFailedWithoutReason } = resultMessages;
	const reason = getFailureReason(row);
	throw createResultError(
		item,
		reason === undefined ? runFailedWithoutReason : fillMessage(runFailed, { reason }),
	);
}

function handlePollTimeout(item: ItemContext, lastRow: IDataObject, failure?: RequestFailure) {
	const { maxWait, onTimeout } = getOptions(item.context);
	if (onTimeout === 'return') return lastRow;
	const status =
		typeof lastRow.status === 'string'
			? fillText(sentences.lastStatus, { status: lastRow.status })
			: sentences.statusUnknown;
	const lastPoll = failure && fillText(sentences.lastPollFailed, describeFailure(failure));
	const lastStatus = [status, lastPoll].filter(Boolean).join(' ');
	const values = { maxWait, lastStatus };
	throw createResultError(item, fillMessage(resultMessages.runTimeout, values));
}

/** The API documents no field for why a run failed, so this searches the usual ones for a text. */
function getFailureReason(row: IDataObject): string | undefined {
	const { result, data } = row;
	const places = [row, isObject(result) ? result : {}, isObject(data) ? data : {}];
	const texts = places.flatMap((place) => [place.errorMessage, place.error_message, place.error]);
	const reason = [...texts, row.message, result].find(
		(text): text is string => typeof text === 'string' && text.trim() !== '',
	);
	return reason === undefined ? undefined : shorten(reason.replace(/\s+/g, ' ').trim(), 300);
}
