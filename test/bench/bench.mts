import type { CleanUp } from '../host/cleanUp.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { Tarball } from '../host/pack.mts';
import { buildAndPack } from '../host/pack.mts';
import { withProgress } from '../host/progress.mts';
import type { Host } from '../host/setUp.mts';
import { ensureHost } from '../host/setUp.mts';
import type { BenchOptions } from './args.mts';
import { EmulatorProcess } from './emulatorProcess.mts';

/** What all benchmarks share. */
export interface Bench {
	host: Host;
	tarball: Tarball;
	emulator: EmulatorProcess;
	/** The folder for documents, which n8n can read. */
	folder: string;
	/** How many times each value is measured. */
	runs: number;
	quick: boolean;
	/** Additional settings for each n8n process. */
	settings: Record<string, string>;
}

/** Builds the package and starts the emulator. `cleanUp` stops the emulator afterwards. */
export async function openBench(options: BenchOptions, cleanUp: CleanUp): Promise<Bench> {
	const host = await ensureHost();
	const tarball = await withProgress(
		'Building and packing the package',
		undefined,
		async () => await buildAndPack(temporaryFolder('package')),
		({ name, version }) => `Built and packed ${name} ${version}`,
	);
	const emulator = await EmulatorProcess.start();
	await cleanUp.add(async () => await emulator.stop());
	const { runs, quick, profile } = options;
	const folder = temporaryFolder('bench');
	const settings: Record<string, string> = profile
		? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` }
		: {};
	return { host, tarball, emulator, folder, runs, quick, settings };
}

/** Repeats a measurement as many times as `--runs` specifies. */
export async function repeat<T>({ runs }: Bench, take: () => Promise<T>): Promise<T[]> {
	const takes: T[] = [];
	for (let run = 0; run < runs; run++) takes.push(await take());
	return takes;
}
