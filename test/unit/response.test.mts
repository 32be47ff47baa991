import fc from 'fast-check';
import { NodeApiError } from 'n8n-workflow';
import { AxiosError } from 'axios';
import { isObject, parseResponse } from '../../nodes/Cloudsquid/transport/response.ts';
import type { FailureKind } from '../../nodes/Cloudsquid/shared/messages.ts';
import { redactApiKey } from '../../nodes/Cloudsquid/transport/credential.ts';
import {
	classifyRequestError,
	type RequestFailure,
	type RequestResult,
} from '../../nodes/Cloudsquid/transport/failure.ts';
import { node } from './items.mts';

/** What is read out of an answer with this status, body and headers. */
function judged(
	statusCode: number,
	body: unknown,
	headers = {},
	mayBeEmpty = false,
): RequestResult {
	return parseResponse({ statusCode, body: body as string, headers }, 'POST', mayBeEmpty);
}

function failureOf(outcome: RequestResult): RequestFailure {
	if ('failure' in outcome) return outcome.failure;
	throw new Error(`not a failure: ${JSON.stringify(outcome)}`);
}

function nested(levels: number, open = '[', close = ']', leaf = '1'): string {
	return open.repeat(levels) + leaf + close.repeat(levels);
}

describe('a good answer', () => {
	test.each<[string, unknown]>([
		['{"row_id":"a"}', { row_id: 'a' }],
		['[]', []],
		['[{"name":"Übersicht 請求書"}]', [{ name: 'Übersicht 請求書' }]],
		['  {"a": 1}\n', { a: 1 }],
		['null', null],
		['0', 0],
		['false', false],
		['""', ''],
	])('%s is read as JSON', (body, answer) => {
		for (const statusCode of [200, 201, 202]) {
			expect(judged(statusCode, body)).toEqual({ response: answer });
		}
	});

	test('is read even where nothing had to come', () => {
		expect(judged(200, '{"a":1}', {}, true)).toEqual({ response: { a: 1 } });
	});

	test('of 20 MB is read whole', () => {
		const rows = Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(1000) }));
		const body = JSON.stringify(rows);
		expect(body.length).toBeGreaterThan(20_000_000);
		const outcome = judged(200, body) as { response: typeof rows };
		expect(outcome.response).toHaveLength(20_000);
		expect(outcome.response[19_999]).toEqual(rows[19_999]);
	});

	test('of a million entries is read whole', () => {
		const outcome = judged(200, `[${'7,'.repeat(999_999)}7]`) as { response: number[] };
		expect(outcome.response).toHaveLength(1_000_000);
	});
});

describe('an answer that says all is well and cannot be read', () => {
	test.each<[FailureKind, string, unknown]>([
		['emptyResponse', 'nothing', ''],
		['emptyResponse', 'white space', ' \r\n\t'],
		['emptyResponse', 'no text at all', undefined],
		['htmlResponse', 'a web page', '<!DOCTYPE html><html><body>Log in</body></html>'],
		['htmlResponse', 'a web page after an empty line', '\n  <html></html>'],
		['invalidJson', 'half of an object', '{"row_id":"7b1e6f0a-2c3d'],
		['invalidJson', 'plain text', 'OK'],
		['invalidJson', 'two values', '{}{}'],
		['invalidJson', 'NaN', 'NaN'],
	])('is %s: %s', (kind, _, body) => {
		expect(judged(200, body)).toEqual({
			failure: { kind, method: 'POST', statusCode: 200, unreadable: true },
		});
	});

	test.each(['', '  ', undefined])('is taken for {} where it may be empty: %p', (body) => {
		expect(judged(204, body, {}, true)).toEqual({ response: {} });
		expect(judged(200, body, {}, true)).toEqual({ response: {} });
	});

	test.each(['OK', '<html></html>', '{"a":'])('is none, even where it may be empty: %s', (body) => {
		expect(failureOf(judged(200, body, {}, true)).unreadable).toBe(true);
	});
});

