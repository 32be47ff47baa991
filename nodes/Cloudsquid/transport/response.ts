import type { IDataObject, IN8nHttpFullResponse } from 'n8n-workflow';

import type { FailureKind } from '../shared/messages';
import type { RequestResult } from './failure';
import { parseRetryAfter } from './retry';

/** Longer messages of the API are cut. */
const MAX_MESSAGE_LENGTH = 300;

/** Deeper JSON is rejected: what n8n does with an item's data would exhaust the stack. */
const MAX_JSON_DEPTH = 500;

const kindByStatus: Record<number, FailureKind> = {
	400: 'badRequest',
	401: 'unauthorized',
	403: 'forbidden',
	404: 'notFound',
	407: 'proxyAuthentication',
	408: 'timeout',
	409: 'conflict',
	413: 'tooLarge',
	415: 'unsupportedType',
	422: 'unprocessable',
	429: 'rateLimited',
};

/** What the API itself would say as JSON. A web page with such a status comes from elsewhere. */
const PROXY_KINDS: FailureKind[] = ['forbidden', 'notFound', 'unexpectedStatus'];

/** The kind of failure that an HTTP status means; `undefined` for success. */
export function kindOfStatus(statusCode: number): FailureKind | undefined {
	if (statusCode >= 200 && statusCode < 300) return undefined;
	if (statusCode >= 300 && statusCode < 400) return 'redirected';
	return kindByStatus[statusCode] ?? (statusCode >= 500 ? 'serverError' : 'unexpectedStatus');
}

/** Reads a response: the parsed JSON of a successful one, or why there is none. */
export function parseResponse(
	response: Pick<IN8nHttpFullResponse, 'body' | 'headers' | 'statusCode'>,
	method: string,
	allowEmpty = false,
): RequestResult {
	const { statusCode } = response;
	const text = typeof response.body === 'string' ? response.body : '';
	const kind = kindOfStatus(statusCode);
	if (kind) {
		const apiMessage = findApiMessage(text);
		const retryAfter = parseRetryAfter(response.headers['retry-after']);
		const isFromProxy = PROXY_KINDS.includes(kind) && isHtml(text);
		const failure = { method, statusCode, apiMessage, retryAfter };
		return { failure: { ...failure, kind: isFromProxy ? 'htmlResponse' : kind } };
	}
	const json = parseJson(text);
	if (json !== undefined) return { response: json };
	if (text.trim() === '' && allowEmpty) return { response: {} };
	return { failure: { kind: kindOfText(text), method, statusCode, unreadable: true } };
}

function kindOfText(text: string): FailureKind {
	if (text.trim() === '') return 'emptyResponse';
	return isHtml(text) ? 'htmlResponse' : 'invalidJson';
}

function isHtml(text: string): boolean {
	return text.trimStart().startsWith('<');
}

/** The JSON value of a text; `undefined` if it is not valid or nested too deeply. */
function parseJson(text: string): unknown {
	return isNestedDeeperThan(MAX_JSON_DEPTH, text) ? undefined : tryTo(() => JSON.parse(text));
}

/** What a function returns; `undefined` if it throws. */
export function tryTo<T>(compute: () => T): T | undefined {
	try {
		return compute();
	} catch {
		return undefined;
	}
}

/** Scans the text before it is parsed: that takes no memory, however large the result would be. */
function isNestedDeeperThan(limit: number, text: string): boolean {
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const character = text[at];
		if (character === '"') at = endOfString(text, at);
		else if (character === '}' || character === ']') depth--;
		else if ((character === '{' || character === '[') && ++depth > limit) return true;
	}
	return false;
}

/** Where the string that starts here ends; an unterminated one ends with the text. */
function endOfString(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
	return at;
}

/** Where services tell why they reject a request; only `errorMessage` is documented. */
const MESSAGE_FIELDS = [
	...['errorMessage', 'error_message', 'message', 'error_description', 'detail', 'details'],
	...['error', 'errors', 'reason', 'msg', 'title'],
];

/** Why the API rejected a request: JSON under the usual names, or plain text. */
function findApiMessage(text: string): string | undefined {
	if (isHtml(text)) return undefined;
	const body = parseJson(text);
	const isText = body === undefined && !/^\s*[[{"]/.test(text);
	const message = (isText ? text : (findText(body) ?? '')).replace(/\s+/g, ' ').trim();
	return message === '' ? undefined : shorten(message, MAX_MESSAGE_LENGTH);
}

/** The first text in a value, in the fields that usually have one. */
function findText(value: unknown, depth = 0): string | undefined {
	if (typeof value === 'string') return value.trim() === '' ? undefined : value;
	if (depth > 3) return undefined;
	const inner: unknown[] = Array.isArray(value)
		? value
		: isObject(value)
			? MESSAGE_FIELDS.map((name) => value[name])
			: [];
	for (const each of inner) {
		const text = findText(each, depth + 1);
		if (text !== undefined) return text;
	}
	return undefined;
}

/**
 * Whether a value is an ID. All documented ones are UUIDs; any other text that stays one segment of
 * a path is accepted, too. Dots alone cannot be encoded and would lead to another endpoint.
 */
export function isId(value: unknown): value is string {
	if (typeof value !== 'string' || /^\.{0,2}$|[\s/\\?#]/.test(value)) return false;
	return tryTo(() => encodeURIComponent(value)) !== undefined;
}

/** Cuts a text to a length that fits into a sentence. */
export function shorten(text: string, maxLength = 80): string {
	const line = text.replace(/\p{Cc}+/gu, ' ');
	return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** Whether a JSON value is an object, not an array, a primitive or null. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
