import type { Books } from './emulatorProcess.mts';
import type { FileSet } from './files.mts';

/** The time from the first request to the last response, in milliseconds, by the emulator's clock. */
export function spanOf({ requests }: Books): number {
	const first = Math.min(...requests.map(({ startedAt }) => startedAt));
	const last = Math.max(...requests.map(({ endedAt = 0 }) => endedAt));
	return last - first;
}

/** Asserts that the measured work was done: every document arrived completely and only once, and every run is done. */
export function assertAllArrived(
	{ documents, requests, runs }: Books,
	files: Pick<FileSet, 'files' | 'hashes'>,
): void {
	const right = documents.filter(({ filename, sha256 }) => files.hashes.get(filename) === sha256);
	const refused = requests.filter(({ status }) => !status || status >= 400);
	const unfinished = runs.filter(({ status }) => status !== 'done');
	const wrong = [
		documents.length === files.files.length ? '' : `${documents.length} documents`,
		right.length === documents.length ? '' : `${documents.length - right.length} damaged`,
		refused.length === 0 ? '' : `${refused.length} requests failed`,
		unfinished.length === 0 ? '' : `${unfinished.length} runs not done`,
	].filter(Boolean);
	if (wrong.length > 0) throw new Error(`The work was not completed: ${wrong.join(', ')}.`);
}
