import type { Emulator } from '../emulator/emulator.mts';
import { CommandError } from '../host/errors.mts';
import { STEPS } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { JsonObject } from '../host/workflow.mts';

/** The row that a step returned. @throws CommandError that says why there is none */
export function rowOf(execution: Execution, step: string): JsonObject {
	const { status, error, lastNode = 'its first node' } = execution;
	if (status !== 'success') {
		const reason = [error?.message ?? status, error?.description].filter(Boolean).join('. ');
		throw new CommandError(`The workflow failed at "${error?.node?.name ?? lastNode}": ${reason}`);
	}
	const items = itemsOf(execution, step);
	if (items.length === 1) return items[0]!.json;
	throw new CommandError(`"${step}" returned ${items.length} items instead of one.`);
}

/**
 * Checks the result of the demo, and what the emulator received.
 *
 * @returns what was checked
 * @throws CommandError that says what is wrong
 */
export function check(execution: Execution, sha256: string, emulator?: Emulator): string[] {
	const rows = [rowOf(execution, STEPS.extract), rowOf(execution, STEPS.get)];
	for (const row of rows) {
		expectEqual('status of a row', row.status, 'done');
		for (const field of ['row_id', 'run_id', 'data']) {
			if (!row[field]) throw new CommandError(`A row has no ${field}.`);
		}
	}
	const passed = ['both ways ended with the status done'];
	if (!emulator) return passed;
	const { documents, runs } = emulator;
	expectEqual('number of documents received', documents.length, 2);
	expectEqual('number of runs', runs.length, 2);
	const hashes = [...rows.map(({ data }) => data as JsonObject), ...documents];
	for (const each of hashes) expectEqual('SHA-256 of a document', each.sha256, sha256);
	for (const run of runs) expectEqual('zero_retention of a run', run.zero_retention, true);
	return [
		...passed,
		`the emulator received and read the same file: SHA-256 ${sha256}`,
		'both runs were started with zero_retention: true',
	];
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
	if (actual === expected) return;
	const [is, not] = [actual, expected].map((value) => JSON.stringify(value));
	throw new CommandError(`The ${what} is ${is}, not ${not}.`);
}
