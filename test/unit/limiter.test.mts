import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { IExecuteData } from 'n8n-workflow';
import type { Priority } from '../../nodes/Cloudsquid/transport/limiter.ts';
import { RequestLimiter, limiterFor } from '../../nodes/Cloudsquid/transport/limiter.ts';

/** Waits for a slot, and adds the name to `acquired` when there is one. */
async function acquire(
	limiter: RequestLimiter,
	acquired: string[],
	name: string,
	priority: Priority = 'normal',
	signal?: AbortSignal,
): Promise<void> {
	if (await limiter.acquire(priority, signal)) acquired.push(name);
}

describe('a canceled execution', () => {
	test('acquires nothing, even if a slot is free', async () => {
		const limiter = new RequestLimiter(1);
		expect(await limiter.acquire('normal', AbortSignal.abort())).toBe(false);
		expect(await limiter.acquire('normal')).toBe(true);
	});

	test('is listened for only while it waits', async () => {
		const limiter = new RequestLimiter(1);
		const { signal } = new AbortController();
		const listeners = () => getEventListeners(signal, 'abort').length;
		await limiter.acquire('normal', signal);
		expect(listeners()).toBe(0);
		const waiting = limiter.acquire('normal', signal);
		expect(listeners()).toBe(1);
		limiter.release();
		await waiting;
		expect(listeners()).toBe(0);
	});
});

test('admits as many as the limit, high priority first, in whatever order slots are used', async () => {
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
			const acquired: string[] = [];
			const stops: AbortController[] = [];
			const expected: string[] = [];
			let active = 0;
			const waiting: Array<{ name: string; priority: Priority; stop: AbortController }> = [];
			for (const step of script) {
				if (typeof step === 'number') {
					const stop = stops[step];
					stop?.abort();
					const position = waiting.findIndex((each) => each.stop === stop);
					if (position !== -1) waiting.splice(position, 1);
				} else if (step === 'release') {
					if (active === 0) continue;
					limiter.release();
					const position = waiting.findIndex(({ priority }) => priority === 'high');
					const [next] = waiting.splice(Math.max(position, 0), 1);
					if (next) expected.push(next.name);
					else active--;
				} else {
					const stop = new AbortController();
					const name = `${step} ${stops.push(stop)}`;
					void acquire(limiter, acquired, name, step, stop.signal);
					if (active < limit) {
						active++;
						expected.push(name);
					} else waiting.push({ name, priority: step, stop });
				}
				await nextTurn();
				expect(acquired).toEqual(expected);
			}
		}),
		{ numRuns: 60 },
	);
});

test('is shared by all items of an execution, with the limit of the first item', async () => {
	// Only its identity is used.
	const execution = {} as IExecuteData;
	const limiter = limiterFor(execution, 1);
	expect(limiterFor(execution, 5)).toBe(limiter);
	expect(limiterFor({} as IExecuteData, 1)).not.toBe(limiter);
	const acquired: string[] = [];
	for (const name of ['a', 'b']) void acquire(limiterFor(execution, 5), acquired, name);
	await nextTurn();
	expect(acquired).toEqual(['a']);
});
