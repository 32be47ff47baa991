import type { schemas } from './types.mts';

/** What of the emulator can be set, at the start or while it runs. */
export interface Behaviour {
	/** How long a run is `pending`. */
	pendingMs: number;
	/** How long a run is `running` after that. */
	runningMs: number;
	/** The answer to Get Run: a data row, or `{status, result}` as the older page has it, without `pending`. */
	runAnswer: 'row' | 'result';
	/** What `data` is until a run is done; the documentation does not say. */
	dataUntilDone: 'absent' | 'null' | 'empty';
	/** The status in the answers of the blocking calls; the two versions of the page differ. */
	syncStatus: 'done' | 'running' | 'absent';
	/** What changing the extraction settings answers; the documentation does not say. */
	settingsAnswer: 'settings' | 'empty';
	/** Fields that every data row carries besides its own, such as a `review`. */
	rowExtras: Partial<schemas['DataRow']>;
	/** How long a download address is good; zero makes addresses that have expired already. */
	urlTtlMs: number;
	/** More requests in flight than this are answered 429. No such limit is documented. */
	maxInFlight: number;
	/** The `Retry-After` that comes with that 429. */
	retryAfterSeconds: number;
	/** Every answer waits this long. */
	latencyMs: number;
}

/** How the emulator behaves unless told otherwise. */
export const defaultBehaviour: Behaviour = {
	pendingMs: 150,
	runningMs: 350,
	runAnswer: 'row',
	dataUntilDone: 'absent',
	syncStatus: 'done',
	settingsAnswer: 'settings',
	rowExtras: {},
	urlTtlMs: 15 * 60_000,
	maxInFlight: Number.POSITIVE_INFINITY,
	retryAfterSeconds: 1,
	latencyMs: 0,
};
