import { getEventListeners, setMaxListeners } from 'node:events';
import { AbortScope, sleep } from '../../nodes/Cloudsquid/transport/abort.ts';

const HOUR = 3_600_000;
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('sleep', () => {
	test('waits as long as it should, and leaves no listener', async () => {
		for (const signal of [undefined, new AbortController().signal]) {
			const start = performance.now();
			await sleep(60, signal);
			// Timers count whole milliseconds.
			expect(performance.now() - start).toBeGreaterThanOrEqual(59);
			if (signal) expect(listeners(signal)).toBe(0);
		}
	});

	test('returns at once if there is nothing to wait for', async () => {
		await Promise.all([sleep(0), sleep(-5), sleep(HOUR, AbortSignal.abort())]);
	});

	test('returns everywhere when the execution is canceled', async () => {
		const stop = new AbortController();
		// Node.js 20 warns about more than ten listeners.
		setMaxListeners(0, stop.signal);
		let ended = 0;
		const all = Array.from({ length: 100 }, async () => {
			await sleep(HOUR, stop.signal);
			ended++;
		});
		await sleep(10);
		expect([ended, listeners(stop.signal) > 0]).toEqual([0, true]);
		stop.abort(new Error('canceled by the user'));
		await Promise.all(all);
		expect([ended, listeners(stop.signal)]).toEqual([100, 0]);
	});
});

describe('AbortScope', () => {
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

	test('aborts after its timeout, which it distinguishes from a canceled execution', async () => {
		const execution = new AbortController();
		const [timed, canceled] = [new AbortScope(execution.signal), new AbortScope(execution.signal)];
		timed.startTimer(10);
		canceled.startTimer(HOUR);
		await new Promise((resolve) => timed.signal.addEventListener('abort', resolve));
		execution.abort();
		expect([timed.timedOut, canceled.timedOut]).toEqual([true, false]);
		expect(canceled.signal.aborted).toBe(true);
	});

	test('restarts or stops its timer', async () => {
		const [restarted, stopped] = [new AbortScope(), new AbortScope()];
		restarted.startTimer(0);
		restarted.startTimer(HOUR);
		stopped.startTimer(0);
		stopped.stopTimer();
		await sleep(20);
		expect([restarted.signal.aborted, stopped.signal.aborted]).toEqual([false, false]);
		restarted.close();
	});
});
