import execa from 'execa';
import { plainEnvironment } from '../host/environment.mts';
import { projectFolder } from '../host/folders.mts';
import type { Bench } from './bench.mts';
import type { Place, Verify } from './emulatorProcess.mts';
import { measurement, type Measurement } from './metrics.mts';

/** What the baseline client does for each file or run ID, and where. */
export interface BaselineTask {
	place: Place;
	kind: 'extract' | 'upload' | 'getRun';
	items: readonly string[];
}

/** Runs the baseline client in a separate process and measures it. */
export async function measureBaseline(
	{ host, emulator }: Bench,
	kind: BaselineTask['kind'],
	items: readonly string[],
	verify: Verify,
): Promise<Measurement> {
	const task: BaselineTask = { place: emulator.place, kind, items };
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
	const { stdout } = await execa(node, [`test/bench/${script}`, ...args], {
		cwd: projectFolder,
		env: { ...plainEnvironment(), ...env },
		extendEnv: false,
	});
	return stdout;
}
