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

describe('the pause before a look at a run', () => {
	test('with the defaults', () => {
		const pauses = Array.from({ length: 9 }, (_, looks) => pollDelay(looks, defaults.pollInterval));
		expect(pauses).toEqual([1000, 1000, 1000, 1250, 1500, 1750, 2000, 2000, 2000]);
	});

	test('grows from one second up to the poll interval, however long that is', () => {
		fc.assert(
			fc.property(
				fc.nat(10_000),
				fc.double({ min: 1, max: 3600, noNaN: true }),
				(looks, interval) => {
					const delay = pollDelay(looks, interval);
					expect(delay).toBeGreaterThanOrEqual(1000);
					expect(delay).toBeLessThanOrEqual(interval * 1000);
					expect(pollDelay(looks + 1, interval)).toBeGreaterThanOrEqual(delay);
					expect(pollDelay(10_000_000, interval)).toBe(interval * 1000);
				},
			),
		);
	});

	test.each([1, 2, 5, 60])(
		'the first three looks come one second apart with an interval of %i s',
		(interval) => {
			expect(pollDelay(0, interval)).toBe(1000);
			expect(pollDelay(1, interval)).toBe(1000);
			expect(pollDelay(2, interval)).toBe(1000);
		},
	);
});

/**
 * How a run that takes so many seconds is noticed by polling as the node does by default: after how
 * many looks, and how long after its end. What a look itself takes is left out.
 */
function follow(seconds: number): { looks: number; lag: number } {
	let now = 0;
	for (let looks = 0; ; looks++) {
		if (looks > 0 && now >= seconds) return { looks, lag: now - seconds };
		now += pollDelay(looks, defaults.pollInterval) / 1000;
	}
}

/** What follows from runs of all lengths up to this one, each as likely as any other. */
function followAll(seconds: number) {
	const runs = Array.from({ length: 10_000 }, (_, i) => follow((seconds * (i + 0.5)) / 10_000));
	const lags = runs.map(({ lag }) => lag);
	return {
		meanLag: lags.reduce((sum, lag) => sum + lag) / lags.length,
		mostLooks: Math.max(...runs.map(({ looks }) => looks)),
	};
}

describe('waiting for a run', () => {
	test.each([
		{ seconds: 2, lag: 0.6, looks: 4 },
		{ seconds: 10, lag: 1.5, looks: 9 },
		{ seconds: 60, lag: 2, looks: 33 },
	])('of $seconds s takes at most $looks looks and $lag s more', ({ seconds, lag, looks }) => {
		expect(follow(seconds).lag).toBeLessThanOrEqual(lag);
		expect(follow(seconds).looks).toBeLessThanOrEqual(looks);
		const all = followAll(seconds);
		expect(all.meanLag).toBeLessThanOrEqual(lag);
		expect(all.mostLooks).toBeLessThanOrEqual(looks);
	});

	test('of under 10 s takes at most a second more, on the average', () => {
		expect(followAll(10).meanLag).toBeLessThanOrEqual(1);
	});

	test('never notices the end later than one poll interval after it', () => {
		for (let seconds = 0; seconds < 100; seconds += 0.1) {
			expect(follow(seconds).lag).toBeLessThanOrEqual(defaults.pollInterval);
		}
	});
});
