import { getEventListeners, setMaxListeners } from 'node:events';
import { AbortScope, sleep } from '../../nodes/Cloudsquid/transport/abort.ts';

const HOUR = 3_600_000;

describe('sleep', () => {
	test.each([
		['without a signal', () => undefined],
		['with a signal', () => new AbortController().signal],
	])('waits for as long as it should, %s', async (_, makeSignal) => {
		const signal = makeSignal();
		const start = performance.now();
		await sleep(60, signal);
		// Timers count whole milliseconds.
		expect(performance.now() - start).toBeGreaterThanOrEqual(59);
		if (signal) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});

	test.each([0, -5])('returns after %i milliseconds', async (milliseconds) => {
		await expect(sleep(milliseconds)).resolves.toBeUndefined();
	});

	test('returns at once when it is canceled, without a rejection or a listener', async () => {
		const stop = new AbortController();
		let ended = false;
		const done = sleep(HOUR, stop.signal).then(() => (ended = true));
		await sleep(10);
		expect(ended).toBe(false);
		expect(getEventListeners(stop.signal, 'abort').length).toBeGreaterThan(0);
		stop.abort(new Error('stopped by the user'));
		await done;
		expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
	});

	test('returns at once when it was canceled before', async () => {
		const signal = AbortSignal.abort();
		await expect(sleep(HOUR, signal)).resolves.toBeUndefined();
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});

	test('returns everywhere when the execution is stopped', async () => {
		const stop = new AbortController();
		// Node.js 20 warns of more than ten; later versions do not for signals.
		setMaxListeners(0, stop.signal);
		const pauses = Array.from({ length: 100 }, async () => await sleep(HOUR, stop.signal));
		stop.abort();
		await expect(Promise.all(pauses)).resolves.toHaveLength(100);
		expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
	});

	test('leaves no listeners, however often it is called', async () => {
		const { signal } = new AbortController();
		for (let i = 0; i < 200; i++) await sleep(0, signal);
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
	});
});

describe('the scope of a request', () => {
	test('aborts with the execution, or when it is told to', () => {
		const execution = new AbortController();
		const [one, other] = [new AbortScope(execution.signal), new AbortScope(execution.signal)];
		one.abort();
		expect([one.signal.aborted, other.signal.aborted]).toEqual([true, false]);
		execution.abort();
		expect(other.signal.aborted).toBe(true);
		expect(new AbortScope(execution.signal).signal.aborted).toBe(true);
		expect(new AbortScope().signal.aborted).toBe(false);
	});

	test('does not abort after it was closed', () => {
		const execution = new AbortController();
		const scope = new AbortScope(execution.signal);
		scope.close();
		execution.abort();
		expect(scope.signal.aborted).toBe(false);
	});

	test('aborts after its time limit, and tells that from Stop', async () => {
		const execution = new AbortController();
		const [timed, stopped] = [new AbortScope(execution.signal), new AbortScope(execution.signal)];
		timed.startTimer(10);
		stopped.startTimer(HOUR);
		await new Promise((resolve) => timed.signal.addEventListener('abort', resolve));
		execution.abort();
		expect([timed.timedOut, stopped.timedOut]).toEqual([true, false]);
		expect(stopped.signal.aborted).toBe(true);
	});

	test('starts its time limit again, or not at all', async () => {
		const [restarted, without] = [new AbortScope(), new AbortScope()];
		restarted.startTimer(0);
		restarted.startTimer(HOUR);
		without.startTimer(0);
		without.stopTimer();
		await sleep(20);
		expect([restarted.signal.aborted, without.signal.aborted]).toEqual([false, false]);
		restarted.close();
	});
});
