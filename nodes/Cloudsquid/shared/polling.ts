import type { IDataObject } from 'n8n-workflow';

import { isObject, type Outcome } from './answers';
import { apiError, explain, serviceError, type Failure } from './errors';
import type { Job } from './job';
import { readOptions } from './options';
import { shorten } from './parameters';
import { mayRetry, retryDelay } from './retry';
import { pauseOrStop, tryRequest, type ApiRequest } from './transport';

/** A look at a run that gets no answer is given up after this long; the next one follows. */
const LONGEST_LOOK = 60_000;

/** Each pause before a look is longer than the last by this much, after the first three. */
const PAUSE_GROWTH = 250;

/** Whether a run has come to its end. Statuses the API does not document mean it is under way. */
export function isFinished(status: unknown): boolean {
	return status === 'done' || status === 'error';
}

/**
 * The pause before a look at a run, in milliseconds: a second before the first three, then
 * slowly longer, up to `pollInterval`. Short runs are noticed soon and long ones asked about less often.
 *
 * @param looks how many looks there were
 * @param pollInterval in seconds
 */
export function pollDelay(looks: number, pollInterval: number): number {
	return Math.min(1000 + PAUSE_GROWTH * Math.max(0, looks - 2), pollInterval * 1000);
}

/**
 * Looks at a run until it is `done` or in `error`, `maxWait` is over, or the execution is stopped.
 * A look that fails in a way that may pass never ends the wait.
 *
 * @param look the request that reads the run
 * @param startWith whether the first look is taken at once, or after a pause as the run just began
 * @returns the last answer, whose status tells how it ended
 * @throws NodeApiError if time is up or the run failed, unless the options say to return
 */
export async function waitForRun(
	job: Job,
	look: ApiRequest,
	startWith: 'look' | 'pause',
): Promise<IDataObject> {
	const { maxWait, pollInterval } = readOptions(job.context);
	const deadline = Date.now() + maxWait * 1000;
	const longestLook = Math.min(LONGEST_LOOK, job.request.timeout ?? LONGEST_LOOK);
	let row: IDataObject = {};
	let failure: Failure | undefined;
	let failures = 0;
	for (let looks = 0; !isFinished(row.status); looks++) {
		if (looks > 0 || startWith === 'pause') {
			const left = deadline - Date.now();
			if (left <= 0) return settleTimeout(job, row, failure);
			const delay = failure ? retryDelay(failures - 1, failure.retryAfter) : 0;
			await pauseOrStop(job, Math.min(Math.max(delay, pollDelay(looks, pollInterval)), left));
		}
		const timeout = Math.min(longestLook, Math.max(deadline - Date.now(), 1000));
		const outcome = await tryRequest(job, { ...look, timeout });
		failure = failureOf(outcome);
		failures = failure ? failures + 1 : 0;
		if (failure && !mayRetry('GET', failure)) throw apiError(job, failure);
		if ('answer' in outcome && isObject(outcome.answer)) row = outcome.answer;
	}
	return settleEnd(job, row);
}

/** Why a look told nothing about the run, if it did not. */
function failureOf(outcome: Outcome): Failure | undefined {
	if ('failure' in outcome) return outcome.failure;
	if (isObject(outcome.answer)) return undefined;
	return { kind: 'unexpectedAnswer', method: 'GET', unreadable: true };
}

/**
 * What becomes of a run that has ended: its row, as the API gave it.
 *
 * @throws NodeApiError if it failed, with the reason if there is one, unless the options say to return
 */
export function settleEnd(job: Job, row: IDataObject): IDataObject {
	if (row.status !== 'error' || readOptions(job.context).onRunError === 'return') return row;
	const reason = findReason(row);
	throw serviceError(job, {
		kind: 'runFailed',
		message: "The run ended with the status 'error'",
		description: reason
			? `Cloudsquid says: "${reason}"`
			: 'Cloudsquid gave no reason. Look at the row in Cloudsquid, and check that the document opens.',
	});
}

function settleTimeout(job: Job, last: IDataObject, failure?: Failure): IDataObject {
	const { maxWait, onTimeout } = readOptions(job.context);
	if (onTimeout === 'return') return last;
	const status =
		typeof last.status === 'string'
			? `its last status was '${last.status}'`
			: 'its status is unknown';
	const trouble = failure ? ` The last look gave no answer: ${explain(failure).message}.` : '';
	throw serviceError(job, {
		kind: 'runUnfinished',
		message: `The run was not finished after ${maxWait} seconds`,
		description: `It goes on in Cloudsquid; ${status}.${trouble} Raise 'Max Wait' under Options to wait longer.`,
	});
}

/** No field is documented for why a run failed, so the usual places are looked at, for a text. */
function findReason(row: IDataObject): string | undefined {
	const { result, data } = row;
	const places = [row, isObject(result) ? result : {}, isObject(data) ? data : {}];
	const texts = places.flatMap((place) => [place.errorMessage, place.error_message, place.error]);
	const reason = [...texts, row.message, result].find(
		(text): text is string => typeof text === 'string' && text.trim() !== '',
	);
	return reason === undefined ? undefined : shorten(reason.replace(/\s+/g, ' ').trim(), 300);
}