describe('nesting', () => {
	test.each([
		['arrays', '[', ']'],
		['objects', '{"a":', '}'],
		['both', '[{"a":', '}]'],
	])(
		'of %s: what a document can have is read, ten thousand levels are refused',
		(_, open, close) => {
			const levels = open.includes('{') && open.includes('[') ? 250 : 500;
			const fine = nested(levels, open, close);
			expect(judged(200, fine)).toEqual({ response: JSON.parse(fine) as unknown });
			expect(failureOf(judged(200, nested(levels + 1, open, close))).kind).toBe('invalidJson');
			expect(failureOf(judged(200, nested(10_000, open, close))).kind).toBe('invalidJson');
		},
	);

	test('beyond reason is refused in what an API says about a refusal too', () => {
		const failure = failureOf(judged(400, `{"errorMessage":"no","x":${nested(10_000)}}`));
		expect(failure).toMatchObject({ kind: 'badRequest', apiMessage: undefined });
	});

	test('is not mistaken for brackets within strings', () => {
		const text = `["${'['.repeat(600)}","\\"${'{'.repeat(600)}\\\\"]`;
		expect(judged(200, text)).toEqual({ response: JSON.parse(text) as unknown });
		const behind = `["\\\\",${nested(600)}]`;
		expect(failureOf(judged(200, behind)).kind).toBe('invalidJson');
	});

	test('is measured, whatever the strings hold', () => {
		const strings = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', ',') });
		fc.assert(
			fc.property(strings, fc.integer({ min: 495, max: 505 }), (text, levels) => {
				const body = nested(levels, '[', ']', JSON.stringify(text));
				expect('response' in judged(200, body)).toBe(levels <= 500);
			}),
		);
	});

	test('is found wherever in a wide answer it is', () => {
		const wide = `[${'{"a":[1,2]},'.repeat(1000)}${nested(1000)}]`;
		expect(failureOf(judged(200, wide)).kind).toBe('invalidJson');
	});
});

test.each<[number, FailureKind]>([
	[301, 'redirected'],
	[302, 'redirected'],
	[304, 'redirected'],
	[308, 'redirected'],
	[400, 'badRequest'],
	[401, 'unauthorized'],
	[402, 'unexpectedStatus'],
	[403, 'forbidden'],
	[404, 'notFound'],
	[405, 'unexpectedStatus'],
	[408, 'timeout'],
	[409, 'conflict'],
	[410, 'unexpectedStatus'],
	[413, 'tooLarge'],
	[415, 'unsupportedType'],
	[418, 'unexpectedStatus'],
	[422, 'unprocessable'],
	[429, 'rateLimited'],
	[500, 'serverError'],
	[501, 'serverError'],
	[502, 'serverError'],
	[503, 'serverError'],
	[504, 'serverError'],
	[599, 'serverError'],
])('the status %i is a failure of the kind %s, with and without a body', (statusCode, kind) => {
	for (const body of ['', '{"a":1}', undefined]) {
		expect(judged(statusCode, body, {}, true)).toEqual({
			failure: { kind, method: 'POST', statusCode },
		});
	}
});

test.each<[unknown, number | undefined]>([
	['7', 7000],
	['3600', 3_600_000],
	['soon', undefined],
	[undefined, undefined],
])('a refusal tells how long to wait: Retry-After %p', (header, retryAfter) => {
	expect(failureOf(judged(429, '', { 'retry-after': header })).retryAfter).toBe(retryAfter);
});

test.each<[number, FailureKind]>([
	[402, 'htmlResponse'],
	[403, 'htmlResponse'],
	[404, 'htmlResponse'],
	[405, 'htmlResponse'],
	[401, 'unauthorized'],
	[407, 'proxyAuthentication'],
	[413, 'tooLarge'],
	[429, 'rateLimited'],
	[502, 'serverError'],
])('a web page with the status %i is of the kind %s', (statusCode, kind) => {
	const body = '<!doctype html><html><body>Blocked by the firewall</body></html>';
	const { apiMessage, ...failure } = failureOf(judged(statusCode, body));
	expect(failure).toMatchObject({ kind, statusCode });
	expect(apiMessage).toBeUndefined();
});

