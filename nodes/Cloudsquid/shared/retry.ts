/** Statuses after which a request may simply be sent again, if sending it twice does no harm. */
const PASSING_STATUSES = [408, 429, 500, 502, 503, 504];

/** Network faults after which no byte of the request can have reached the service. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** `Date.parse` alone finds a date in almost anything with a number in it, such as `1.5`. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .+ GMT$/;

const LONGEST_RETRY_AFTER = 120_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;

/** What came back in place of a good answer, as far as retrying is concerned. */
export interface Setback {
	/** HTTP status, if the service answered. */
	statusCode?: number;
	/** Network fault, such as `ECONNRESET`, if it did not. */
	code?: string;
	/** An answer came, with a status that says all is well, but it could not be read. */
	unreadable?: boolean;
	/** The request never left n8n. */
	unsent?: boolean;
}

/** Whether the fault lies in the service's certificate, which no repetition mends. */
export function isCertificateFault(code = ''): boolean {
	return /CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS/.test(code);
}

/** Whether the request surely did nothing, so that sending it again cannot do anything twice. */
export function surelyDidNothing({ statusCode, code, unreadable, unsent }: Setback): boolean {
	if (unsent) return true;
	if (unreadable) return false;
	if (statusCode !== undefined) return statusCode < 500 && statusCode !== 408;
	return code !== undefined && (NEVER_CONNECTED.includes(code) || isCertificateFault(code));
}

/**
 * Whether to send the request again.
 *
 * Reading does no work, so it is repeated after everything that may pass. Anything else is repeated
 * only when it surely did nothing: a document must not be uploaded, or a run paid for, twice.
 */
export function mayRetry(method: string, setback: Setback): boolean {
	const { statusCode, code, unreadable, unsent } = setback;
	if (unsent || isCertificateFault(code)) return false;
	if (method !== 'GET') {
		return statusCode === 429 || (statusCode === undefined && surelyDidNothing(setback));
	}
	if (unreadable) return true;
	return statusCode === undefined ? code !== undefined : PASSING_STATUSES.includes(statusCode);
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, at most two minutes.
 *
 * @param value seconds or an HTTP date; anything else gives `undefined`
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(value: unknown, now = Date.now()): number | undefined {
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const text = String(value).trim();
	const date = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
	const delay = /^\d+$/.test(text) ? Number(text) * 1000 : date - now;
	if (Number.isNaN(delay)) return undefined;
	return Math.min(Math.max(delay, 0), LONGEST_RETRY_AFTER);
}

/**
 * The pause before the next try, in milliseconds: what the service asked for, or half a second,
 * doubled with each try up to 30 s. A random part keeps many items from returning all at once.
 *
 * @param attempt 0 for the first repetition
 */
export function retryDelay(attempt: number, retryAfter?: number, random = Math.random()): number {
	if (retryAfter !== undefined) return retryAfter + random * FIRST_DELAY;
	const delay = Math.min(FIRST_DELAY * 2 ** attempt, LONGEST_DELAY);
	return delay * (0.5 + random / 2);
}
