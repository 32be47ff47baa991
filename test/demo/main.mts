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
	const demo = await runDemo(options, cleanUp);
	report(demo);
	if (options.keep) await keepOpen(demo);
	return 0;
});

/** Prints what came of the demo; throws where something is not as it must be, after the tables that show it. */
function report({ host, tarball, emulator, workflow, execution, sha256 }: Demo): void {
	console.log(`${heading('Where each step ran')}\n${stepTable(execution, workflow)}`);
	if (emulator) {
		console.log(`${heading('What the emulator received')}\n${requestTable(emulator.requests)}`);
	}
	const rows = readRows(execution);
	console.log(`${heading('Extracted data')}\n${JSON.stringify(rows.extract.data, null, 2)}`);
	const passed = checkRows(rows);
	if (emulator) passed.push(...checkAgainstEmulator(rows, emulator, sha256));
	console.log(heading('Checked'));
	for (const sentence of passed) console.log(`✓ ${sentence}`);
	const versions = `n8n ${host.n8nVersion}, Node.js ${host.node.version}, ${tarball.name} ${tarball.version}`;
	console.log(`\n${versions}\ndemo passed`);
}

/** Waits for the end that only a signal brings. */
async function keepOpen({ server, emulator, workflow }: Demo): Promise<never> {
	console.log(heading('Open until Ctrl+C'));
	console.log(`workflow  ${server.baseUrl}/workflow/${workflow.id}`);
	console.log(`log in    ${server.owner.email}  ${server.owner.password}`);
	if (emulator) console.log(`emulator  ${emulator.baseUrl}  key ${emulator.apiKey}`);
	console.log(`process   ${process.pid}`);
	return await new Promise<never>(() => setInterval(() => undefined, 60_000));
}
