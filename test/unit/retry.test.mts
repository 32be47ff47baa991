import fc from 'fast-check';
import {
	hadNoEffect,
	isCertificateError,
	type RequestFailure,
} from '../../nodes/Cloudsquid/transport/failure.ts';
import {
	isTemporary,
	parseRetryAfter,
	retryDelay,
	shouldRetry,
} from '../../nodes/Cloudsquid/transport/retry.ts';

/** A failed request of this method. The kind matters only where it is about a file. */
const failed = (method: string, setback: Partial<RequestFailure>): RequestFailure => ({
	kind: 'requestFailed',
	method,
	...setback,
});

const WRITING = ['POST', 'PUT', 'PATCH'];

interface Row {
	setback: Partial<RequestFailure>;
	/** Whether a GET is sent again. */
	reading: boolean;
	/** Whether a POST, PUT or PATCH is sent again. */
	writing: boolean;
	didNothing: boolean;
}

const refused = { reading: false, writing: false, didNothing: true };
const passing = { reading: true, writing: false, didNothing: false };
const neverSent = { reading: true, writing: true, didNothing: true };
const unknown = { reading: false, writing: false, didNothing: false };

const rows: Row[] = [
	...[400, 401, 403, 404, 409, 410, 413, 415, 422].map((statusCode) => ({
		setback: { statusCode },
		...refused,
	})),
	...[301, 302, 307, 308].map((statusCode) => ({ setback: { statusCode }, ...refused })),
	{ setback: { statusCode: 429 }, ...neverSent },
	...[425].map((statusCode) => ({
		setback: { statusCode },
		reading: true,
		writing: false,
		didNothing: true,
	})),
	...[408, 500, 502, 503, 504, 507, 508, 520, 522, 599].map((statusCode) => ({
		setback: { statusCode },
		...passing,
	})),
	...[501, 505].map((statusCode) => ({ setback: { statusCode }, ...unknown })),
	...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].map((code) => ({
		setback: { code },
		...neverSent,
	})),
	...[
		'ECONNRESET',
		'ECONNABORTED',
		'EHOSTUNREACH',
		'ENETUNREACH',
		'EPIPE',
		'EPROTO',
		'ESOCKETTIMEDOUT',
		'ETIMEDOUT',
		'ERR_NETWORK',
	].map((code) => ({ setback: { code }, ...passing })),
	...[
		'CERT_HAS_EXPIRED',
		'CERT_NOT_YET_VALID',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	].map((code) => ({ setback: { code }, ...refused })),
	{ setback: { statusCode: 200, unreadable: true }, ...passing },
	{ setback: { unreadable: true }, ...passing },
	{ setback: { unsent: true }, ...refused },
	{ setback: { code: 'ERR_INVALID_URL', unsent: true }, ...refused },
	{ setback: { kind: 'fileAccessFailed', code: 'ENOSPC' }, ...refused },
	{ setback: {}, ...unknown },
];
const named = rows.map((row): [string, Row] => [JSON.stringify(row.setback), row]);

describe('whether a request is sent again', () => {
	test.each(named)('reading after %s', (_, { setback, reading }) => {
		expect(shouldRetry(failed('GET', setback))).toBe(reading);
	});

	test.each(named)('writing after %s', (_, { setback, writing }) => {
		for (const method of WRITING)
			expect([method, shouldRetry(failed(method, setback))]).toEqual([method, writing]);
	});

	test.each(named)('whether nothing was done after %s', (_, { setback, didNothing }) => {
		expect(hadNoEffect(failed('POST', setback))).toBe(didNothing);
	});

	test.each([
		[120_000, true],
		[120_001, false],
	])('a pause of %i ms is waited for: %p', (retryAfter, expected) => {
		for (const method of ['GET', 'POST']) {
			const failure = failed(method, { statusCode: 429, retryAfter });
			expect(shouldRetry(failure)).toBe(expected);
			expect(isTemporary(failure)).toBe(true);
		}
	});

	test('nothing that may have done work is ever written twice', () => {
		const setbacks = fc.record(
			{
				statusCode: fc.integer({ min: 100, max: 599 }),
				code: fc.oneof(
					fc.string(),
					fc.constantFrom(...rows.map(({ setback }) => setback.code ?? '')),
				),
				unreadable: fc.boolean(),
				unsent: fc.boolean(),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.constantFrom(...WRITING), setbacks, (method, setback) => {
				if (shouldRetry(failed(method, setback)))
					expect(hadNoEffect(failed('POST', setback))).toBe(true);
			}),
		);
	});

	test.each([undefined, '', 'ECONNRESET', 'ETIMEDOUT'])(
		'%p is no fault of a certificate',
		(code) => {
			expect(isCertificateError(code)).toBe(false);
		},
	);
});

