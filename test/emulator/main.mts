import { parseOptions, runCommand } from '../host/command.mts';
import { assertPortFree, readPort } from '../host/ports.mts';
import { startEmulator } from './emulator.mts';

const HELP = `npm run emulator [-- options]

Starts a local Cloudsquid emulator on 127.0.0.1.

  --port <number>  default: 8787
  --api-key <key>  default: demo-key-0000
  --help           show this help`;

await runCommand(async (cleanUp) => {
	const options = {
		help: { type: 'boolean', short: 'h' },
		port: { type: 'string', default: '8787' },
		'api-key': { type: 'string', default: 'demo-key-0000' },
	} as const;
	const { values } = parseOptions(process.argv.slice(2), options, 'npm run emulator');
	if (values.help) {
		console.log(HELP);
		return 0;
	}
	const port = values.port === '0' ? 0 : readPort(values.port);
	if (port) await assertPortFree(port);
	const emulator = await startEmulator({ port, apiKey: values['api-key'] });
	await cleanUp.add(async () => await emulator.close());
	console.log(
		[
			'The emulator is running. Ctrl+C stops it.',
			`  Base URL         ${emulator.baseUrl}`,
			`  API key          ${emulator.apiKey}`,
			`  Project          ${emulator.project}`,
			`  Table            ${emulator.tableId}`,
			`  Reconcile table  ${emulator.reconcileTableId}`,
			`  Request log      ${emulator.origin}/_emulator/log`,
		].join('\n'),
	);
	return await new Promise<never>(() => undefined);
});