describe('what the API says about a refusal', () => {
	const said = (body: string) => failureOf(judged(400, body)).apiMessage;

	test.each<[string, string, string]>([
		['errorMessage', '{"errorMessage":"row not found"}', 'row not found'],
		['message', '{"message":"row not found"}', 'row not found'],
		['error', '{"error":"row not found"}', 'row not found'],
		['errorMessage before others', '{"error":"c","message":"b","errorMessage":"a"}', 'a'],
		['message before error', '{"error":"c","message":"b"}', 'b'],
		['a plain JSON text', '"row not found"', 'row not found'],
		['plain text', 'row not found\n', 'row not found'],
		['detail', '{"detail":"row not found"}', 'row not found'],
		['detail, as a list', '{"detail":[{"loc":["body"],"msg":"row not found"}]}', 'row not found'],
		['errors', '{"errors":["row not found","a"]}', 'row not found'],
		['errors, as objects', '{"errors":[{"message":"row not found"}]}', 'row not found'],
		['error.message', '{"error":{"code":7,"message":"row not found"}}', 'row not found'],
		['error.details', '{"error":{"details":{"reason":"row not found"}}}', 'row not found'],
		['title', '{"status":404,"title":"row not found"}', 'row not found'],
		['a text on several lines', '{"errorMessage":"  row\\r\\n\\t not   found "}', 'row not found'],
		['a text in another script', '{"errorMessage":"行が見つかりません"}', '行が見つかりません'],
	])('is read from %s', (_, body, message) => {
		expect(said(body)).toBe(message);
	});

	test.each([
		['no body', ''],
		['a web page', '<html><title>502 Bad Gateway</title></html>'],
		['half an object', '{"errorMessage":"row'],
		['an empty text', '{"errorMessage":""}'],
		['white space', '{"errorMessage":" \\n "}'],
		['a number', '{"errorMessage":42}'],
		['an object', '{"errorMessage":{"de":"nein"}}'],
		['null', 'null'],
		['other fields', '{"code":"E-117"}'],
	])('is nothing where there is %s', (_, body) => {
		expect(said(body)).toBeUndefined();
	});

	test('is cut to what fits a sentence or two', () => {
		const exact = 'x'.repeat(300);
		expect(said(JSON.stringify({ errorMessage: exact }))).toBe(exact);
		expect(said(JSON.stringify({ errorMessage: `${exact}yz` }))).toBe(`${exact}…`);
		expect(said(JSON.stringify({ errorMessage: 'long '.repeat(1_000_000) }))).toHaveLength(301);
	});
});

describe('the API key', () => {
	const KEY = 'csq-0123456789-secret';
	const said = (message: string, key: string) =>
		failureOf(judged(401, redactApiKey(JSON.stringify({ errorMessage: message }), key))).apiMessage;

	test('is hidden wherever the service repeats it', () => {
		expect(said(`Key ${KEY} is not known; ${KEY}!`, KEY)).toBe('Key *** is not known; ***!');
	});

	test('is hidden even in signs that mean something in a pattern or a replacement', () => {
		expect(said('Key a.*$&$1(b is not known, axyz is', 'a.*$&$1(b')).toBe(
			'Key *** is not known, axyz is',
		);
	});

	// A message is cut at 300 characters: what is left of a key there would still give it away.
	test.each([279, 280, 285, 290, 299, 300])('is hidden where it begins at character %i', (at) => {
		const message = said('x'.repeat(at) + KEY + 'y'.repeat(100), KEY)!;
		expect(message.replace('***', '')).toMatch(/^x+y*[*]*…$/);
		expect(message.length).toBeLessThanOrEqual(301);
	});

	test('that is not filled in hides nothing', () => {
		expect(said('42 rows are not known', '')).toBe('42 rows are not known');
	});

	test.each([
		['in a value', `{"reasoning":"The key ${KEY}"}`, '{"reasoning":"The key ***"}'],
		['in a name, twice', `{"${KEY}":"${KEY}"}`, '{"***":"***"}'],
		['nowhere', '{"a":"b"}', '{"a":"b"}'],
	])('is hidden in a good answer that has it %s', (_, text, masked) => {
		expect(redactApiKey(text, KEY)).toBe(masked);
	});

	test('is hidden in a good answer as JSON writes it', () => {
		const key = 'a "quoted" \\ key';
		const answer = JSON.parse(redactApiKey(JSON.stringify({ note: `<${key}>` }), key)) as object;
		expect(answer).toEqual({ note: '<***>' });
	});

	test.each(['', '42', 'invoice'])('that can be none, as %p, changes no document', (key) => {
		expect(redactApiKey('{"invoice":42}', key)).toBe('{"invoice":42}');
	});
});

