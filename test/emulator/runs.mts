import { randomUUID } from 'node:crypto';
import type { Extraction } from './extraction.mts';
import { sleep } from './responses.mts';
import type { JsonObject } from './types.mts';
import { messageOf } from './types.mts';

/** A status that a run has for a time, or forever. */
export interface Phase {
	status: string;
	ms: number | 'always';
}

/** How future runs behave. */
export interface RunPlan {
	/** Only for runs of documents with this name. By default, of any. */
	filename?: string;
	/** How many runs this is for. By default, one. */
	times?: number | 'always';
	pendingMs?: number;
	runningMs?: number | 'always';
	/** All statuses before the last one, for undocumented statuses. */
	phases?: Phase[];
	/** The run ends with the status `error`. */
	fail?: boolean;
	/** Replaces the data that was extracted. */
	data?: JsonObject;
}

/** A run in the request log. */
export interface RunRecord {
	run_id: string;
	row_id: string;
	table_id: string;
	zero_retention: boolean;
	status: string;
	startedAt: number;
	/** The times at which its status was requested. */
	polls: number[];
	/** Why it failed. The API documents no field for this. */
	problem?: string;
}

/** What the API returns about a run at some time. */
export interface RunState {
	status: string;
	data?: JsonObject;
	reasoning?: string;
}

/** A run. Its status depends on the clock, but it is not done before the document has been read. */
export class Run {
	readonly run_id = randomUUID();
	readonly startedAt = Date.now();
	readonly polls: number[] = [];
	private problem: string | undefined;
	private result: Extraction | undefined;
	private readonly work: Promise<void>;

	constructor(
		readonly row: { row_id: string; table_id: string },
		private readonly zero_retention: boolean,
		private readonly phases: readonly Phase[],
		private readonly plan: RunPlan | undefined,
		work: () => Promise<Extraction>,
	) {
		this.work = work().then(
			(result) => {
				if (plan?.fail) this.problem = 'The run was planned to fail.';
				this.result = result;
			},
			(error: unknown) => {
				this.problem = messageOf(error);
			},
		);
	}

	getState(): RunState {
		let end = this.startedAt;
		for (const { status, ms } of this.phases) {
			end += ms === 'always' ? Number.POSITIVE_INFINITY : ms;
			if (Date.now() < end) return { status };
		}
		const data = this.plan?.data;
		if (this.problem !== undefined) return { status: 'error', ...(data && { data }) };
		if (!this.result) return { status: this.phases.at(-1)?.status ?? 'running' };
		return { status: 'done', data: data ?? this.result.data, reasoning: this.result.reasoning };
	}

	/** Waits until the run has ended. */
	async waitForEnd(signal: AbortSignal): Promise<RunState> {
		await this.work;
		const duration = this.phases.reduce(
			(sum, { ms }) => sum + (ms === 'always' ? Number.POSITIVE_INFINITY : ms),
			0,
		);
		// Timers can be a little early.
		for (let left; (left = this.startedAt + duration - Date.now()) > 0;) await sleep(left, signal);
		return this.getState();
	}

	describe(): RunRecord {
		const { run_id, row, zero_retention, startedAt, polls, problem } = this;
		const { status } = this.getState();
		return {
			run_id,
			...row,
			zero_retention,
			status,
			startedAt,
			polls,
			...(problem && { problem }),
		};
	}
}
