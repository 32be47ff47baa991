import fc from 'fast-check';
import { isFinished, pollDelay } from '../../nodes/Cloudsquid/shared/polling.ts';
import { defaults } from '../../nodes/Cloudsquid/shared/options.ts';

describe('a run is at its end', () => {
	test.each(['done', 'error'])('when its status is %s', (status) => {
		expect(isFinished(status)).toBe(true);
	});

	test.each<[unknown]>([
		['pending'],
		['running'],
		['queued'],
		['awaiting_review'],
		['completed'],
		['failed'],
		['Done'],
		['DONE'],
		[' done'],
		['errors'],
		[''],
		[undefined],
		[null],
		[true],
		[1],
		[['done']],
		[{ status: 'done' }],
	])('and not when its status is %p', (status) => {
		expect(isFinished(status)).toBe(false);
	});
});

describe('the delay before a status check', () => {
	test('is a fifteenth of the time waited so far, from one second up to the poll interval', () => {
		fc.assert(
			fc.property(
				fc.nat(10_000_000),
				fc.double({ min: 1, max: 3600, noNaN: true }),
				(waited, interval) => {
					const delay = pollDelay(waited, interval);
					expect(delay).toBeGreaterThanOrEqual(1000);
					expect(delay).toBeLessThanOrEqual(interval * 1000);
					if (delay > 1000 && delay < interval * 1000) expect(delay).toBeCloseTo(waited / 15);
					expect(pollDelay(waited + 1000, interval)).toBeGreaterThanOrEqual(delay);
				},
			),
		);
	});

	test.each([1, 2, 5, 60])(
		'is one second for the first 15 s with an interval of %i s',
		(interval) => {
			for (const waited of [0, 1000, 7000, 15_000]) expect(pollDelay(waited, interval)).toBe(1000);
		},
	);
});

/**
 * How the end of a run that takes so many seconds is noticed with the default poll interval: after how
 * many status checks, and how long after it. What a status check itself takes is left out.
 */
function follow(seconds: number): { polls: number; lag: number } {
	let now = 0;
	for (let polls = 0; ; polls++) {
		if (polls > 0 && now >= seconds) return { polls, lag: now - seconds };
		now += pollDelay(now * 1000, defaults.pollInterval) / 1000;
	}
}

describe('waiting for a run', () => {
	test.each([
		{ seconds: 2, polls: 2 },
		{ seconds: 10, polls: 10 },
		{ seconds: 60, polls: 36 },
		{ seconds: 600, polls: 95 },
	])('of $seconds s takes about $polls status checks', ({ seconds, polls }) => {
		expect(Math.abs(follow(seconds).polls - polls)).toBeLessThanOrEqual(1);
	});

	test('notices the end within a second, or a fifteenth of the time the run took', () => {
		for (let seconds = 0; seconds < 1000; seconds += 0.1) {
			const { lag } = follow(seconds);
			expect(lag).toBeLessThanOrEqual(Math.max(1, seconds / 15) + 1e-6);
			expect(lag).toBeLessThanOrEqual(defaults.pollInterval);
		}
	});
});