describe('what came in place of an answer', () => {
	/** The fault as the HTTP client throws it, and as n8n's helpers hand it on. */
	const shapes: Array<[string, (code: string) => unknown]> = [
		['thrown by the HTTP client', (code) => new AxiosError('it broke', code)],
		['wrapped by n8n', (code) => new NodeApiError(node, new AxiosError('it broke', code) as never)],
		[
			'beneath a cause',
			(code) => new Error('outer', { cause: Object.assign(new Error('inner'), { code }) }),
		],
		['without being an error', (code) => ({ code })],
	];
	const kinds: Array<[string, FailureKind]> = [
		...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].map(
			(code): [string, FailureKind] => [code, 'connectionFailed'],
		),
		...['ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT'].map((code): [string, FailureKind] => [
			code,
			'timeout',
		]),
		...['ECONNRESET', 'EPIPE', 'EPROTO', 'ERR_BAD_RESPONSE', 'ERR_NETWORK'].map(
			(code): [string, FailureKind] => [code, 'connectionLost'],
		),
		...[
			'CERT_HAS_EXPIRED',
			'DEPTH_ZERO_SELF_SIGNED_CERT',
			'ERR_TLS_CERT_ALTNAME_INVALID',
			'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		].map((code): [string, FailureKind] => [code, 'invalidCertificate']),
		['ERR_CANCELED', 'canceled'],
	];
	const fileSystemCodes = [
		'EACCES',
		'EEXIST',
		'EIO',
		'EMFILE',
		'ENOENT',
		'ENOSPC',
		'ENOTDIR',
		'EROFS',
	];

	describe.each(shapes)('%s', (_, make) => {
		test.each(kinds)('%s is of the kind %s', (code, kind) => {
			expect(classifyRequestError(make(code), 'PUT')).toEqual({
				failure: { kind, method: 'PUT', code },
			});
		});
	});

	test.each(fileSystemCodes)('%s of a file is no fault of the network', (code) => {
		const error = Object.assign(new Error(`${code}: it broke`), { code, syscall: 'open' });
		expect(classifyRequestError(error, 'POST')).toEqual({
			failure: { kind: 'fileAccessFailed', method: 'POST', code, reason: error.message },
		});
		const connecting = Object.assign(new Error('it broke'), { code, syscall: 'connect' });
		expect(failureOf(classifyRequestError(connecting, 'POST')).kind).toBe('connectionLost');
	});

	test('an address that is none was never sent to', () => {
		const fault = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
		expect(classifyRequestError(fault, 'POST')).toEqual({
			failure: { kind: 'connectionFailed', method: 'POST', code: 'ERR_INVALID_URL', unsent: true },
		});
	});

	test.each([
		['ERR_INVALID_CHAR', 'Invalid character in header content ["X-API-Key"]'],
		['ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters'],
	])('a request that Node.js refuses to make was never sent: %s', (code, message) => {
		const fault = Object.assign(new TypeError(message), { code });
		expect(classifyRequestError(fault, 'POST')).toEqual({
			failure: { kind: 'requestFailed', method: 'POST', code, reason: message, unsent: true },
		});
	});

	test.each([
		'Domain not allowed: This credential is restricted to other domains',
		'The request was BLOCKED by a rule of n8n',
	])('what n8n forbids was never sent: %s', (message) => {
		expect(classifyRequestError(new Error(message), 'POST')).toEqual({
			failure: { kind: 'domainNotAllowed', method: 'POST', unsent: true },
		});
	});

	test.each<[unknown, string]>([
		[new RangeError('The file has 5 bytes, not 6'), 'The file has 5 bytes, not 6'],
		['just a text', 'just a text'],
		[undefined, 'undefined'],
		[null, 'null'],
		[Object.assign(new Error('no code in it'), { code: '' }), 'no code in it'],
		[Object.assign(new Error('a number for a code'), { code: 500 }), 'a number for a code'],
	])('anything without a code is told as it is: %p', (fault, reason) => {
		expect(classifyRequestError(fault, 'POST')).toEqual({
			failure: { kind: 'requestFailed', method: 'POST', reason },
		});
	});

	test('causes that go round in a circle are left in time', () => {
		const fault = new Error('round and round');
		fault.cause = fault;
		expect(failureOf(classifyRequestError(fault, 'GET')).kind).toBe('requestFailed');
	});
});

test.each<[unknown, boolean]>([
	[{}, true],
	[{ a: 1 }, true],
	[[], false],
	[[{}], false],
	[null, false],
	[undefined, false],
	['{}', false],
	[0, false],
	[true, false],
])('%p is a JSON object: %p', (value, expected) => {
	expect(isObject(value)).toBe(expected);
});
