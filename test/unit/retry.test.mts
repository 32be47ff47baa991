import fc from 'fast-check';
import { hadNoEffect, type RequestFailure } from '../../nodes/Cloudsquid/transport/failure.ts';
import {
	isTemporary,
	parseRetryAfter,
	retryDelay,
	shouldRetry,
} from '../../nodes/Cloudsquid/transport/retry.ts';

const failed = (method: string, failure: Partial<RequestFailure>): RequestFailure => ({
	kind: 'requestFailed',
	method,
	...failure,
});

const WRITING = ['POST', 'PUT', 'PATCH'];

/** Whether requests that read and requests that write are retried, and whether the failed one had no effect. */
const outcomes = {
	rejected: [false, false, true],
	transient: [true, false, false],
	neverArrived: [true, true, true],
	tooEarly: [true, false, true],
	unknown: [false, false, false],
};

const failures: Array<[keyof typeof outcomes, Array<Partial<RequestFailure> | number | string>]> = [
	['rejected', [400, 401, 403, 404, 409, 410, 413, 415, 422, 301, 302, 307, 308]],
	['neverArrived', [429, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']],
	['tooEarly', [425]],
	['transient', [408, 500, 502, 503, 504, 507, 508, 520, 522, 599]],
	['transient', ['ECONNRESET', 'ECONNABORTED', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_NETWORK']],
	['transient', ['EPIPE', 'EPROTO', 'ESOCKETTIMEDOUT', 'ETIMEDOUT']],
	['transient', [{ statusCode: 200, unreadable: true }, { unreadable: true }]],
	['rejected', ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT']],
	['rejected', ['ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN']],
	['rejected', ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']],
	['rejected', [{ unsent: true }, { code: 'ERR_INVALID_URL', unsent: true }]],
	['rejected', [{ kind: 'fileAccessFailed', code: 'ENOSPC' }]],
	['unknown', [501, 505, {}]],
];
const cases = failures.flatMap(([outcome, all]) =>
	all.map((each) => ({ failure: toFailure(each), outcome })),
);

/** A failure with this status or code. */
function toFailure(known: Partial<RequestFailure> | number | string): Partial<RequestFailure> {
	if (typeof known === 'object') return known;
	return typeof known === 'number' ? { statusCode: known } : { code: known };
}

describe('shouldRetry', () => {
	test.each(cases)('decides about $failure: $outcome', ({ failure, outcome }) => {
		const [reading, writing, noEffect] = outcomes[outcome];
		expect(shouldRetry(failed('GET', failure))).toBe(reading);
		for (const method of WRITING) expect(shouldRetry(failed(method, failure))).toBe(writing);
		expect(hadNoEffect(failed('POST', failure))).toBe(noEffect);
	});

	test.each([
		[120_000, true],
		[120_001, false],
	])('accepts a delay of %i ms: %p', (retryAfter, expected) => {
		for (const method of ['GET', 'POST']) {
			const failure = failed(method, { statusCode: 429, retryAfter });
			expect([shouldRetry(failure), isTemporary(failure)]).toEqual([expected, true]);
		}
	});

	test('never repeats a writing request that may have had an effect', () => {
		const codes = cases.map(({ failure }) => failure.code ?? '');
		const failure = fc.record(
			{
				statusCode: fc.integer({ min: 100, max: 599 }),
				code: fc.oneof(fc.string(), fc.constantFrom(...codes)),
				unsent: fc.boolean(),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.constantFrom(...WRITING), failure, (method, each) => {
				if (!shouldRetry(failed(method, each))) return;
				expect(hadNoEffect(failed('POST', each))).toBe(true);
			}),
		);
	});
});

describe('parseRetryAfter', () => {
	const now = Date.UTC(2026, 0, 1, 12, 0, 0);
	const DAY = 86_400_000;

	test.each<[unknown, number]>([
		['0', 0],
		['3', 3000],
		[' 7 ', 7000],
		[5, 5000],
		['121', 121_000],
		['9'.repeat(400), DAY],
		['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
		['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
		['Thu, 01 Jan 2026 13:00:00 GMT', 3_600_000],
		['Thu, 01 Jan 2026 11:59:00 GMT', 0],
		['Wed, 21 Oct 2015 07:28:00 GMT', 0],
	])('reads %p', (value, expected) => {
		expect(parseRetryAfter(value, now)).toBe(expected);
	});

	// Date.parse reads a date from most of these, which would mean no delay.
	test.each([
		...[undefined, null, '', '   ', 'soon', 'try again in 1', '1.5', '-5', -5, 1.5, NaN, Infinity],
		...['0x10', '1e3', '10s', '5 seconds', 'Thu, 32 Foo 2026 12:00:30 GMT', 'tomorrow 12'],
		...[{}, true],
	])('ignores %p', (value) => {
		expect(parseRetryAfter(value, now)).toBeUndefined();
		expect(parseRetryAfter(['3'], now)).toBeUndefined();
	});

	test('reads any number of seconds, up to a day, and nothing outside of that', () => {
		const headers = fc.oneof(
			fc.anything(),
			fc.integer().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		);
		fc.assert(
			fc.property(fc.nat(100_000), headers, fc.nat(4e12), (seconds, header, at) => {
				const expected = Math.min(seconds * 1000, DAY);
				expect([String(seconds), seconds].map((value) => parseRetryAfter(value))).toEqual([
					expected,
					expected,
				]);
				const delay = parseRetryAfter(header, at) ?? 0;
				expect(Math.min(Math.max(delay, 0), DAY)).toBe(delay);
			}),
		);
	});
});

describe('retryDelay', () => {
	test('is between half of the maximum and the maximum, which doubles up to 30 s', () => {
		const maximums = [0, 1, 2, 5, 6, 7, 5000].map((attempt) => retryDelay(attempt, undefined, 1));
		expect(maximums).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
		expect([0, 0.5].map((random) => retryDelay(1, undefined, random))).toEqual([500, 750]);
	});

	test.each([0, 1000, 120_000])('is at least the requested %i ms, and at most 500 more', (ms) => {
		for (const attempt of [0, 3, 50]) {
			expect([retryDelay(attempt, ms, 0), retryDelay(attempt, ms, 1)]).toEqual([ms, ms + 500]);
		}
	});

	test('is random by default, so that many items are not retried at the same time', () => {
		const delays = Array.from({ length: 20 }, () => retryDelay(3));
		expect(new Set(delays).size).toBeGreaterThan(1);
		expect(Math.min(...delays)).toBeGreaterThanOrEqual(2000);
		expect(Math.max(...delays)).toBeLessThanOrEqual(4000);
	});
});
