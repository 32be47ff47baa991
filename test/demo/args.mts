import { statSync } from 'node:fs';
import path from 'node:path';
import { parseOptions } from '../host/command.mts';
import { CommandError } from '../host/errors.mts';
import { SAMPLE_FILE } from '../host/examples.mts';

export type DemoOptions = ReturnType<typeof readArgs>;

const HELP = `npm run demo [-- file] [-- options]

Runs the packed node on n8n's engine in this process, with a local Cloudsquid emulator. Sends
examples/sample-invoice.pdf, or the file that you name.

  --live            use the live service; CLOUDSQUID_API_KEY must be set (and CLOUDSQUID_BASE_URL can
                    be), and --project, --table, and a file are required
  --project <name>  with --live: the project
  --table <id>      with --live: the ID of an extraction table in the project
  --help            show this help

To see the node in the n8n editor, use npm run n8n.`;

const DEFAULT_BASE_URL = 'https://api.cloudsquid.io/api';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns the document to send, and where, if to the live service. @throws CommandError */
export function readArgs() {
	const options = {
		live: { type: 'boolean' },
		project: { type: 'string' },
		table: { type: 'string' },
	} as const;
	const { values, positionals } = parseOptions(HELP, options, true);
	if (positionals.length > 1) throw new CommandError('The demo sends one file: name only one.');
	const [name] = positionals;
	const file = name === undefined ? SAMPLE_FILE : findFile(name);
	if (values.live) return { file, live: readLive(values.project, values.table, name) };
	if (values.project === undefined && values.table === undefined) return { file };
	throw new CommandError('--project and --table are for --live: the emulator has its own.');
}

function readLive(project = '', table = '', file?: string) {
	const { CLOUDSQUID_API_KEY: apiKey = '', CLOUDSQUID_BASE_URL: baseUrl } = process.env;
	const problem =
		(!apiKey && '--live needs an API key: set CLOUDSQUID_API_KEY.') ||
		(!project && '--live needs the name of a project: add --project <name>.') ||
		(!table && '--live needs an extraction table: add --table <id>.') ||
		(!UUID.test(table) && `--table must be a table ID (a UUID), not "${table}".`) ||
		(file === undefined && '--live needs a document to send: name a file.');
	if (problem) throw new CommandError(problem);
	return { apiKey, baseUrl: baseUrl || DEFAULT_BASE_URL, project, table };
}

function findFile(file: string): string {
	// npm runs this in the package's folder, and says in which folder it was called.
	const resolved = path.resolve(process.env.INIT_CWD ?? '.', file);
	const stats = statSync(resolved, { throwIfNoEntry: false });
	if (!stats) throw new CommandError(`There is no file ${resolved}.`);
	if (!stats.isFile()) throw new CommandError(`${resolved} is not a file.`);
	if (stats.size === 0) throw new CommandError(`${resolved} is empty.`);
	return resolved;
}
