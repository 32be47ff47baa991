import type { IDataObject } from 'n8n-workflow';

import type { RequestFailure, RequestResult } from '../transport/failure';
import {
	recallResponse,
	rememberResponse,
	sendOnce,
	sleepOrCancel,
	type ApiRequest,
} from '../transport/request';
import { isObject, shorten } from '../transport/response';
import { isTemporary, retryDelay } from '../transport/retry';
import { createApiError, createResultError, describeFailure } from './errors';
import type { ItemContext } from './itemContext';
import { fillMessage, fillText, resultMessages, sentences } from './messages';
import { getOptions } from './options';

/** A status check without a response ends after this long, and the next one follows. */
const POLL_TIMEOUT_MS = 60_000;

const MIN_DELAY_MS = 1000;

/** For this long, a run that has just been started may not be found yet. */
const NOT_FOUND_GRACE_MS = 15_000;

/** Statuses that mean the end in plain words, although the API does not document them. */
const ENDED_STATUS =
	/^(abort|cancel|complete|expire|fail|finish|reject|stop|succe|terminat|time[ _-]?d?[ _-]?out)/i;

/** Whether a run has ended. A status that the API does not document means it has not. */
export function isFinished(status: unknown): boolean {
	return status === 'done' || status === 'error';
}

/**
 * The delay before a status check, in milliseconds: a fifteenth of the time waited so far, at least
 * one second and at most `pollInterval`.
 *
 * @param waited how long the node has waited for the run, in milliseconds
 * @param pollInterval in seconds
 */
export function pollDelay(waited: number, pollInterval: number): number {
	return Math.min(Math.max(waited / 15, MIN_DELAY_MS), pollInterval * 1000);
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
		failure = failureOf(result);
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
	if (!isRunFailure(item, row)) return row;
	const { runFailed, runFailedWithoutReason } = resultMessages;
	const reason = getFailureReason(row);
	throw createResultError(
		item,
		reason === undefined ? runFailedWithoutReason : fillMessage(runFailed, { reason }),
	);
}

/** Whether a run has failed, and the options do not say to return its row. */
export function isRunFailure({ context }: ItemContext, { status }: IDataObject): boolean {
	return status === 'error' && getOptions(context).onRunError !== 'return';
}

/** Lets n8n's Retry On Fail start another run: the last request with an effect started this one. */
function forgetRun({ progress: { responses } }: ItemContext): void {
	const startRequest = [...responses.keys()].at(-1);
	if (startRequest !== undefined) responses.delete(startRequest);
}

function handlePollTimeout(item: ItemContext, lastRow: IDataObject, failure?: RequestFailure) {
	const { maxWait, onTimeout } = getOptions(item.context);
	if (onTimeout === 'return') return lastRow;
	if (typeof lastRow.status === 'string' && ENDED_STATUS.test(lastRow.status)) {
		const values = { maxWait, status: shorten(lastRow.status) };
		throw createResultError(item, fillMessage(resultMessages.runStatusUndocumented, values));
	}
	const status =
		typeof lastRow.status === 'string'
			? fillText(sentences.lastStatus, { status: lastRow.status })
			: sentences.statusUnknown;
	const lastPoll =
		failure &&
		fillText(sentences.lastPollFailed, describeFailure(failure, item.ids, item.idsFromApi));
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
