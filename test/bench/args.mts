import path from 'node:path';
import { parseOptions } from '../host/command.mts';
import { Problem } from '../host/problem.mts';

/** What the command line asks for. */
export interface BenchOptions {
	help: boolean;
	/** The names of the measures to take; all of them when left out. */
	only?: string[];
	/** How often each figure is taken. */
	runs: number;
	/** A smaller form, to see that everything works; its figures say little. */
	quick: boolean;
	/** A folder for CPU profiles of every n8n; profiling makes it slower. */
	profile?: string;
}

const RUNS = 3;

/** What `--help` prints; `names` are the measures there are. */
export function helpText(names: readonly string[]): string {
	return `npm run bench [-- options]

Measures the Cloudsquid node in a real n8n against what else could be built, and writes
docs/benchmarks.md. Takes about 50 minutes and needs PostgreSQL and Redis; use the machine for
nothing else meanwhile.

  --only <names>   take these measures alone, separated by commas, and write no file:
                   ${names.join(', ')}
  --runs <number>  how often each figure is taken, default ${RUNS}
  --quick          fewer and smaller documents, each figure once, and no file is written:
                   about 12 minutes, to check the benchmark itself
  --profile <path> also put a CPU profile of each n8n into this folder; it slows n8n down, and no file
                   is written
  --help           show this

CLOUDSQUID_HOSTS names another folder than .hosts for the n8n to use.`;
}

/** Reads the command line. What is wrong with it is said before anything is set up. */
export function readArgs(args: readonly string[], names: readonly string[]): BenchOptions {
	const values = parse(args);
	const { help = false, quick = false } = values;
	const runs = values.runs === undefined ? (quick ? 1 : RUNS) : readCount(values.runs);
	const only = values.only?.split(',').map((name) => name.trim());
	const unknown = only?.find((name) => !names.includes(name));
	if (unknown !== undefined) {
		throw new Problem(`There is no measure "${unknown}"; there are: ${names.join(', ')}.`);
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
	return parseOptions(args, options, 'npm run bench');
}

function readCount(text: string): number {
	if (/^[1-9]\d?$/.test(text)) return Number(text);
	throw new Problem(`--runs takes a number from 1 to 99, not "${text}".`);
}
