import { randomUUID } from 'node:crypto';
import type { Extraction } from './extraction.mts';
import { sleep } from './sleep.mts';
import type { JsonObject, schemas } from './types.mts';
import { messageOf } from './types.mts';

/** A state that a run is in for a time. `'always'` is a run that hangs there. */
export interface Phase {
	status: string;
	ms: number | 'always';
}

/** How coming runs are to go, in place of the usual. */
export interface RunPlan {
	/** Only runs of documents with this name; otherwise of any. */
	filename?: string;
	/** How many runs this is for; one unless said. */
	times?: number | 'always';
	pendingMs?: number;
	runningMs?: number | 'always';
	/** All the states before the last, for states that are not documented. */
	phases?: Phase[];
	/** The run ends in `error`. */
	fail?: boolean;
	/** What is answered instead of what was read: shapes that the emulator cannot come by honestly. */
	data?: JsonObject;
}

/** A run as the books show it. */
export interface RunRecord {
	run_id: string;
	row_id: string;
	table_id: string;
	zero_retention: boolean;
	status: string;
	startedAt: number;
	/** When its state was asked for. */
	polls: number[];
	/** Why it ended in `error`. The API has no documented place for this. */
	problem?: string;
}

/** What there is to say about a run at one moment. */
export interface RunState {
	status: string;
	data?: JsonObject;
	reasoning?: string;
}

/**
 * One run. Its state follows from the clock, so nothing has to tick; but it is not done before the document has really
 * been read, however short its time.
 */
export class Run {
	readonly run_id = randomUUID();
	readonly startedAt = Date.now();
	readonly polls: number[] = [];
	problem: string | undefined;
	private result: Extraction | undefined;
	private readonly work: Promise<void>;

	constructor(
		readonly row: { row_id: string; table_id: string },
		readonly zero_retention: boolean,
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

	/** The state now. */
	getState(now = Date.now()): RunState {
		let end = this.startedAt;
		for (const { status, ms } of this.phases) {
			end += ms === 'always' ? Number.POSITIVE_INFINITY : ms;
			if (now < end) return { status };
		}
		const data = this.plan?.data;
		if (this.problem !== undefined) return { status: 'error', ...(data && { data }) };
		if (!this.result) return { status: this.phases.at(-1)?.status ?? 'running' };
		return { status: 'done', data: data ?? this.result.data, reasoning: this.result.reasoning };
	}

	/** Waits until the run is done or has failed. */
	async waitForEnd(signal: AbortSignal): Promise<RunState> {
		await this.work;
		for (const { ms } of this.phases) {
			if (ms === 'always') await sleep(Number.POSITIVE_INFINITY, signal);
		}
		const total = this.phases.reduce((sum, { ms }) => sum + Number(ms), 0);
		// Timers may fire a little early by the clock that the state is read from.
		for (let left; (left = this.startedAt + total - Date.now()) > 0;) await sleep(left, signal);
		return this.getState();
	}

	/** The run for the books. */
	describe(): RunRecord {
		return {
			run_id: this.run_id,
			...this.row,
			zero_retention: this.zero_retention,
			status: this.getState().status,
			startedAt: this.startedAt,
			polls: this.polls,
			...(this.problem !== undefined && { problem: this.problem }),
		};
	}
}

/** The data that a pending, running or failed run has to show. */
export function fillData(
	data: JsonObject | undefined,
	whenAbsent: 'absent' | 'null' | 'empty',
): { data?: schemas['Data'] } {
	if (data) return { data };
	if (whenAbsent === 'absent') return {};
	return { data: whenAbsent === 'null' ? null : {} };
}
