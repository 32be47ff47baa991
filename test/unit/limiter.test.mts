import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { IExecuteData } from 'n8n-workflow';
import type { Priority } from '../../nodes/Cloudsquid/transport/limiter.ts';
import { RequestLimiter, limiterFor } from '../../nodes/Cloudsquid/transport/limiter.ts';

/** Queues for a turn and notes the name once it has one; the result says whether it came in. */
function queue(
	limiter: RequestLimiter,
	entered: string[],
	name: string,
	priority: Priority,
	signal?: AbortSignal,
) {
	return limiter.acquire(priority, signal).then((acquired) => {
		if (acquired) entered.push(name);
		return acquired;
	});
}

test('as many as the limit enter at once, and no more', async () => {
	const limiter = new RequestLimiter(2);
	const entered: string[] = [];
	for (const name of ['a', 'b', 'c']) void queue(limiter, entered, name, 'normal');
	await nextTurn();
	expect(entered).toEqual(['a', 'b']);
	limiter.release();
	await nextTurn();
	expect(entered).toEqual(['a', 'b', 'c']);
});

test.each<Priority>(['normal', 'high'])(
	'in the priority %s, first come is first served',
	async (priority) => {
		const limiter = new RequestLimiter(1);
		const entered: string[] = [];
		const names = ['a', 'b', 'c', 'd', 'e'];
		for (const name of names) void queue(limiter, entered, name, priority);
		for (let i = 1; i <= names.length; i++) {
			await nextTurn();
			expect(entered).toEqual(names.slice(0, i));
			limiter.release();
		}
	},
);

test('what continues goes before what begins, however long that has waited', async () => {
	const limiter = new RequestLimiter(1);
	const entered: string[] = [];
	void queue(limiter, entered, 'first', 'normal');
	void queue(limiter, entered, 'upload 1', 'normal');
	void queue(limiter, entered, 'upload 2', 'normal');
	void queue(limiter, entered, 'look 1', 'high');
	void queue(limiter, entered, 'look 2', 'high');
	for (let i = 0; i < 5; i++) {
		await nextTurn();
		limiter.release();
	}
	expect(entered).toEqual(['first', 'look 1', 'look 2', 'upload 1', 'upload 2']);
});

test('limiter given back while nobody waits are free for the next', async () => {
	const limiter = new RequestLimiter(2);
	for (let round = 0; round < 3; round++) {
		const entered: string[] = [];
		await queue(limiter, entered, 'a', 'normal');
		await queue(limiter, entered, 'b', 'high');
		void queue(limiter, entered, 'c', 'normal');
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
		limiter.release();
		await nextTurn();
		expect(entered).toEqual(['a', 'b', 'c']);
		limiter.release();
		limiter.release();
	}
});

describe('a stopped execution', () => {
	test('does not enter, even where a turn is free', async () => {
		const limiter = new RequestLimiter(1);
		expect(await limiter.acquire('normal', AbortSignal.abort())).toBe(false);
		expect(await limiter.acquire('normal')).toBe(true);
	});

	test('leaves the queue at once, and its place goes to the next', async () => {
		const limiter = new RequestLimiter(1);
		const entered: string[] = [];
		const stop = new AbortController();
		void queue(limiter, entered, 'a', 'normal');
		const stopped = queue(limiter, entered, 'stopped', 'normal', stop.signal);
		void queue(limiter, entered, 'b', 'normal');
		stop.abort();
		expect(await stopped).toBe(false);
		limiter.release();
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
	});

	test('loses no turn: those that others hold come back whole', async () => {
		const limiter = new RequestLimiter(2);
		const stop = new AbortController();
		await limiter.acquire('normal');
		await limiter.acquire('normal');
		const lanes: Priority[] = ['normal', 'high', 'normal', 'high'];
		const queued = lanes.map((priority) => limiter.acquire(priority, stop.signal));
		stop.abort();
		expect(await Promise.all(queued)).toEqual([false, false, false, false]);
		limiter.release();
		limiter.release();
		const entered: string[] = [];
		for (const name of ['a', 'b', 'c']) void queue(limiter, entered, name, 'normal');
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
	});

	test('takes nothing from those that are in already', async () => {
		const limiter = new RequestLimiter(1);
		const stop = new AbortController();
		expect(await limiter.acquire('normal', stop.signal)).toBe(true);
		const entered: string[] = [];
		void queue(limiter, entered, 'next', 'normal');
		stop.abort();
		await nextTurn();
		expect(entered).toEqual([]);
		limiter.release();
		await nextTurn();
		expect(entered).toEqual(['next']);
	});

	test('is listened for only while queued', async () => {
		const limiter = new RequestLimiter(1);
		const { signal } = new AbortController();
		await limiter.acquire('normal', signal);
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
		const queued = limiter.acquire('normal', signal);
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		limiter.release();
		await queued;
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});
});

