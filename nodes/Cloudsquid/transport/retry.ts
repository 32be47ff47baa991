import { hadNoEffect, isCertificateError, type RequestFailure } from './failure';

/** Statuses below 500 after which a request that changes nothing is sent again. */
const RETRYABLE_STATUS_CODES = [408, 425, 429];

/** Statuses from 500 on that mean the service will never handle such a request. */
const PERMANENT_STATUS_CODES = [501, 505];

/** `Date.parse` alone finds a date in almost any text with a number in it, such as `1.5`. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .+ GMT$/;

/** Where the service asks to wait longer than this, the request fails. */
export const MAX_RETRY_AFTER_MS = 120_000;

const DAY_MS = 86_400_000;
const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/**
 * Whether to send a request again.
 *
 * A GET changes nothing and is retried after every temporary failure. Any other request is retried
 * only if the first attempt had no effect: no document may be uploaded, and no run paid for, twice.
 * No request waits longer than two minutes; polling does, see `isTemporary`.
 */
export function shouldRetry(failure: RequestFailure): boolean {
	return isTemporary(failure) && (failure.retryAfter ?? 0) <= MAX_RETRY_AFTER_MS;
}

/** The same without regard to how long the service asks to wait. */
export function isTemporary(failure: RequestFailure): boolean {
	const { kind, method, statusCode, code, unreadable, unsent } = failure;
	if (unsent || kind === 'fileAccessFailed' || isCertificateError(code)) return false;
	if (method !== 'GET') {
		return statusCode === 429 || (statusCode === undefined && hadNoEffect(failure));
	}
	if (unreadable) return true;
	if (statusCode === undefined) return code !== undefined;
	if (statusCode < 500) return RETRYABLE_STATUS_CODES.includes(statusCode);
	return !PERMANENT_STATUS_CODES.includes(statusCode);
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, at most a day.
 *
 * @param value seconds or an HTTP date; anything else returns `undefined`
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(value: unknown, now = Date.now()): number | undefined {
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const text = String(value).trim();
	const date = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
	const delay = /^\d+$/.test(text) ? Number(text) * 1000 : date - now;
	if (Number.isNaN(delay)) return undefined;
	return Math.min(Math.max(delay, 0), DAY_MS);
}

/**
 * The delay before the next attempt, in milliseconds: what the service asked for, or half a second,
 * doubled with each attempt up to 30 s. A random part keeps items from retrying all at once.
 *
 * @param attempt 0 for the first retry
 */
export function retryDelay(attempt: number, retryAfter?: number, random = Math.random()): number {
	if (retryAfter !== undefined) return retryAfter + random * BASE_DELAY_MS;
	const delay = Math.min(BASE_DELAY_MS * 2 ** attempt, MAX_DELAY_MS);
	return delay * (0.5 + random / 2);
}
