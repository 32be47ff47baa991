import { AxiosError } from 'axios';
import fc from 'fast-check';
import { NodeApiError } from 'n8n-workflow';
import type { FailureKind } from '../../nodes/Cloudsquid/shared/messages.ts';
import { redactApiKey } from '../../nodes/Cloudsquid/transport/credential.ts';
import {
	classifyRequestError,
	type RequestFailure,
	type RequestResult,
} from '../../nodes/Cloudsquid/transport/failure.ts';
import { isObject, parseResponse } from '../../nodes/Cloudsquid/transport/response.ts';
import { node } from './items.mts';

/** The result of a POST request with this response. */
function parse(statusCode: number, body: unknown, headers = {}, mayBeEmpty = false): RequestResult {
	return parseResponse({ statusCode, body: body as string, headers }, 'POST', mayBeEmpty);
}

function failureOf(result: RequestResult): RequestFailure {
	if ('failure' in result) return result.failure;
	throw new Error(`not a failure: ${JSON.stringify(result)}`);
}

const nested = (levels: number, open = '[', close = ']', leaf = '1') =>
	open.repeat(levels) + leaf + close.repeat(levels);

describe('a successful response', () => {
	test('is parsed as JSON, however large it is', () => {
		const small = [
			'{"a":"b"}',
			'[{"a":"Größe 請求書"}]',
			' {"a": 1}\n',
			'null',
			'0',
			'false',
			'""',
		];
		const large = [`[${'7,'.repeat(99_999)}7]`, JSON.stringify(['x'.repeat(3_000_000)])];
		for (const body of [...small, ...large]) {
			const result = { response: JSON.parse(body) as unknown };
			for (const statusCode of [200, 201, 202, 204, 299]) {
				expect(parse(statusCode, body)).toEqual(result);
				expect(parse(statusCode, body, {}, true)).toEqual(result);
			}
		}
	});

	test.each<[FailureKind, unknown[]]>([
		['emptyResponse', ['', ' \r\n\t', undefined]],
		['htmlResponse', ['<!DOCTYPE html><html></html>', '\n  <html></html>']],
		['invalidJson', ['{"row_id":"7b1e6f0a-2c3d', 'OK', '{}{}', 'NaN']],
	])('is a failure of the kind %s: %j', (kind, bodies) => {
		const failure = { kind, method: 'POST', statusCode: 200, unreadable: true };
		for (const body of bodies) {
			expect(parse(200, body)).toEqual({ failure });
			const result = kind === 'emptyResponse' ? { response: {} } : { failure };
			expect(parse(200, body, {}, true)).toEqual(result);
		}
	});
});

describe('the nesting of a response', () => {
	test.each([
		['[', ']', 500],
		['{"a":', '}', 500],
		['[{"a":', '}]', 250],
	])('is limited to 500 levels: %s…%s', (open, close, levels) => {
		const accepted = nested(levels, open, close);
		expect(parse(200, accepted)).toEqual({ response: JSON.parse(accepted) as unknown });
		for (const tooMany of [levels + 1, 10_000]) {
			const body = nested(tooMany, open, close);
			expect(failureOf(parse(200, body)).kind).toBe('invalidJson');
			const failure = failureOf(parse(400, `{"errorMessage":"no","x":${body}}`));
			expect(failure).toMatchObject({ kind: 'badRequest', apiMessage: undefined });
		}
	});

	test('does not grow with the number of entries', () => {
		const entries = '{"a":[1,2]},'.repeat(1000);
		const wide = `[${entries}{}]`;
		expect(parse(200, wide)).toEqual({ response: JSON.parse(wide) as unknown });
		expect(failureOf(parse(200, `[${entries}${nested(1000)}]`)).kind).toBe('invalidJson');
	});

	test('does not include brackets in strings', () => {
		const text = `["${'['.repeat(600)}","\\"${'{'.repeat(600)}\\\\"]`;
		expect(parse(200, text)).toEqual({ response: JSON.parse(text) as unknown });
		expect(failureOf(parse(200, `["\\\\",${nested(600)}]`)).kind).toBe('invalidJson');
		const strings = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', ',') });
		fc.assert(
			fc.property(strings, fc.integer({ min: 495, max: 505 }), (string, levels) => {
				const body = nested(levels, '[', ']', JSON.stringify(string));
				expect('response' in parse(200, body)).toBe(levels <= 500);
			}),
		);
	});
});

