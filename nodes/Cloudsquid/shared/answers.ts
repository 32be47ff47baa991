import type { IDataObject, IN8nHttpFullResponse } from 'n8n-workflow';

import { kindOfStatus, type Failure, type FailureKind } from './errors';
import { isCertificateFault, parseRetryAfter } from './retry';

/** What a message of the API is cut to, in characters. */
const LONGEST_MESSAGE = 300;

/** Deeper answers are refused: what n8n does with an item's data would exhaust the stack. */
const DEEPEST_NESTING = 500;

const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const TIMED_OUT = ['ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT'];
/** Node.js refuses to make such a request: a header or the address has characters it must not have. */
const NEVER_MADE = ['ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'];

/** A readable answer of the API, or why there is none. */
export type Outcome = { answer: unknown } | { failure: Failure };

/** Reads an answer: the parsed JSON of a good one, or what is amiss with it. */
export function judge(
	response: Pick<IN8nHttpFullResponse, 'body' | 'headers' | 'statusCode'>,
	method: string,
	mayBeEmpty = false,
): Outcome {
	const { statusCode } = response;
	const text = typeof response.body === 'string' ? response.body : '';
	const kind = kindOfStatus(statusCode);
	if (kind) {
		const apiMessage = readApiMessage(text);
		const retryAfter = parseRetryAfter(response.headers['retry-after']);
		return { failure: { kind, method, statusCode, apiMessage, retryAfter } };
	}
	const answer = parse(text);
	if (answer !== undefined) return { answer };
	if (text.trim() === '' && mayBeEmpty) return { answer: {} };
	return { failure: { kind: kindOfText(text), method, statusCode, unreadable: true } };
}

/** Reads what n8n's helper threw in place of an answer. */
export function judgeFault(error: unknown, method: string): { failure: Failure } {
	const code = findCode(error);
	if (code === 'ERR_CANCELED') return { failure: { kind: 'stopped', method, code } };
	if (code === 'ERR_INVALID_URL') {
		return { failure: { kind: 'notConnected', method, code, unsent: true } };
	}
	const reason = error instanceof Error ? error.message : String(error);
	if (code && NEVER_MADE.includes(code)) {
		return { failure: { kind: 'brokenOff', method, code, reason, unsent: true } };
	}
	if (code) return { failure: { kind: kindOfCode(code), method, code } };
	if (/not allowed|blocked/i.test(reason)) {
		return { failure: { kind: 'notAllowed', method, unsent: true } };
	}
	return { failure: { kind: 'brokenOff', method, reason } };
}

function kindOfCode(code: string): FailureKind {
	if (NOT_CONNECTED.includes(code)) return 'notConnected';
	if (TIMED_OUT.includes(code)) return 'timedOut';
	return isCertificateFault(code) ? 'certificate' : 'connectionLost';
}

function kindOfText(text: string): FailureKind {
	if (text.trim() === '') return 'emptyAnswer';
	return text.trimStart().startsWith('<') ? 'webPage' : 'notJson';
}

/** n8n wraps what the HTTP client threw, so the code of the fault is on the error or beneath it. */
function findCode(error: unknown): string | undefined {
	for (let current = error, depth = 0; depth < 4; depth++) {
		if (typeof current !== 'object' || current === null) return undefined;
		const { code, cause } = current as { code?: unknown; cause?: unknown };
		if (typeof code === 'string' && code !== '') return code;
		current = cause;
	}
	return undefined;
}

/** The JSON value a text stands for; `undefined` if it is none, or nested beyond reason. */
function parse(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return isNestedDeeperThan(DEEPEST_NESTING, value) ? undefined : value;
	} catch {
		return undefined;
	}
}

/** Walks level by level, since a walk by recursion is just what such an answer would break. */
function isNestedDeeperThan(limit: number, value: unknown): boolean {
	let level = [value];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > limit) return true;
		level = level.flatMap((entry) =>
			typeof entry === 'object' && entry !== null ? Object.values(entry) : [],
		);
	}
	return false;
}

/** What the API says about a refusal: `errorMessage` where documented, or under the usual names. */
function readApiMessage(text: string): string | undefined {
	const body = parse(text);
	const found = isObject(body) ? (body.errorMessage ?? body.message ?? body.error) : body;
	if (typeof found !== 'string' || found.trim() === '') return undefined;
	return found.replace(/\s+/g, ' ').trim();
}

/**
 * The failure as it may be shown: what the service says without the API key, should it repeat the
 * key, and only then cut, lest half a key be left at the end.
 */
export function hideKey(outcome: Outcome, apiKey: unknown): Outcome {
	if (!('failure' in outcome) || outcome.failure.apiMessage === undefined) return outcome;
	const key = typeof apiKey === 'string' ? apiKey.trim() : '';
	const said = outcome.failure.apiMessage;
	const masked = key === '' ? said : said.split(key).join('***');
	const apiMessage =
		masked.length > LONGEST_MESSAGE ? `${masked.slice(0, LONGEST_MESSAGE)}…` : masked;
	return { failure: { ...outcome.failure, apiMessage } };
}

/** Whether a JSON value is an object, as opposed to an array, a plain value or nothing. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
