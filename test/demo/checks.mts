import assert from 'node:assert/strict';
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
 * @throws AssertionError that says what is wrong
 */
export function check(execution: Execution, sha256: string, emulator?: Emulator): string[] {
	const rows = [rowOf(execution, STEPS.extract), rowOf(execution, STEPS.get)];
	for (const { status, row_id, run_id, data } of rows) {
		assert.equal(status, 'done', 'A row does not have the status done.');
		assert(row_id && run_id && data, 'A row has no row_id, run_id, or data.');
	}
	const passed = ['both ways ended with the status done'];
	if (!emulator) return passed;
	const { documents, runs } = emulator;
	const hashes = [...rows.map(({ data }) => data as JsonObject), ...documents];
	const expected = Array.from({ length: 4 }, () => sha256);
	const received = hashes.map((each) => each.sha256);
	assert.deepEqual(received, expected, 'The emulator received or read another file.');
	const zeroRetention = runs.map((run) => run.zero_retention);
	assert.deepEqual(zeroRetention, [true, true], 'The runs were not started with zero_retention.');
	return [
		...passed,
		`the emulator received and read the same file: SHA-256 ${sha256}`,
		'both runs were started with zero_retention: true',
	];
}