describe('the status', () => {
	test.each<[FailureKind, number[]]>([
		['redirected', [300, 301, 302, 304, 308, 399]],
		['badRequest', [400]],
		['unauthorized', [401]],
		['forbidden', [403]],
		['notFound', [404]],
		['proxyAuthentication', [407]],
		['timeout', [408]],
		['conflict', [409]],
		['tooLarge', [413]],
		['unsupportedType', [415]],
		['unprocessable', [422]],
		['rateLimited', [429]],
		['unexpectedStatus', [100, 402, 405, 410, 418, 499]],
		['serverError', [500, 501, 502, 503, 504, 599]],
	])('becomes the kind %s, with and without a body: %p', (kind, statuses) => {
		for (const statusCode of statuses) {
			for (const body of ['', '{"a":1}', undefined]) {
				const failure = { kind, method: 'POST', statusCode };
				expect(parse(statusCode, body, {}, true)).toEqual({ failure });
			}
		}
	});

	test.each([401, 402, 403, 404, 405, 407, 413, 429, 502])(
		'%i of a web page is a failure of a proxy if the API would send JSON',
		(statusCode) => {
			const { kind } = failureOf(parse(statusCode, ''));
			const isFromProxy = [402, 403, 404, 405].includes(statusCode);
			const failure = { kind: isFromProxy ? 'htmlResponse' : kind, method: 'POST', statusCode };
			expect(parse(statusCode, '<!doctype html><html>Blocked</html>')).toEqual({ failure });
		},
	);

	test('comes with the delay in Retry-After', () => {
		const delays = ['7', 'soon'].map((header) => parse(429, '', { 'retry-after': header }));
		expect(delays.map((result) => failureOf(result).retryAfter)).toEqual([7000, undefined]);
	});
});

describe('the message of the API', () => {
	const messageOf = (body: string) => failureOf(parse(400, body)).apiMessage;
	const names = [
		...['errorMessage', 'error_message', 'message', 'error_description', 'detail', 'details'],
		...['error', 'errors', 'reason', 'msg', 'title'],
	];

	test.each([
		...names.map((name) => `{"${name}":"row not found"}`),
		'{"error":"c","message":"b","errorMessage":"row not found"}',
		'"row not found"',
		'row not found\n',
		'{"detail":[{"loc":["body"],"msg":"row not found"}]}',
		'{"error":{"details":{"reason":"row not found"}}}',
		'{"status":404,"title":"row not found"}',
		'{"errorMessage":"  row\\r\\n\\t not   found "}',
	])('is found in %s', (body) => {
		expect(messageOf(body)).toBe('row not found');
	});

	test.each([
		...['', '<html><title>502 Bad Gateway</title></html>', '{"errorMessage":"row', 'null'],
		...['{"errorMessage":""}', '{"errorMessage":" \\n "}', '{"errorMessage":42}'],
		...['{"errorMessage":{"de":"nein"}}', '{"code":"E-117"}'],
	])('is not found in %p', (body) => {
		expect(messageOf(body)).toBeUndefined();
	});

	test('has at most 300 characters, in any script', () => {
		const exact = '行'.repeat(300);
		expect(messageOf(JSON.stringify({ errorMessage: exact }))).toBe(exact);
		expect(messageOf(JSON.stringify({ errorMessage: `${exact}yz` }))).toBe(`${exact}…`);
		const long = 'long '.repeat(20_000);
		expect(messageOf(JSON.stringify({ errorMessage: long }))).toHaveLength(301);
	});
});

describe('redactApiKey', () => {
	const KEY = 'csq-0123456789-secret';

	test.each([
		[KEY, `{"reasoning":"The key ${KEY}"}`, '{"reasoning":"The key ***"}'],
		[KEY, `{"${KEY}":"${KEY}"}`, '{"***":"***"}'],
		['a "quoted" \\ key', '{"note":"<a \\"quoted\\" \\\\ key>"}', '{"note":"<***>"}'],
		['a.*$&$1(b', '{"a":"Key a.*$&$1(b, not axyz"}', '{"a":"Key ***, not axyz"}'],
		['key/with/slashes', '{"note":"key\\/with\\/slashes"}', '{"note":"***"}'],
		[KEY, '{"invoice":42}', '{"invoice":42}'],
		['', '{"invoice":42}', '{"invoice":42}'],
		['invoice', '{"invoice":42}', '{"invoice":42}'],
	])('redacts the key %p in JSON: %s', (key, text, redacted) => {
		expect(redactApiKey(text, key)).toBe(redacted);
	});

	// A message is cut at 300 characters. The rest of a key would still reveal it.
	test.each([279, 280, 285, 290, 299, 300])('redacts a key that begins at character %i', (at) => {
		const body = JSON.stringify({ errorMessage: 'x'.repeat(at) + KEY + 'y'.repeat(100) });
		const message = failureOf(parse(401, redactApiKey(body, KEY))).apiMessage!;
		expect(message.replace('***', '')).toMatch(/^x+y*[*]*…$/);
		expect(message.length).toBeLessThanOrEqual(301);
	});
});