test('a thousand at once: all come through, never more than ten together', async () => {
	const limiter = new RequestLimiter(10);
	let together = 0;
	let most = 0;
	let through = 0;
	await Promise.all(
		Array.from({ length: 1000 }, async (_, index) => {
			await limiter.acquire(index % 3 === 0 ? 'high' : 'normal');
			most = Math.max(most, ++together);
			for (let turns = index % 4; turns > 0; turns--) await nextTurn();
			together--;
			through++;
			limiter.release();
		}),
	);
	expect({ most, through, together }).toEqual({ most: 10, through: 1000, together: 0 });
});

test('whatever is taken, stopped and given back in whatever order, the rules hold', async () => {
	const steps = fc.array(
		fc.oneof(
			{ weight: 5, arbitrary: fc.constantFrom<Priority | 'release'>('normal', 'high') },
			{ weight: 4, arbitrary: fc.constant('release' as const) },
			{ weight: 2, arbitrary: fc.nat(30) },
		),
		{ maxLength: 60 },
	);
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (limit, script) => {
			const limiter = new RequestLimiter(limit);
			const entered: string[] = [];
			const stops: AbortController[] = [];
			// The same, as plainly as can be.
			const expected: string[] = [];
			let inside = 0;
			const waiting: Array<{ name: string; priority: Priority; stop: AbortController }> = [];
			for (const step of script) {
				if (typeof step === 'number') {
					const stop = stops[step];
					stop?.abort();
					const place = waiting.findIndex((each) => each.stop === stop);
					if (place !== -1) waiting.splice(place, 1);
				} else if (step === 'release') {
					if (inside === 0) continue;
					limiter.release();
					const place = waiting.findIndex(({ priority }) => priority === 'high');
					const [next] = waiting.splice(Math.max(place, 0), 1);
					if (next) expected.push(next.name);
					else inside--;
				} else {
					const stop = new AbortController();
					const name = `${step} ${stops.push(stop)}`;
					void queue(limiter, entered, name, step, stop.signal);
					if (inside < limit) {
						inside++;
						expected.push(name);
					} else waiting.push({ name, priority: step, stop });
				}
				await nextTurn();
				expect(entered).toEqual(expected);
			}
		}),
		{ numRuns: 60 },
	);
});

describe('the limiter of an execution', () => {
	// It serves as a key and is never looked into.
	const execution = () => ({}) as IExecuteData;

	test('are one set for all items of it, as many as the first item says', async () => {
		const one = execution();
		const limiter = limiterFor(one, 1);
		expect(limiterFor(one, 5)).toBe(limiter);
		const entered: string[] = [];
		for (const name of ['a', 'b']) void queue(limiterFor(one, 5), entered, name, 'normal');
		await nextTurn();
		expect(entered).toEqual(['a']);
	});

	test('are not shared with another execution', () => {
		expect(limiterFor(execution(), 1)).not.toBe(limiterFor(execution(), 1));
	});
});
