import type { IExecuteData } from 'n8n-workflow';

/** How urgently a request wants its slot: what continues work already begun goes first. */
export type Lane = 'continue' | 'begin';

/**
 * Bounds how many requests are in flight. n8n starts all items at once, so a hundred documents
 * would otherwise be a hundred uploads at the same moment.
 */
export class Slots {
	private inFlight = 0;

	private readonly waiting: Record<Lane, Array<() => void>> = { continue: [], begin: [] };

	constructor(private readonly limit: number) {}

	/** Waits for a free slot; false if the execution was stopped first. */
	async take(lane: Lane, signal?: AbortSignal): Promise<boolean> {
		if (signal?.aborted) return false;
		if (this.inFlight < this.limit) {
			this.inFlight++;
			return true;
		}
		return await new Promise<boolean>((resolve) => {
			const queue = this.waiting[lane];
			const enter = () => {
				signal?.removeEventListener('abort', leave);
				resolve(true);
			};
			const leave = () => {
				queue.splice(queue.indexOf(enter), 1);
				resolve(false);
			};
			signal?.addEventListener('abort', leave, { once: true });
			queue.push(enter);
		});
	}

	/** Gives the slot back, straight to the one that has waited longest. */
	release(): void {
		const next = this.waiting.continue.shift() ?? this.waiting.begin.shift();
		if (next) next();
		else this.inFlight--;
	}
}

/** All items of one execution of a node share one `IExecuteData`, so it names their common slots. */
const slotsByExecution = new WeakMap<IExecuteData, Slots>();

/** The slots of this execution of the node; the first item to ask settles how many there are. */
export function slotsOf(execution: IExecuteData, limit: number): Slots {
	let slots = slotsByExecution.get(execution);
	if (!slots) {
		slots = new Slots(limit);
		slotsByExecution.set(execution, slots);
	}
	return slots;
}
