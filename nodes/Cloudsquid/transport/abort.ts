/** What a timer can hold, in milliseconds; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Links what can end a request or a pause: Stop, a time limit, and the code that waits for it.
 *
 * n8n's own timeout ends when the headers of a streamed response arrive, and its `sleep` cannot be
 * aborted in every version, hence one timer for both.
 */
export class AbortScope {
	private readonly controller = new AbortController();

	private timer?: AbortSignal;

	/** Whether the time limit has passed. */
	timedOut = false;

	/** @param cancelSignal aborts when the execution is stopped */
	constructor(private readonly cancelSignal?: AbortSignal) {
		if (cancelSignal?.aborted) this.abort();
		cancelSignal?.addEventListener('abort', this.abort);
	}

	get signal(): AbortSignal {
		return this.controller.signal;
	}

	readonly abort = () => this.controller.abort();

	/** Aborts after `milliseconds`, unless it is called again or `stopTimer` comes first. */
	startTimer(milliseconds: number): void {
		this.stopTimer();
		this.timer = AbortSignal.timeout(Math.min(Math.max(Math.ceil(milliseconds), 0), MAX_TIMER_MS));
		this.timer.addEventListener('abort', this.onTimeout);
	}

	stopTimer(): void {
		this.timer?.removeEventListener('abort', this.onTimeout);
	}

	/** Removes all listeners. Must be called when the request or pause has ended. */
	close(): void {
		this.stopTimer();
		this.cancelSignal?.removeEventListener('abort', this.abort);
	}

	private readonly onTimeout = () => {
		this.timedOut = true;
		this.abort();
	};
}

/** Waits, or returns early if the execution is stopped. Never rejects. */
export async function sleep(milliseconds: number, cancelSignal?: AbortSignal): Promise<void> {
	const scope = new AbortScope(cancelSignal);
	scope.startTimer(milliseconds);
	if (!scope.signal.aborted) {
		await new Promise<void>((resolve) => {
			scope.signal.addEventListener('abort', () => resolve(), { once: true });
		});
	}
	scope.close();
}
