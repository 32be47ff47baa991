import { readFileSync } from 'node:fs';
import { plainEnvironment } from '../host/environment.mts';
import { logFile, projectFolder } from '../host/folders.mts';
import { Problem } from '../host/problem.mts';
import { run } from '../host/processes.mts';
import type { Bench } from './bench.mts';
import type { Place } from './emulatorProcess.mts';

/** What the baseline client does, and where. */
export type BareTask = { place: Place } & BareWork;

export type BareWork =
	| { kind: 'extract' | 'upload' | 'startRun'; files: readonly string[] }
	| { kind: 'getRuns'; count: number; runId: string };

/** Runs the baseline client and returns its output. The emulator's request log shows how long it took. */
export async function runBareClient({ host, emulator }: Bench, work: BareWork): Promise<string> {
	return await runScript(host.node.file, 'bareClient.mts', [
		JSON.stringify({ place: emulator.place, ...work } satisfies BareTask),
	]);
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
	if (code !== 0) throw new Problem(`${script} failed.`, log);
	return readFileSync(log, 'utf8').trim();
}