describe('how long Retry-After asks to wait', () => {
	const now = Date.UTC(2026, 0, 1, 12, 0, 0);

	test.each<[unknown, number | undefined]>([
		['0', 0],
		['3', 3000],
		[' 7 ', 7000],
		[5, 5000],
		['120', 120_000],
		['121', 121_000],
		['3600', 3_600_000],
		['9'.repeat(400), 86_400_000],
		['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
		['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
		['Thu, 01 Jan 2026 13:00:00 GMT', 3_600_000],
		['Thu, 01 Jan 2026 11:59:00 GMT', 0],
		['Wed, 21 Oct 2015 07:28:00 GMT', 0],
	])('%p', (value, expected) => {
		expect(parseRetryAfter(value, now)).toBe(expected);
	});

	// Date.parse reads a date out of most of these, which would mean no pause at all.
	test.each<[unknown]>([
		[undefined],
		[null],
		[''],
		['   '],
		['soon'],
		['try again in 1'],
		['1.5'],
		['-5'],
		[-5],
		[1.5],
		[NaN],
		[Infinity],
		['0x10'],
		['1e3'],
		['10s'],
		['5 seconds'],
		['Thu, 32 Foo 2026 12:00:30 GMT'],
		['tomorrow 12'],
		[['3']],
		[{}],
		[true],
	])('%p asks for nothing', (value) => {
		expect(parseRetryAfter(value, now)).toBeUndefined();
	});

	test('whatever the header holds, it is nothing or between 0 and a day', () => {
		const headers = fc.oneof(
			fc.anything(),
			fc.string(),
			fc.integer().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		);
		fc.assert(
			fc.property(headers, fc.integer({ min: 0, max: 4e12 }), (header, at) => {
				const delay = parseRetryAfter(header, at);
				if (delay === undefined) return;
				expect(delay).toBeGreaterThanOrEqual(0);
				expect(delay).toBeLessThanOrEqual(86_400_000);
			}),
		);
	});

	test('any number of whole seconds is taken as it is, up to a day', () => {
		fc.assert(
			fc.property(fc.nat(100_000), (seconds) => {
				const expected = Math.min(seconds * 1000, 86_400_000);
				expect(parseRetryAfter(String(seconds))).toBe(expected);
				expect(parseRetryAfter(seconds)).toBe(expected);
			}),
		);
	});
});

describe('the pause before the next try', () => {
	test.each([
		[0, 500],
		[1, 1000],
		[2, 2000],
		[3, 4000],
		[4, 8000],
		[5, 16_000],
		[6, 30_000],
		[7, 30_000],
		[100, 30_000],
		[5000, 30_000],
	])('after %i repetitions lies between half of %i ms and all of it', (attempt, full) => {
		expect(retryDelay(attempt, undefined, 0)).toBe(full / 2);
		expect(retryDelay(attempt, undefined, 0.5)).toBe(full * 0.75);
		expect(retryDelay(attempt, undefined, 1)).toBe(full);
	});

	test.each([0, 1000, 120_000])('is at least the %i ms asked for, and little more', (asked) => {
		for (const attempt of [0, 3, 50]) {
			expect(retryDelay(attempt, asked, 0)).toBe(asked);
			expect(retryDelay(attempt, asked, 1)).toBe(asked + 500);
		}
	});

	test('is random unless told otherwise, so that many items do not return all at once', () => {
		const delays = new Set(Array.from({ length: 20 }, () => retryDelay(3)));
		expect(delays.size).toBeGreaterThan(1);
		for (const delay of delays) {
			expect(delay).toBeGreaterThanOrEqual(2000);
			expect(delay).toBeLessThanOrEqual(4000);
		}
	});
});
