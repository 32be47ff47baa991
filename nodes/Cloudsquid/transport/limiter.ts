import type { IExecuteData } from 'n8n-workflow';

/** Requests that continue work already started go first. */
export type Priority = 'high' | 'normal';

/**
 * Limits how many requests are in flight. n8n starts all items at once, so a hundred documents
 * would otherwise be a hundred simultaneous uploads.
 */
export class RequestLimiter {
	private inFlight = 0;

	private readonly waiting: Record<Priority, Array<() => void>> = { high: [], normal: [] };

	constructor(private readonly limit: number) {}

	/** Waits until a request may be sent. Returns false if the execution is stopped first. */
	async acquire(priority: Priority, cancelSignal?: AbortSignal): Promise<boolean> {
		if (cancelSignal?.aborted) return false;
		if (this.inFlight < this.limit) {
			this.inFlight++;
			return true;
		}
		return await new Promise<boolean>((resolve) => {
			const queue = this.waiting[priority];
			const enter = () => {
				cancelSignal?.removeEventListener('abort', leave);
				resolve(true);
			};
			const leave = () => {
				queue.splice(queue.indexOf(enter), 1);
				resolve(false);
			};
			cancelSignal?.addEventListener('abort', leave, { once: true });
			queue.push(enter);
		});
	}

	/** Lets the next request go: within a priority, the one that has waited longest. */
	release(): void {
		const next = this.waiting.high.shift() ?? this.waiting.normal.shift();
		if (next) next();
		else this.inFlight--;
	}
}

/** All items of one execution of a node share one `IExecuteData`, and so one limiter. */
const limiters = new WeakMap<IExecuteData, RequestLimiter>();

/** The limiter of this execution of the node. The first item to ask sets its limit. */
export function limiterFor(execution: IExecuteData, limit: number): RequestLimiter {
	const limiter = limiters.get(execution) ?? new RequestLimiter(limit);
	limiters.set(execution, limiter);
	return limiter;
}
