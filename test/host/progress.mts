/** Says how far a long step is. On a terminal one line is kept up to date; elsewhere a line comes now and then. */
export interface Progress {
	/** Replaces what is said about the step's present state. */
	update(state: string): void;
	/** The step is over; `outcome` is what stays on the screen, with a mark that says whether it went well. */
	done(outcome: string, well?: boolean): void;
	/** The step failed; the line is cleared and what happened is for the caller to say. */
	clear(): void;
}

const TERMINAL_INTERVAL_MS = 1000;
const LOG_INTERVAL_MS = 30_000;

/** Shows a step from now on; `expectation` says how long it takes, such as "about 5 minutes". */
export function showProgress(step: string, expectation?: string): Progress {
	const startedAt = Date.now();
	const terminal = process.stdout.isTTY === true && process.env.CI === undefined;
	let state = '';
	const line = () => {
		const details = [formatDuration(Date.now() - startedAt), expectation, state];
		return `… ${step} (${details.filter(Boolean).join(', ')})`;
	};
	const clear = () => {
		if (terminal) process.stdout.write('\r\x1b[2K');
	};
	const print = () => {
		const width = (process.stdout.columns || 80) - 1;
		process.stdout.write(terminal ? `\r\x1b[2K${line().slice(0, width)}` : `${line()}\n`);
	};
	if (!terminal && expectation) process.stdout.write(`… ${step} (${expectation})\n`);
	const timer = setInterval(print, terminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
	timer.unref();
	const end = () => {
		clearInterval(timer);
		clear();
	};
	return {
		update: (newState) => {
			state = newState;
		},
		done: (outcome, well = true) => {
			end();
			process.stdout.write(
				`${well ? '✓' : '✗'} ${outcome} (${formatDuration(Date.now() - startedAt)})\n`,
			);
		},
		clear: end,
	};
}

/** Shows a step while `work` is done, and the outcome that `work` gives for it. */
export async function withProgress<T>(
	step: string,
	expectation: string | undefined,
	work: (progress: Progress) => Promise<T>,
	outcome: (result: T) => string,
	isWell: (result: T) => boolean = () => true,
): Promise<T> {
	const progress = showProgress(step, expectation);
	try {
		const result = await work(progress);
		progress.done(outcome(result), isWell(result));
		return result;
	} catch (error) {
		progress.clear();
		throw error;
	}
}

/** A duration as people say it: `0.4 s`, `12 s`, `4 min 05 s`. */
export function formatDuration(ms: number): string {
	if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) return `${seconds} s`;
	return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
