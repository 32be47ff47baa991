import { sleep } from 'n8n-workflow';

/**
 * Waits `milliseconds`, or less if the execution is stopped meanwhile.
 *
 * n8n before 2.34 has a `sleep` that knows no signal, hence the listener. The promise never
 * rejects: whoever waits looks at the signal afterwards.
 */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	if (signal?.aborted) return;
	await new Promise<void>((resolve) => {
		const end = () => {
			signal?.removeEventListener('abort', end);
			resolve();
		};
		signal?.addEventListener('abort', end);
		sleep(milliseconds, signal).then(end, end);
	});
}
