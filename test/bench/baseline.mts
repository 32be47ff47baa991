import { readFileSync } from 'node:fs';
import { plainEnvironment } from '../host/environment.mts';
import { logFile, projectFolder } from '../host/folders.mts';
import { CommandError } from '../host/errors.mts';
import { run } from '../host/processes.mts';
import type { Bench } from './bench.mts';
import type { Place, Verify } from './emulatorProcess.mts';
import type { Measurement } from './metrics.mts';
import { measurement } from './metrics.mts';

/** What the baseline client does. */
export type BaselineWork =
	| { kind: 'extract' | 'upload'; files: readonly string[] }
	| { kind: 'getRuns'; count: number; runId: string };

/** What the baseline client does, and where. */
export type BaselineTask = { place: Place } & BaselineWork;

/** Runs the baseline client in a separate process and measures it. */
export async function measureBaseline(
	{ host, emulator }: Bench,
	work: BaselineWork,
	verify: Verify,
): Promise<Measurement> {
	const task: BaselineTask = { place: emulator.place, ...work };
	const { duration } = await emulator.time(
		async () => await runScript(host.node.file, 'baselineClient.mts', [JSON.stringify(task)]),
		verify,
	);
	return measurement({ duration });
}

/** Runs a script of this folder in a separate process, with n8n's version of Node.js, and returns its output. */
export async function runScript(
	node: string,
	script: string,
	args: readonly string[],
	env: Record<string, string> = {},
): Promise<string> {
	const log = logFile('bench-script');
	const { code, error } = await run(node, [`test/bench/${script}`, ...args], {
		cwd: projectFolder,
		env: { ...plainEnvironment(), ...env },
		log,
	});
	if (error) throw error;
	if (code !== 0) throw new CommandError(`${script} failed.`, log);
	return readFileSync(log, 'utf8').trim();
}
