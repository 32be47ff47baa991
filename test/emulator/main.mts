import { parseOptions, runCommand } from '../host/command.mts';
import { readPort } from '../host/ports.mts';
import { startEmulator } from './emulator.mts';

const HELP = `npm run emulator [-- options]

Starts a local Cloudsquid emulator on 127.0.0.1.

  --port <number>  default: 8787
  --api-key <key>  default: demo-key-0000
  --help           show this help`;

await runCommand(async (cleanUp) => {
	const options = {
		port: { type: 'string', default: '8787' },
		'api-key': { type: 'string', default: 'demo-key-0000' },
	} as const;
	const { values } = parseOptions(HELP, options);
	const port = values.port === '0' ? 0 : await readPort(values.port);
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
