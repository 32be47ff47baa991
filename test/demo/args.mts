import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseOptions } from '../host/command.mts';
import { projectFolder } from '../host/folders.mts';
import { Problem } from '../host/problem.mts';

/** What the command line asks for. */
export interface DemoOptions {
	help: boolean;
	keep: boolean;
	port?: number;
	/** The document to send. */
	file: string;
	/** Set when the real service is meant. */
	live?: LiveOptions;
}

/** How to reach the real service, and what of it to use. */
export interface LiveOptions {
	apiKey: string;
	baseUrl?: string;
	project: string;
	table: string;
}

export const HELP = `npm run demo [-- options]

Runs the Cloudsquid node in a real n8n on a sample invoice, against a local Cloudsquid emulator.
The first run installs n8n into .hosts/ (about 8 minutes and 3 GB); later runs take half a minute.

  --keep            leave n8n open afterwards, to look at the workflow; Ctrl+C ends it
  --port <number>   the port n8n listens on; a free one unless given
  --file <path>     send this document in place of examples/sample-invoice.pdf
  --live            use the real Cloudsquid; CLOUDSQUID_API_KEY must be set (and CLOUDSQUID_BASE_URL
                    may be), and --project, --table and --file are needed
  --project <name>  with --live: the project
  --table <id>      with --live: the ID of an extraction table in it
  --help            show this

CLOUDSQUID_HOSTS names another folder than .hosts to install into.`;

export const SAMPLE_FILE = path.join(projectFolder, 'examples/sample-invoice.pdf');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the command line. What is wrong with it is said before anything is set up. */
export function readArgs(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
	const values = parse(args);
	if (values.help) return { help: true, keep: false, file: SAMPLE_FILE };
	const port = values.port === undefined ? undefined : readPort(values.port);
	const live = values.live ? readLive(values, env) : undefined;
	if (!live && (values.project !== undefined || values.table !== undefined)) {
		throw new Problem('--project and --table are for --live; the local emulator has its own.');
	}
	const file = values.file === undefined ? SAMPLE_FILE : readFile(values.file, env);
	const { keep = false } = values;
	return {
		help: false,
		keep,
		file,
		...(port === undefined ? {} : { port }),
		...(live ? { live } : {}),
	};
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
	const options = {
		help: { type: 'boolean', short: 'h' },
		keep: { type: 'boolean' },
		live: { type: 'boolean' },
		port: { type: 'string' },
		file: { type: 'string' },
		project: { type: 'string' },
		table: { type: 'string' },
	} as const;
	return parseOptions(args, options, 'npm run demo');
}

function readPort(text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
	throw new Problem(`--port takes a number from 1 to 65535, not "${text}".`);
}

function readLive(values: Values, env: NodeJS.ProcessEnv): LiveOptions {
	const apiKey = env.CLOUDSQUID_API_KEY;
	if (!apiKey) throw new Problem('--live needs an API key: set CLOUDSQUID_API_KEY.');
	const { project, table, file } = values;
	if (!project) throw new Problem('--live needs the name of a project: add --project <name>.');
	if (!table) throw new Problem('--live needs an extraction table: add --table <id>.');
	if (!UUID.test(table)) throw new Problem(`--table takes a table ID (a UUID), not "${table}".`);
	if (!file) throw new Problem('--live needs a document to send: add --file <path>.');
	const baseUrl = env.CLOUDSQUID_BASE_URL;
	return { apiKey, project, table, ...(baseUrl ? { baseUrl } : {}) };
}

function readFile(file: string, env: NodeJS.ProcessEnv): string {
	// npm runs this in the package's folder, and says from which folder it was called.
	const resolved = path.resolve(env.INIT_CWD ?? '.', file);
	if (!existsSync(resolved)) throw new Problem(`There is no file ${resolved}.`);
	if (!statSync(resolved).isFile()) throw new Problem(`${resolved} is not a file.`);
	return resolved;
}
