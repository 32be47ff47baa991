import { setTimeout as wait } from 'node:timers/promises';

/** The longest time that a timer can take. */
const maxTimer = 2 ** 31 - 1;

/** Waits, at most until the signal; then it throws an AbortError. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
	await wait(Math.min(Math.max(ms, 0), maxTimer), undefined, { signal });
}