describe('classifyRequestError', () => {
	/** The shapes in which n8n's helpers throw an error code. */
	const shapes: Array<(code: string) => unknown> = [
		(code) => new AxiosError('it broke', code),
		(code) => new NodeApiError(node, new AxiosError('it broke', code) as never),
		(code) => new Error('outer', { cause: Object.assign(new Error('inner'), { code }) }),
		(code) => ({ code }),
	];
	const withCode = (message: string, code: unknown, syscall?: string) =>
		Object.assign(new Error(message), { code, syscall });

	test.each<[FailureKind, string]>([
		['connectionFailed', 'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'],
		['timeout', 'ECONNABORTED ETIMEDOUT ESOCKETTIMEDOUT'],
		['connectionLost', 'ECONNRESET EPIPE EPROTO ERR_BAD_RESPONSE ERR_NETWORK'],
		[
			'invalidCertificate',
			'CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT ERR_TLS_CERT_ALTNAME_INVALID UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		],
		['canceled', 'ERR_CANCELED'],
	])('returns the kind %s for %s, in any shape', (kind, codes) => {
		for (const code of codes.split(' ')) {
			for (const create of shapes) {
				const failure = { kind, method: 'PUT', code };
				expect(classifyRequestError(create(code), 'PUT')).toEqual({ failure });
			}
		}
	});

	test.each('EACCES EEXIST EIO EMFILE ENOENT ENOSPC ENOTDIR EROFS'.split(' '))(
		'tells %s of a file from that of a connection',
		(code) => {
			const reason = `${code}: it broke`;
			const failure = { kind: 'fileAccessFailed', method: 'POST', code, reason };
			const opening = withCode(reason, code, 'open');
			expect(classifyRequestError(opening, 'POST')).toEqual({ failure });
			const connecting = withCode(reason, code, 'connect');
			expect(failureOf(classifyRequestError(connecting, 'POST')).kind).toBe('connectionLost');
		},
	);

	test.each<[string, string | undefined, Partial<RequestFailure>]>([
		['Wrong URL', 'ERR_INVALID_URL', { kind: 'connectionFailed' }],
		['Wrong header', 'ERR_INVALID_CHAR', { kind: 'requestFailed', reason: 'Wrong header' }],
		['Wrong path', 'ERR_UNESCAPED_CHARACTERS', { kind: 'requestFailed', reason: 'Wrong path' }],
		['Domain not allowed: restricted to others', undefined, { kind: 'domainNotAllowed' }],
		['The request was BLOCKED by a rule of n8n', undefined, { kind: 'domainNotAllowed' }],
	])('knows that a request was never sent: %s', (message, code, known) => {
		const failure = { method: 'POST', code, unsent: true, ...known };
		expect(classifyRequestError(withCode(message, code), 'POST')).toEqual({ failure });
	});

	test.each<[unknown, string]>([
		[new RangeError('The file has 5 bytes, not 6'), 'The file has 5 bytes, not 6'],
		['just a text', 'just a text'],
		[undefined, 'undefined'],
		[null, 'null'],
		[withCode('no code', ''), 'no code'],
		[withCode('a number', 500), 'a number'],
	])('keeps the reason of anything without a code: %p', (error, reason) => {
		expect(classifyRequestError(error, 'POST')).toEqual({
			failure: { kind: 'requestFailed', method: 'POST', reason },
		});
	});

	test('ends with causes that are circular', () => {
		const error = new Error('circular');
		error.cause = error;
		expect(failureOf(classifyRequestError(error, 'GET')).kind).toBe('requestFailed');
	});
});

test('isObject accepts JSON objects only', () => {
	const values = [{}, { a: 1 }, [], [{}], null, undefined, '{}', 0, true];
	expect(values.filter(isObject)).toEqual([{}, { a: 1 }]);
});
