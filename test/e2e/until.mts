import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until there is something, and gives that; fails when time is up. */
export async function until<T>(
	what: string,
	look: () => Promise<T | undefined | false> | T | undefined | false,
	timeoutMs = 30_000,
): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		if (Date.now() > deadline) throw new Error(`Not seen within ${timeoutMs / 1000} s: ${what}.`);
		await sleep(100);
	}
}
