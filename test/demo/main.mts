import { runCommand } from '../host/command.mts';
import { heading } from '../host/tables.mts';
import { HELP, readArgs } from './args.mts';
import { checkAgainstEmulator, checkRows, readRows } from './checks.mts';
import type { Demo } from './demo.mts';
import { runDemo } from './demo.mts';
import { requestTable, stepTable } from './report.mts';

await runCommand(async (cleanUp) => {
	const options = readArgs(process.argv.slice(2), process.env);
	if (options.help) {
		console.log(HELP);
		return 0;
	}
	report(await runDemo(options, cleanUp));
	return 0;
});

/** Prints what came of the demo. Throws a CommandError where something is not as it must be. */
function report({ tarball, emulator, execution, sha256 }: Demo): void {
	console.log(`${heading('Steps')}\n${stepTable(execution, emulator?.requests)}`);
	if (emulator) {
		console.log(`${heading('What the emulator received')}\n${requestTable(emulator.requests)}`);
	}
	const rows = readRows(execution);
	console.log(`${heading('Extracted data')}\n${JSON.stringify(rows.extract.data, null, 2)}`);
	const passed = checkRows(rows);
	if (emulator) passed.push(...checkAgainstEmulator(rows, emulator, sha256));
	console.log(heading('Checks'));
	for (const sentence of passed) console.log(`✓ ${sentence}`);
	console.log(`\n${tarball.name} ${tarball.version}, Node.js ${process.version}\ndemo passed`);
}
