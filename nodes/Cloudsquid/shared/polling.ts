import type { IDataObject } from 'n8n-workflow';

import type { RequestFailure } from '../transport/failure';
import { isObject, shorten } from '../transport/response';
import { createResultError, describeFailure } from './errors';
import type { ItemContext } from './itemContext';
import { fillMessage, fillText, resultMessages, sentences, endSentence } from './messages';
import { getOptions } from './options';

const MIN_DELAY_MS = 1000;

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
		reason === undefined
			? runFailedWithoutReason
			: fillMessage(runFailed, { reason: endSentence(reason) }),
	);
}

/** Whether a run has failed, and the options do not say to return its row. */
export function isRunFailure({ context }: ItemContext, { status }: IDataObject): boolean {
	return status === 'error' && getOptions(context).onRunError !== 'return';
}

/**
 * The last row that is known of a run when the time is up.
 *
 * @param failure of the last status check, if it failed
 * @throws NodeApiError unless the options say to return the row
 */
export function handlePollTimeout(
	item: ItemContext,
	lastRow: IDataObject,
	failure?: RequestFailure,
): IDataObject {
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
	const lastPoll = failure && fillText(sentences.lastPollFailed, describeFailure(failure, item));
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
