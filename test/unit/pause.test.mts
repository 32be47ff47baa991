import { getEventListeners, setMaxListeners } from 'node:events';
import { pause } from '../../nodes/Cloudsquid/shared/pause.ts';

const HOUR = 3_600_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Begins a pause and tells whether it has ended. */
function begin(milliseconds: number, signal?: AbortSignal) {
	const state = { ended: false, done: pause(milliseconds, signal) };
	void state.done.then(() => {
		state.ended = true;
	});
	return state;
}

describe.each([
	['that nobody can stop', () => undefined],
	['that somebody could stop', () => new AbortController().signal],
])('a pause %s', (_, makeSignal) => {
	test('ends when its time is up and not before', async () => {
		const signal = makeSignal();
		const state = begin(2000, signal);
		await jest.advanceTimersByTimeAsync(1999);
		expect(state.ended).toBe(false);
		await jest.advanceTimersByTimeAsync(1);
		expect(state.ended).toBe(true);
		if (signal) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});

	test('of no length ends too', async () => {
		const state = begin(0, makeSignal());
		await jest.advanceTimersByTimeAsync(1);
		expect(state.ended).toBe(true);
	});
});

test('a pause that is stopped ends at once, without a rejection, and leaves nothing behind', async () => {
	const stop = new AbortController();
	const state = begin(HOUR, stop.signal);
	await jest.advanceTimersByTimeAsync(1000);
	expect(state.ended).toBe(false);
	expect(getEventListeners(stop.signal, 'abort').length).toBeGreaterThan(0);

	stop.abort(new Error('stopped by the user'));
	// No time passes here: the clock stands still.
	await expect(state.done).resolves.toBeUndefined();
	expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
	expect(jest.getTimerCount()).toBe(0);
});

test('a pause that begins when all is stopped already ends at once', async () => {
	const signal = AbortSignal.abort();
	await expect(pause(HOUR, signal)).resolves.toBeUndefined();
	expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	expect(jest.getTimerCount()).toBe(0);
});

test('one stop ends all pauses of an execution', async () => {
	const stop = new AbortController();
	// Node.js 20 warns of more than ten; later versions do not for signals.
	setMaxListeners(0, stop.signal);
	const pauses = Array.from({ length: 100 }, () => pause(HOUR, stop.signal));
	stop.abort();
	await expect(Promise.all(pauses)).resolves.toHaveLength(100);
	expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

test('a signal that lives on gathers no listeners, however many pauses there are', async () => {
	const { signal } = new AbortController();
	for (let i = 0; i < 200; i++) {
		const state = begin(1000, signal);
		await jest.advanceTimersByTimeAsync(1000);
		expect(state.ended).toBe(true);
	}
	expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
