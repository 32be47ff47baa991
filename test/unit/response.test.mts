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
import {
	isObject,
	kindOfStatus,
	parseResponse,
} from '../../nodes/Cloudsquid/transport/response.ts';
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
	test.each<[string, unknown]>([
		['{"row_id":"a"}', { row_id: 'a' }],
		['[]', []],
		['[{"name":"Übersicht 請求書"}]', [{ name: 'Übersicht 請求書' }]],
		['  {"a": 1}\n', { a: 1 }],
		['null', null],
		['0', 0],
		['false', false],
		['""', ''],
	])('is parsed as JSON: %s', (body, response) => {
		for (const statusCode of [200, 201, 202]) expect(parse(statusCode, body)).toEqual({ response });
		expect(parse(200, body, {}, true)).toEqual({ response });
	});

	test('can have megabytes, or many entries', () => {
		const rows = Array.from({ length: 3000 }, (_, i) => ({ i, text: 'x'.repeat(1000) }));
		expect(parse(200, JSON.stringify(rows))).toEqual({ response: rows });
		const { response } = parse(200, `[${'7,'.repeat(99_999)}7]`) as { response: number[] };
		expect(response).toHaveLength(100_000);
	});

	test.each<[FailureKind, unknown]>([
		['emptyResponse', ''],
		['emptyResponse', ' \r\n\t'],
		['emptyResponse', undefined],
		['htmlResponse', '<!DOCTYPE html><html><body>Log in</body></html>'],
		['htmlResponse', '\n  <html></html>'],
		['invalidJson', '{"row_id":"7b1e6f0a-2c3d'],
		['invalidJson', 'OK'],
		['invalidJson', '{}{}'],
		['invalidJson', 'NaN'],
	])('is a failure of the kind %s: %p', (kind, body) => {
		const failure = { kind, method: 'POST', statusCode: 200, unreadable: true };
		expect(parse(200, body)).toEqual({ failure });
		const isEmpty = kind === 'emptyResponse';
		expect(parse(204, body, {}, true)).toMatchObject(
			isEmpty ? { response: {} } : { failure: { kind } },
		);
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
			const failure = failureOf(parse(200, nested(tooMany, open, close)));
			expect(failure.kind).toBe('invalidJson');
		}
	});

	test('is limited in error responses and deep inside wide ones, too', () => {
		const failure = failureOf(parse(400, `{"errorMessage":"no","x":${nested(10_000)}}`));
		expect(failure).toMatchObject({ kind: 'badRequest', apiMessage: undefined });
		const wide = `[${'{"a":[1,2]},'.repeat(1000)}${nested(1000)}]`;
		expect(failureOf(parse(200, wide)).kind).toBe('invalidJson');
	});

	test('does not grow with the number of entries', () => {
		const wide = `[${'{"a":[1,2]},'.repeat(1000)}{}]`;
		expect(parse(200, wide)).toEqual({ response: JSON.parse(wide) as unknown });
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

	test('is a success from 200 to 299', () => {
		expect([200, 201, 202, 204, 299].filter((status) => kindOfStatus(status))).toEqual([]);
	});

	test.each<[FailureKind, number[]]>([
		['htmlResponse', [402, 403, 404, 405]],
		['unauthorized', [401]],
		['proxyAuthentication', [407]],
		['tooLarge', [413]],
		['rateLimited', [429]],
		['serverError', [502]],
	])('of a web page becomes the kind %s: %p', (kind, statuses) => {
		for (const statusCode of statuses) {
			const failure = failureOf(parse(statusCode, '<!doctype html><html>Blocked</html>'));
			expect(failure).toMatchObject({ kind, statusCode, apiMessage: undefined });
		}
	});

	test.each<[unknown, number | undefined]>([
		['7', 7000],
		['3600', 3_600_000],
		['soon', undefined],
		[undefined, undefined],
	])('comes with a delay: Retry-After %p', (header, retryAfter) => {
		expect(failureOf(parse(429, '', { 'retry-after': header })).retryAfter).toBe(retryAfter);
	});
});

