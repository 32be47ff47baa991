import type { IDataObject, IN8nHttpFullResponse } from 'n8n-workflow';

import { kindOfStatus, type Failure, type FailureKind } from './errors';
import { isCertificateFault, parseRetryAfter } from './retry';

/** What a message of the API is cut to, in characters. */
const LONGEST_MESSAGE = 300;

/** What stands in the place of the API key. */
const MASK = '***';

/** A key shorter than this is none, and might well be part of a document. */
const SHORTEST_KEY = 8;

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
	if (isNestedDeeperThan(DEEPEST_NESTING, text)) return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Looks through the text, before anything is made of it: that takes no memory, however wide it is. */
function isNestedDeeperThan(limit: number, text: string): boolean {
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const sign = text[at];
		if (sign === '"') at = endOfString(text, at);
		else if (sign === '}' || sign === ']') depth--;
		else if ((sign === '{' || sign === '[') && ++depth > limit) return true;
	}
	return false;
}

/** Where the string ends that begins here; what never ends goes on to the end of the text. */
function endOfString(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
	return at;
}

/** What the API says about a refusal: `errorMessage` where documented, or under the usual names. */
function readApiMessage(text: string): string | undefined {
	const body = parse(text);
	const found = isObject(body) ? (body.errorMessage ?? body.message ?? body.error) : body;
	if (typeof found !== 'string' || found.trim() === '') return undefined;
	return found.replace(/\s+/g, ' ').trim();
}

/**
 * An answer without the API key, should the service repeat it: answers become items, and n8n keeps
 * those.
 */
export function maskKey(text: string, key: string): string {
	if (key.length < SHORTEST_KEY) return text;
	const forms = [key, JSON.stringify(key).slice(1, -1)];
	return forms.reduce(
		(masked, form) => (masked.includes(form) ? masked.split(form).join(MASK) : masked),
		text,
	);
}

/**
 * The failure as it may be shown: what the service says without the API key, should it repeat the
 * key, and only then cut, lest half a key be left at the end.
 */
export function hideKey(outcome: Outcome, key: string): Outcome {
	if (!('failure' in outcome) || outcome.failure.apiMessage === undefined) return outcome;
	const said = outcome.failure.apiMessage;
	const masked = key === '' ? said : said.split(key).join(MASK);
	const apiMessage =
		masked.length > LONGEST_MESSAGE ? `${masked.slice(0, LONGEST_MESSAGE)}…` : masked;
	return { failure: { ...outcome.failure, apiMessage } };
}

/** Whether a JSON value is an object, as opposed to an array, a plain value or nothing. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
