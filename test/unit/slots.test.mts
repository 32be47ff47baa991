import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { IExecuteData } from 'n8n-workflow';
import type { Lane } from '../../nodes/Cloudsquid/shared/slots.ts';
import { Slots, slotsOf } from '../../nodes/Cloudsquid/shared/slots.ts';

/** Queues for a slot and notes the name once it has one; the result says whether it came in. */
function queue(slots: Slots, entered: string[], name: string, lane: Lane, signal?: AbortSignal) {
	return slots.take(lane, signal).then((admitted) => {
		if (admitted) entered.push(name);
		return admitted;
	});
}

test('as many as the limit enter at once, and no more', async () => {
	const slots = new Slots(2);
	const entered: string[] = [];
	for (const name of ['a', 'b', 'c']) void queue(slots, entered, name, 'begin');
	await nextTurn();
	expect(entered).toEqual(['a', 'b']);
	slots.release();
	await nextTurn();
	expect(entered).toEqual(['a', 'b', 'c']);
});

test.each<Lane>(['begin', 'continue'])(
	'in the lane %s, first come is first served',
	async (lane) => {
		const slots = new Slots(1);
		const entered: string[] = [];
		const names = ['a', 'b', 'c', 'd', 'e'];
		for (const name of names) void queue(slots, entered, name, lane);
		for (let i = 1; i <= names.length; i++) {
			await nextTurn();
			expect(entered).toEqual(names.slice(0, i));
			slots.release();
		}
	},
);

test('what continues goes before what begins, however long that has waited', async () => {
	const slots = new Slots(1);
	const entered: string[] = [];
	void queue(slots, entered, 'first', 'begin');
	void queue(slots, entered, 'upload 1', 'begin');
	void queue(slots, entered, 'upload 2', 'begin');
	void queue(slots, entered, 'look 1', 'continue');
	void queue(slots, entered, 'look 2', 'continue');
	for (let i = 0; i < 5; i++) {
		await nextTurn();
		slots.release();
	}
	expect(entered).toEqual(['first', 'look 1', 'look 2', 'upload 1', 'upload 2']);
});

test('slots given back while nobody waits are free for the next', async () => {
	const slots = new Slots(2);
	for (let round = 0; round < 3; round++) {
		const entered: string[] = [];
		await queue(slots, entered, 'a', 'begin');
		await queue(slots, entered, 'b', 'continue');
		void queue(slots, entered, 'c', 'begin');
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
		slots.release();
		await nextTurn();
		expect(entered).toEqual(['a', 'b', 'c']);
		slots.release();
		slots.release();
	}
});

describe('a stopped execution', () => {
	test('does not enter, even where a slot is free', async () => {
		const slots = new Slots(1);
		expect(await slots.take('begin', AbortSignal.abort())).toBe(false);
		expect(await slots.take('begin')).toBe(true);
	});

	test('leaves the queue at once, and its place goes to the next', async () => {
		const slots = new Slots(1);
		const entered: string[] = [];
		const stop = new AbortController();
		void queue(slots, entered, 'a', 'begin');
		const stopped = queue(slots, entered, 'stopped', 'begin', stop.signal);
		void queue(slots, entered, 'b', 'begin');
		stop.abort();
		expect(await stopped).toBe(false);
		slots.release();
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
	});

	test('loses no slot: those that others hold come back whole', async () => {
		const slots = new Slots(2);
		const stop = new AbortController();
		await slots.take('begin');
		await slots.take('begin');
		const lanes: Lane[] = ['begin', 'continue', 'begin', 'continue'];
		const queued = lanes.map((lane) => slots.take(lane, stop.signal));
		stop.abort();
		expect(await Promise.all(queued)).toEqual([false, false, false, false]);
		slots.release();
		slots.release();
		const entered: string[] = [];
		for (const name of ['a', 'b', 'c']) void queue(slots, entered, name, 'begin');
		await nextTurn();
		expect(entered).toEqual(['a', 'b']);
	});

	test('takes nothing from those that are in already', async () => {
		const slots = new Slots(1);
		const stop = new AbortController();
		expect(await slots.take('begin', stop.signal)).toBe(true);
		const entered: string[] = [];
		void queue(slots, entered, 'next', 'begin');
		stop.abort();
		await nextTurn();
		expect(entered).toEqual([]);
		slots.release();
		await nextTurn();
		expect(entered).toEqual(['next']);
	});

	test('is listened for only while queued', async () => {
		const slots = new Slots(1);
		const { signal } = new AbortController();
		await slots.take('begin', signal);
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
		const queued = slots.take('begin', signal);
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		slots.release();
		await queued;
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});
});

test('a thousand at once: all come through, never more than ten together', async () => {
	const slots = new Slots(10);
	let together = 0;
	let most = 0;
	let through = 0;
	await Promise.all(
		Array.from({ length: 1000 }, async (_, index) => {
			await slots.take(index % 3 === 0 ? 'continue' : 'begin');
			most = Math.max(most, ++together);
			for (let turns = index % 4; turns > 0; turns--) await nextTurn();
			together--;
			through++;
			slots.release();
		}),
	);
	expect({ most, through, together }).toEqual({ most: 10, through: 1000, together: 0 });
});

test('whatever is taken, stopped and given back in whatever order, the rules hold', async () => {
	const steps = fc.array(
		fc.oneof(
			{ weight: 5, arbitrary: fc.constantFrom<Lane | 'release'>('begin', 'continue') },
			{ weight: 4, arbitrary: fc.constant('release' as const) },
			{ weight: 2, arbitrary: fc.nat(30) },
		),
		{ maxLength: 60 },
	);
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (limit, script) => {
			const slots = new Slots(limit);
			const entered: string[] = [];
			const stops: AbortController[] = [];
			// The same, as plainly as can be.
			const expected: string[] = [];
			let inside = 0;
			const waiting: Array<{ name: string; lane: Lane; stop: AbortController }> = [];
			for (const step of script) {
				if (typeof step === 'number') {
					const stop = stops[step];
					stop?.abort();
					const place = waiting.findIndex((each) => each.stop === stop);
					if (place !== -1) waiting.splice(place, 1);
				} else if (step === 'release') {
					if (inside === 0) continue;
					slots.release();
					const place = waiting.findIndex(({ lane }) => lane === 'continue');
					const [next] = waiting.splice(Math.max(place, 0), 1);
					if (next) expected.push(next.name);
					else inside--;
				} else {
					const stop = new AbortController();
					const name = `${step} ${stops.push(stop)}`;
					void queue(slots, entered, name, step, stop.signal);
					if (inside < limit) {
						inside++;
						expected.push(name);
					} else waiting.push({ name, lane: step, stop });
				}
				await nextTurn();
				expect(entered).toEqual(expected);
			}
		}),
		{ numRuns: 60 },
	);
});

describe('the slots of an execution', () => {
	// It serves as a key and is never looked into.
	const execution = () => ({}) as IExecuteData;

	test('are one set for all items of it, as many as the first item says', async () => {
		const one = execution();
		const slots = slotsOf(one, 1);
		expect(slotsOf(one, 5)).toBe(slots);
		const entered: string[] = [];
		for (const name of ['a', 'b']) void queue(slotsOf(one, 5), entered, name, 'begin');
		await nextTurn();
		expect(entered).toEqual(['a']);
	});

	test('are not shared with another execution', () => {
		expect(slotsOf(execution(), 1)).not.toBe(slotsOf(execution(), 1));
	});
});
