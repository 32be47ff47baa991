import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from './contract.mts';
import type { Extraction } from './extraction.mts';
import type { Row } from './state.mts';

/** A status and how long it lasts. */
export interface Phase {
	status: string;
	ms: number | 'always';
}

/** How future runs differ from what is configured. */
export interface RunPlan {
	/** Only runs of documents with this name. */
	filename?: string;
	/** How many runs, 1 by default. */
	times?: number | 'always';
	pendingMs?: number;
	runningMs?: number | 'always';
	/** All statuses before the last one, in place of `pending` and `running`. */
	phases?: Phase[];
	/** Whether the run ends with the status `error`. */
	fail?: boolean;
	/** Replaces the extracted data. */
	data?: JsonObject;
}

export interface RunRecord {
	run_id: string;
	row_id: string;
	table_id: string;
	zero_retention: boolean;
	status: string;
	startedAt: number;
	/** The times of all status requests. */
	polls: number[];
}

export interface RunState {
	status: string;
	data?: JsonObject;
	reasoning?: string;
}

/** The longest delay of a timer. */
const maxDelay = 2 ** 31 - 1;

/** The status of a run follows from the clock, but it is not final before the work is done. */
export class Run {
	readonly run_id = randomUUID();
	readonly startedAt = Date.now();
	readonly polls: number[] = [];
	private result: Extraction | undefined;
	private failed = false;
	private readonly finished: Promise<void>;

	constructor(
		readonly row: Row,
		readonly zero_retention: boolean,
		private readonly phases: readonly Phase[],
		private readonly plan: RunPlan,
		work: Promise<Extraction>,
	) {
		this.finished = work.then(
			(result) => {
				this.failed = plan.fail ?? false;
				this.result = result;
			},
			() => {
				this.failed = true;
			},
		);
	}

	getState(): RunState {
		let end = this.startedAt;
		for (const { status, ms } of this.phases) {
			end += durationOf(ms);
			if (Date.now() < end) return { status };
		}
		const planned = this.plan.data && { data: this.plan.data };
		if (this.failed) return { status: 'error', ...planned };
		if (this.result) return { status: 'done', ...this.result, ...planned };
		return { status: this.phases.at(-1)?.status ?? 'running' };
	}

	async waitForEnd(): Promise<RunState> {
		await this.finished;
		const end = this.phases.reduce((sum, { ms }) => sum + durationOf(ms), this.startedAt);
		// Timers can end slightly before the clock shows it.
		for (let left; (left = end - Date.now()) > 0;)
			await sleep(Math.min(left, maxDelay), null, { ref: false });
		return this.getState();
	}

	describe(): RunRecord {
		const { run_id, row, zero_retention, startedAt, polls } = this;
		const { row_id, table_id } = row;
		const { status } = this.getState();
		return { run_id, row_id, table_id, zero_retention, status, startedAt, polls };
	}
}

function durationOf(ms: Phase['ms']): number {
	return ms === 'always' ? Number.POSITIVE_INFINITY : ms;
}
