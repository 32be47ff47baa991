import type { Emulator } from '../emulator/emulator.mts';
import { STEPS } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import { CommandError } from '../host/errors.mts';
import type { Json, JsonObject } from '../host/workflow.mts';

/** The rows that the two ways through the workflow ended with. */
export interface Rows {
	extract: JsonObject;
	get: JsonObject;
}

/** Finds what each of the two ways gave, and says why where one gave nothing. */
export function readRows(execution: Execution): Rows {
	if (execution.status !== 'success') throw new CommandError(describeFailure(execution));
	return { extract: rowOf(execution, STEPS.extract), get: rowOf(execution, STEPS.get) };
}

function rowOf(execution: Execution, step: string): JsonObject {
	const items = itemsOf(execution, step);
	const [item] = items;
	if (items.length === 1 && item) return item.json;
	throw new CommandError(`"${step}" gave ${items.length} items in place of one.`);
}

function describeFailure(execution: Execution): string {
	const { error, lastNode, status } = execution;
	const where = error?.node?.name ?? lastNode ?? 'its first node';
	const why = [error?.message ?? status, error?.description].filter(Boolean).join('. ');
	return `The workflow failed at "${where}": ${why}`;
}

/** What holds whatever the service is: both ways were carried out to the end. */
export function checkRows({ extract, get }: Rows): string[] {
	expectEqual('status of the extraction in one step', extract.status, 'done');
	expectEqual('status of the run in three steps', get.status, 'done');
	for (const row of [extract, get]) {
		if (!row.row_id || !row.run_id) throw new CommandError('A row came without row_id or run_id.');
		if (!row.data) throw new CommandError('A row came without data.');
	}
	return ['both ways ended with status done'];
}

/** What only the emulator can tell: that what arrived is what was sent, and as it was asked for. */
export function checkAgainstEmulator(rows: Rows, emulator: Emulator, sha256: string): string[] {
	for (const row of [rows.extract, rows.get]) {
		const { sha256: read } = row.data as JsonObject;
		expectEqual('SHA-256 in the extracted data', read, sha256);
	}
	expectEqual('number of documents received', emulator.documents.length, 2);
	for (const document of emulator.documents) {
		expectEqual('SHA-256 of a document received', document.sha256, sha256);
	}
	expectEqual('number of runs', emulator.runs.length, 2);
	for (const run of emulator.runs) {
		expectEqual('zero_retention received with a run', run.zero_retention, true);
	}
	return [
		`the emulator received, and read, the very file: SHA-256 ${sha256}`,
		'zero_retention: true arrived with both runs',
	];
}

function expectEqual(what: string, actual: Json | undefined, expected: Json): void {
	if (actual === expected) return;
	throw new CommandError(
		`The ${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}.`,
	);
}
