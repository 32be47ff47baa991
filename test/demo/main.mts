import { runCommand } from '../host/command.mts';
import { STEPS } from '../host/examples.mts';
import { heading } from '../host/tables.mts';
import { readArgs } from './args.mts';
import { check, rowOf } from './checks.mts';
import { runDemo } from './demo.mts';
import { requestTable, stepTable } from './report.mts';

await runCommand(async (cleanUp) => {
	const { tarball, emulator, execution, sha256 } = await runDemo(readArgs(), cleanUp);
	console.log(`${heading('Steps')}\n${stepTable(execution, emulator?.requests)}`);
	if (emulator) {
		console.log(`${heading('What the emulator received')}\n${requestTable(emulator.requests)}`);
	}
	const { data } = rowOf(execution, STEPS.extract);
	console.log(`${heading('Extracted data')}\n${JSON.stringify(data, null, 2)}`);
	const passed = check(execution, sha256, emulator);
	console.log(`${heading('Checks')}\n${passed.map((text) => `✓ ${text}`).join('\n')}`);
	console.log(`\n${tarball.name} ${tarball.version}, Node.js ${process.version}\ndemo passed`);
	return 0;
});
