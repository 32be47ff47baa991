import { temporaryFolder } from '../host/folders.mts';
import { buildAndPack, type Tarball } from '../host/pack.mts';
import { withProgress } from '../host/progress.mts';
import { ensureHost, type Host } from '../host/setUp.mts';
import { EmulatorProcess } from './emulatorProcess.mts';
import { mediansOf, type Measurement, type Metric } from './metrics.mts';

/** The options on the command line that the benchmarks need. */
export interface BenchOptions {
	/** How many times each value is measured. */
	runs: number;
	/** A smaller version, to check that everything works. Its results are not meaningful. */
	quick: boolean;
	/** A folder for CPU profiles of every n8n process. Profiling makes n8n slower. */
	profile?: string;
}

export interface Bench extends BenchOptions {
	host: Host;
	tarball: Tarball;
	emulator: EmulatorProcess;
	/** The folder for documents, which n8n can read. */
	folder: string;
	/** Additional settings for each n8n process. */
	settings: Record<string, string>;
}

export interface Measure {
	name: string;
	title: string;
	how: string;
	run(bench: Bench): Promise<Result>;
}

export interface Result {
	metrics: Metric[];
	/** The absolute values behind the metrics: a row of headings, then rows of cells. */
	context: string[][];
}

export interface Outcome {
	measure: Measure;
	/** Missing if the benchmark failed. */
	result?: Result;
	failure?: string;
}

/** Builds the package and starts the emulator. */
export async function openBench(options: BenchOptions): Promise<Bench> {
	const host = await ensureHost();
	const tarball = await withProgress(
		'Building and packing the package',
		buildAndPack,
		({ name, version }) => `Built and packed ${name} ${version}`,
	);
	const emulator = await EmulatorProcess.start();
	const profiling = `--cpu-prof --cpu-prof-dir=${options.profile}`;
	const settings: Record<string, string> = options.profile ? { NODE_OPTIONS: profiling } : {};
	return { ...options, host, tarball, emulator, folder: temporaryFolder('bench'), settings };
}

/** Measures each implementation in turn, as many times as `--runs` specifies, and in alternating order. */
export async function measureRounds<T extends string>(
	{ runs }: Bench,
	implementations: Record<T, () => Promise<Measurement>>,
): Promise<{ all: Record<T, Measurement[]>; medians: Record<T, Measurement> }> {
	const names = Object.keys(implementations) as T[];
	const all = {} as Record<T, Measurement[]>;
	for (let round = 0; round < runs; round++) {
		for (const name of round % 2 === 0 ? names : names.toReversed()) {
			(all[name] ??= []).push(await implementations[name]());
		}
	}
	const medians = names.map((name) => [name, mediansOf(all[name])]);
	return { all, medians: Object.fromEntries(medians) as Record<T, Measurement> };
}
