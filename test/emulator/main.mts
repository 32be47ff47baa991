import { parseOptions, runCommand } from '../host/command.mts';
import { CommandError } from '../host/errors.mts';
import { assertPortFree, readPort } from '../host/ports.mts';
import { startEmulator } from './emulator.mts';

const HELP = `npm run emulator [-- options]

Starts a local Cloudsquid emulator on 127.0.0.1.

  --port <number>        default: 8787
  --api-key <key>        default: demo-key-0000
  --pending-ms <number>  how long a run is pending (default: 150)
  --running-ms <number>  how long it is running after that (default: 350)
  --help                 show this help`;

await runCommand(async (cleanUp) => {
	const text = { type: 'string' } as const;
	const options = {
		help: { type: 'boolean', short: 'h' },
		port: text,
		'api-key': text,
		'pending-ms': text,
		'running-ms': text,
	} as const;
	const { values } = parseOptions(process.argv.slice(2), options, 'npm run emulator');
	if (values.help) {
		console.log(HELP);
		return 0;
	}
	const port = values.port === '0' ? 0 : readPort(values.port ?? '8787');
	if (port) await assertPortFree(port);
	const emulator = await startEmulator({
		port,
		...(values['api-key'] ? { apiKey: values['api-key'] } : {}),
		...readMs('pending-ms', 'pendingMs', values['pending-ms']),
		...readMs('running-ms', 'runningMs', values['running-ms']),
	});
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

function readMs(option: string, name: string, text: string | undefined): Record<string, number> {
	if (text === undefined) return {};
	if (/^\d+$/.test(text)) return { [name]: Number(text) };
	throw new CommandError(`--${option} must be a number, not "${text}".`);
}
