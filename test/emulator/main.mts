import { parseArgs } from 'node:util';
import type { EmulatorOptions } from './emulator.mts';
import { startEmulator } from './emulator.mts';
import { messageOf } from './types.mts';

const usage = `Starts a local Cloudsquid on 127.0.0.1.

  --port <number>            default 8787
  --api-key <key>            default demo-key-0000
  --pending-ms <number>      how long a run is pending, default 150
  --running-ms <number>      how long it runs after that, default 350
  --run-answer row|result    the shape of the answer to Get Run, default row
  --settings-answer settings|empty
  --max-in-flight <number>   answers 429 above this many requests at once
  --latency-ms <number>      delays every answer
  --separate-storage         serves downloads from a port of their own
  --help`;

/** Reads the command line; undefined when only help was asked for. */
function readOptions(): EmulatorOptions | undefined {
	const text = { type: 'string' } as const;
	const { values } = parseArgs({
		options: {
			port: { ...text, default: '8787' },
			'api-key': text,
			'pending-ms': text,
			'running-ms': text,
			'run-answer': text,
			'settings-answer': text,
			'max-in-flight': text,
			'latency-ms': text,
			'separate-storage': { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) return undefined;
	const options: EmulatorOptions = {
		port: readNumber('port', values.port),
		apiKey: values['api-key'],
		pendingMs: readNumber('pending-ms', values['pending-ms']),
		runningMs: readNumber('running-ms', values['running-ms']),
		runAnswer: readChoice('run-answer', values['run-answer'], ['row', 'result'] as const),
		settingsAnswer: readChoice('settings-answer', values['settings-answer'], [
			'settings',
			'empty',
		] as const),
		maxInFlight: readNumber('max-in-flight', values['max-in-flight']),
		latencyMs: readNumber('latency-ms', values['latency-ms']),
		separateStorage: values['separate-storage'],
	};
	// What was not given must not stand in the way of the defaults.
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function readNumber(name: string, value: string | undefined): number | undefined {
	if (value === undefined) return undefined;
	if (!/^\d+$/.test(value)) throw new Error(`--${name} must be a number.`);
	return Number(value);
}

function readChoice<T extends string>(
	name: string,
	value: string | undefined,
	choices: readonly T[],
): T | undefined {
	const found = choices.find((choice) => choice === value);
	if (value !== undefined && !found) {
		throw new Error(`--${name} must be ${choices.join(' or ')}.`);
	}
	return found;
}

async function main(): Promise<void> {
	const options = readOptions();
	if (!options) return console.log(usage);
	const emulator = await startEmulator(options);
	console.log(
		[
			'A local Cloudsquid is running. Ctrl+C ends it.',
			`  Base URL         ${emulator.baseUrl}`,
			`  API key          ${emulator.apiKey}`,
			`  Project          ${emulator.project}`,
			`  Table            ${emulator.tableId}`,
			`  Reconcile table  ${emulator.reconcileTableId}`,
			`  Books            ${emulator.origin}/_emulator/summary`,
		].join('\n'),
	);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void emulator.close());
	}
}

function explain(error: unknown): string {
	const { code, port } = error as { code?: string; port?: number };
	if (code === 'EADDRINUSE') return `Port ${port} is in use; choose another one with --port.`;
	return messageOf(error);
}

main().catch((error: unknown) => {
	console.error(explain(error));
	process.exitCode = 1;
});
