import path from 'node:path';
import { parseOptions, runCommand } from '../host/command.mts';
import { describeError, CommandError } from '../host/errors.mts';
import { withProgress } from '../host/progress.mts';
import { openBench, type Bench, type Measure, type Outcome } from './bench.mts';
import { completionLag } from './measures/completionLag.mts';
import { manyDocuments } from './measures/documents.mts';
import { growth, manyItems } from './measures/getRun.mts';
import { largeFile, severalFiles } from './measures/largeFiles.mts';
import { loading } from './measures/loading.mts';
import { queueMode } from './measures/queueMode.mts';
import { showOutcome, writeReport } from './report.mts';

/** All benchmarks, in the order of the report. */
const MEASURES: readonly Measure[] = [
	manyDocuments,
	largeFile,
	severalFiles,
	manyItems,
	growth,
	completionLag,
	loading,
	queueMode,
];
const NAMES = MEASURES.map(({ name }) => name);
const RUNS = 3;

const HELP = `npm run bench [-- options]

Compares the Cloudsquid node in a real n8n with alternatives, and writes docs/benchmarks.md.
Takes about 50 minutes and requires PostgreSQL and Redis. Don't use the machine for anything
else while it runs.

  --only <names>   run only these benchmarks, separated by commas, and don't write the file:
                   ${NAMES.join(', ')}
  --runs <number>  how many times to measure each value (default: ${RUNS})
  --quick          use fewer and smaller documents, measure each value once, and don't write the
                   file; takes about 12 minutes, to check the benchmarks themselves
  --profile <path> save a CPU profile of each n8n process in this folder, and don't write the file;
                   this slows n8n down
  --help           show this help

Set CLOUDSQUID_HOSTS to use the n8n in a folder other than .hosts.`;

await runCommand(async (_cleanUp, signal) => {
	const { only, ...options } = readArgs();
	const bench = await openBench(options);
	const outcomes: Outcome[] = [];
	for (const measure of MEASURES.filter(({ name }) => only?.includes(name) ?? true)) {
		const outcome = await run(measure, bench, signal);
		console.log(showOutcome(outcome));
		outcomes.push(outcome);
	}
	if (!only && !options.quick && !options.profile) {
		console.log(`\nWritten: ${await writeReport(bench, outcomes)}`);
	}
	return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
});

function readArgs() {
	const { values } = parseOptions(HELP, {
		only: { type: 'string' },
		profile: { type: 'string' },
		quick: { type: 'boolean', default: false },
		runs: { type: 'string' },
	});
	const { quick, runs = String(quick ? 1 : RUNS), profile } = values;
	if (!/^[1-9]\d?$/.test(runs)) {
		throw new CommandError(`--runs must be a number from 1 to 99, not "${runs}".`);
	}
	const only = values.only?.split(',').map((name) => name.trim());
	const unknown = only?.find((name) => !NAMES.includes(name));
	if (unknown !== undefined) {
		throw new CommandError(`There is no benchmark "${unknown}", only ${NAMES.join(', ')}.`);
	}
	return { quick, runs: Number(runs), only, profile: profile && path.resolve(profile) };
}

/** Runs one benchmark. If it fails, the others still run. */
async function run(measure: Measure, bench: Bench, signal: AbortSignal): Promise<Outcome> {
	const { title } = measure;
	const work = async () => await measure.run(bench);
	try {
		const result = await withProgress(`Measuring: ${title}`, work, () => title);
		return { measure, result };
	} catch (error) {
		if (signal.aborted) throw error;
		return { measure, failure: describeError(error) };
	}
}
