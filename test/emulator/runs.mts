import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from './contract.mts';
import type { Extraction } from './extraction.mts';
import type { Row } from './state.mts';

/** How future runs differ from what is configured. */
export interface RunPlan {
	filename?: string;
	/** How many runs, 1 by default. */
	times?: number | 'always';
	pendingMs?: number;
	runningMs?: number | 'always';
	fail?: boolean;
	data?: JsonObject;
}

export interface RunState {
	status: string;
	data?: JsonObject;
	reasoning?: string;
}

/** The status of a run follows from the clock, but it is not final before the work is done. */
export class Run {
	readonly run_id = randomUUID();
	readonly startedAt = Date.now();
	/** The times of all status requests. */
	readonly polls: number[] = [];
	private result: RunState | undefined;

	constructor(
		readonly row: Row,
		readonly zero_retention: boolean,
		private readonly plan: RunPlan & Required<Pick<RunPlan, 'pendingMs' | 'runningMs'>>,
		work: Promise<Extraction>,
	) {
		const planned = plan.data && { data: plan.data };
		const error = { status: 'error', ...planned };
		void work
			.then(
				(extraction) => (plan.fail ? error : { status: 'done', ...extraction, ...planned }),
				() => error,
			)
			.then((result) => (this.result = result));
	}

	getState(): RunState {
		const { pendingMs, runningMs } = this.plan;
		const running = Date.now() - this.startedAt - pendingMs;
		if (running < 0) return { status: 'pending' };
		const isOver = runningMs !== 'always' && running >= runningMs;
		return (isOver && this.result) || { status: 'running' };
	}

	async waitForEnd(): Promise<RunState> {
		if (this.plan.runningMs === 'always') return await new Promise<never>(() => undefined);
		for (;;) {
			const state = this.getState();
			if (state === this.result) return state;
			await sleep(5, null, { ref: false });
		}
	}

	describe() {
		const { run_id, row, zero_retention, startedAt, polls } = this;
		const { status } = this.getState();
		return { run_id, row_id: row.row_id, zero_retention, status, startedAt, polls };
	}
}
