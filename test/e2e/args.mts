import { parseOptions } from '../host/command.mts';
import { Problem } from '../host/problem.mts';
import type { HostVersion } from '../host/versions.mts';
import { HOST_VERSIONS } from '../host/versions.mts';
import { listSuites } from './suites.mts';

/** What the command line asks for. */
export interface TestOptions {
	help: boolean;
	/** The releases of n8n to run on. */
	hosts: readonly HostVersion[];
	/** The suites to run, of those that a release has; all of them when left out. */
	only?: readonly string[];
}

/** What `--help` prints. */
export function helpText(): string {
	const versions = HOST_VERSIONS.map(({ n8n }) => n8n).join(', ');
	return `npm run test:e2e [-- options]

Installs the packed package into a real n8n and uses it there, against a local Cloudsquid emulator.
Each n8n is set up once, into .hosts/ (3 to 8 minutes and 3 GB each). The newest has all suites; they
take about ten minutes and need Chromium, PostgreSQL and Redis.

  --all            run on every n8n: ${versions}
  --n8n <version>  run on this one
  --only <names>   run these suites alone, separated by commas:
                   ${listSuites().join(', ')}
  --help           show this

N8N_URL names an n8n that is running already, with this package installed and N8N_EMAIL and
N8N_PASSWORD to log in with: the smoke suite is run there. It must reach this machine's 127.0.0.1,
where the emulator listens, as a container with the host's network does.
CLOUDSQUID_HOSTS names another folder than .hosts to install into, CHROMIUM another browser.`;
}

/** Reads the command line. What is wrong with it is said before anything is set up. */
export function readArgs(args: readonly string[]): TestOptions {
	const options = {
		help: { type: 'boolean', short: 'h' },
		all: { type: 'boolean' },
		n8n: { type: 'string' },
		only: { type: 'string' },
	} as const;
	const { help = false, all, n8n, only } = parseOptions(args, options, 'npm run test:e2e').values;
	const hosts = all ? HOST_VERSIONS : [findHost(n8n)];
	return { help, hosts, ...(only === undefined ? {} : { only: readSuites(only) }) };
}

function findHost(n8n?: string): HostVersion {
	const found =
		n8n === undefined ? HOST_VERSIONS[0] : HOST_VERSIONS.find((each) => each.n8n === n8n);
	if (found) return found;
	const known = HOST_VERSIONS.map((each) => each.n8n).join(', ');
	throw new Problem(`--n8n takes one of ${known}, not "${n8n}".`);
}

function readSuites(text: string): string[] {
	const known = listSuites();
	const names = text.split(',').map((name) => name.trim());
	const unknown = names.find((name) => !known.includes(name));
	if (unknown === undefined) return names;
	throw new Problem(`There is no suite "${unknown}"; there are: ${known.join(', ')}.`);
}