describe('the message of the API', () => {
	const messageOf = (body: string) => failureOf(parse(400, body)).apiMessage;

	test.each([
		'{"errorMessage":"row not found"}',
		'{"message":"row not found"}',
		'{"error":"row not found"}',
		'{"error":"c","message":"b","errorMessage":"row not found"}',
		'{"error":"c","message":"row not found"}',
		'"row not found"',
		'row not found\n',
		'{"detail":"row not found"}',
		'{"detail":[{"loc":["body"],"msg":"row not found"}]}',
		'{"errors":["row not found","a"]}',
		'{"errors":[{"message":"row not found"}]}',
		'{"error":{"code":7,"message":"row not found"}}',
		'{"error":{"details":{"reason":"row not found"}}}',
		'{"status":404,"title":"row not found"}',
		'{"errorMessage":"  row\\r\\n\\t not   found "}',
	])('is found in %s', (body) => {
		expect(messageOf(body)).toBe('row not found');
	});

	test.each([
		'',
		'<html><title>502 Bad Gateway</title></html>',
		'{"errorMessage":"row',
		'{"errorMessage":""}',
		'{"errorMessage":" \\n "}',
		'{"errorMessage":42}',
		'{"errorMessage":{"de":"nein"}}',
		'null',
		'{"code":"E-117"}',
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
	const messageWith = (message: string, key: string) =>
		failureOf(parse(401, redactApiKey(JSON.stringify({ errorMessage: message }), key))).apiMessage;

	test.each([
		[`Key ${KEY} is not known; ${KEY}!`, KEY, 'Key *** is not known; ***!'],
		['Key a.*$&$1(b is not known, axyz is', 'a.*$&$1(b', 'Key *** is not known, axyz is'],
		['42 rows are not known', '', '42 rows are not known'],
	])('redacts in a message: %s', (message, key, redacted) => {
		expect(messageWith(message, key)).toBe(redacted);
	});

	// A message is cut at 300 characters. The rest of a key would still reveal it.
	test.each([279, 280, 285, 290, 299, 300])('redacts a key that begins at character %i', (at) => {
		const message = messageWith('x'.repeat(at) + KEY + 'y'.repeat(100), KEY)!;
		expect(message.replace('***', '')).toMatch(/^x+y*[*]*…$/);
		expect(message.length).toBeLessThanOrEqual(301);
	});

	test.each([
		[KEY, `{"reasoning":"The key ${KEY}"}`, '{"reasoning":"The key ***"}'],
		[KEY, `{"${KEY}":"${KEY}"}`, '{"***":"***"}'],
		['a "quoted" \\ key', '{"note":"<a \\"quoted\\" \\\\ key>"}', '{"note":"<***>"}'],
		[KEY, '{"a":"b"}', '{"a":"b"}'],
		['', '{"invoice":42}', '{"invoice":42}'],
		['42', '{"invoice":42}', '{"invoice":42}'],
		['invoice', '{"invoice":42}', '{"invoice":42}'],
	])('redacts the key %p in JSON: %s', (key, text, redacted) => {
		expect(redactApiKey(text, key)).toBe(redacted);
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
	const withCode = (error: Error, code: unknown, more = {}) =>
		Object.assign(error, { code, ...more });

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
			const opening = withCode(new Error(reason), code, { syscall: 'open' });
			const failure = { kind: 'fileAccessFailed', method: 'POST', code, reason };
			expect(classifyRequestError(opening, 'POST')).toEqual({ failure });
			const connecting = withCode(new Error(reason), code, { syscall: 'connect' });
			expect(failureOf(classifyRequestError(connecting, 'POST')).kind).toBe('connectionLost');
		},
	);

	test.each<[unknown, Partial<RequestFailure>]>([
		[
			withCode(new TypeError('Invalid URL'), 'ERR_INVALID_URL'),
			{ kind: 'connectionFailed', code: 'ERR_INVALID_URL' },
		],
		[
			withCode(new TypeError('Invalid character in header'), 'ERR_INVALID_CHAR'),
			{ kind: 'requestFailed', code: 'ERR_INVALID_CHAR', reason: 'Invalid character in header' },
		],
		[
			withCode(new TypeError('Path contains …'), 'ERR_UNESCAPED_CHARACTERS'),
			{ kind: 'requestFailed', code: 'ERR_UNESCAPED_CHARACTERS', reason: 'Path contains …' },
		],
		[new Error('Domain not allowed: restricted to other domains'), { kind: 'domainNotAllowed' }],
		[new Error('The request was BLOCKED by a rule of n8n'), { kind: 'domainNotAllowed' }],
	])('knows that a request was never sent: %p', (error, failure) => {
		expect(classifyRequestError(error, 'POST')).toEqual({
			failure: { method: 'POST', unsent: true, ...failure },
		});
	});

	test.each<[unknown, string]>([
		[new RangeError('The file has 5 bytes, not 6'), 'The file has 5 bytes, not 6'],
		['just a text', 'just a text'],
		[undefined, 'undefined'],
		[null, 'null'],
		[withCode(new Error('no code'), ''), 'no code'],
		[withCode(new Error('a number'), 500), 'a number'],
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
