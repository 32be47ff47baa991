import path from 'node:path';
import { parseOptions } from '../host/command.mts';
import { Problem } from '../host/problem.mts';

/** The options on the command line. */
export interface BenchOptions {
	help: boolean;
	/** The names of the benchmarks to run; by default all of them. */
	only?: string[];
	/** How many times each value is measured. */
	runs: number;
	/** A smaller version, to check that everything works. Its results are not meaningful. */
	quick: boolean;
	/** A folder for CPU profiles of every n8n process. Profiling makes n8n slower. */
	profile?: string;
}

const RUNS = 3;

/** The output of `--help`. `names` are the available benchmarks. */
export function helpText(names: readonly string[]): string {
	return `npm run bench [-- options]

Compares the Cloudsquid node in a real n8n with alternatives, and writes docs/benchmarks.md.
Takes about 50 minutes and requires PostgreSQL and Redis. Don't use the machine for anything
else while it runs.

  --only <names>   run only these benchmarks, separated by commas, and don't write the file:
                   ${names.join(', ')}
  --runs <number>  how many times to measure each value (default: ${RUNS})
  --quick          use fewer and smaller documents, measure each value once, and don't write the
                   file; takes about 12 minutes, to check the benchmarks themselves
  --profile <path> save a CPU profile of each n8n process in this folder, and don't write the file;
                   this slows n8n down
  --help           show this help

Set CLOUDSQUID_HOSTS to use the n8n in a folder other than .hosts.`;
}

/** Parses the command line. Errors are reported before anything is set up. */
export function readArgs(args: readonly string[], names: readonly string[]): BenchOptions {
	const values = parse(args);
	const { help = false, quick = false } = values;
	const runs = values.runs === undefined ? (quick ? 1 : RUNS) : readCount(values.runs);
	const only = values.only?.split(',').map((name) => name.trim());
	const unknown = only?.find((name) => !names.includes(name));
	if (unknown !== undefined) {
		throw new Problem(`Unknown benchmark "${unknown}". Available benchmarks: ${names.join(', ')}.`);
	}
	const profile = values.profile === undefined ? undefined : path.resolve(values.profile);
	return { help, quick, runs, ...(only ? { only } : {}), ...(profile ? { profile } : {}) };
}

function parse(args: readonly string[]) {
	const options = {
		help: { type: 'boolean', short: 'h' },
		only: { type: 'string' },
		profile: { type: 'string' },
		quick: { type: 'boolean' },
		runs: { type: 'string' },
	} as const;
	return parseOptions(args, options, 'npm run bench').values;
}

function readCount(text: string): number {
	if (/^[1-9]\d?$/.test(text)) return Number(text);
	throw new Problem(`--runs must be a number from 1 to 99, not "${text}".`);
}
