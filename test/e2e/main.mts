import { readdirSync } from 'node:fs';
import path from 'node:path';
import execa from 'execa';
import type { CleanUp } from '../host/command.mts';
import { parseOptions, runCommand } from '../host/command.mts';
import { CommandError } from '../host/errors.mts';
import { projectFolder } from '../host/folders.mts';
import { ensureHost } from '../host/setUp.mts';
import { heading } from '../host/tables.mts';
import { HOST_VERSIONS } from '../host/versions.mts';

const SUITES = readdirSync(path.join(projectFolder, 'test/e2e'))
	.filter((name) => name.endsWith('.test.mts'))
	.map((name) => name.replace('.test.mts', ''));

/** The suites that run on every n8n. The others use what only the newest one has. */
const SUITES_OF_OLDER_VERSIONS = ['smoke', 'binaryModes'];

/** The suites that run on an n8n that is already running. */
const SUITES_WITHOUT_RESTART = ['smoke'];

const VERSIONS = HOST_VERSIONS.map(({ n8n }) => n8n);

const HELP = `npm run test:e2e [-- options]

Installs the packed package into a real n8n and tests it there with a local Cloudsquid emulator. Each
n8n is installed once, into .hosts/ (3 to 8 minutes and 3 GB each). All suites run on the newest one;
they take about ten minutes and need Chromium, PostgreSQL, and Redis.

  --all            test every n8n: ${VERSIONS.join(', ')}
  --n8n <version>  test this one
  --only <names>   run only these suites, separated by commas:
                   ${SUITES.join(', ')}
  --help           show this help

Set N8N_URL to run the smoke suite on an n8n that is already running and has this package, and
N8N_EMAIL and N8N_PASSWORD to log in to it. It must reach the emulator at 127.0.0.1 of this machine, as
a container in the host's network does. Set CLOUDSQUID_HOSTS to install into another folder than
.hosts, and CHROMIUM to use another browser.`;

await runCommand(async (cleanUp) => {
	const { versions, suites } = readArgs();
	const { N8N_URL } = process.env;
	if (N8N_URL) {
		const names = suites.filter((name) => SUITES_WITHOUT_RESTART.includes(name));
		return await runSuites(N8N_URL, names, {}, cleanUp);
	}
	const codes = new Map<string, number>();
	for (const version of versions) {
		const isNewest = version === VERSIONS[0];
		const names = suites.filter((name) => isNewest || SUITES_OF_OLDER_VERSIONS.includes(name));
		if (names.length === 0) continue;
		const { node } = await ensureHost(version);
		const title = `n8n ${version}, Node.js ${node.version}`;
		codes.set(version, await runSuites(title, names, { CLOUDSQUID_N8N: version }, cleanUp));
	}
	if (codes.size === 0) throw new CommandError(`${suites.join(', ')}: only on n8n ${VERSIONS[0]}.`);
	const failed = [...codes.keys()].filter((version) => codes.get(version) !== 0);
	if (failed.length > 0) console.error(`\nFailed on n8n ${failed.join(', ')}`);
	return failed.length > 0 ? 1 : 0;
});

function readArgs() {
	const options = {
		all: { type: 'boolean' },
		n8n: { type: 'string' },
		only: { type: 'string' },
	} as const;
	const { values } = parseOptions(HELP, options);
	const { all, n8n = VERSIONS[0]!, only } = values;
	if (!VERSIONS.includes(n8n)) {
		throw new CommandError(`--n8n must be one of ${VERSIONS.join(', ')}, not "${n8n}".`);
	}
	const suites = only?.split(',').map((name) => name.trim()) ?? SUITES;
	const unknown = suites.find((name) => !SUITES.includes(name));
	if (unknown !== undefined) {
		throw new CommandError(
			`There is no suite "${unknown}". Available suites: ${SUITES.join(', ')}.`,
		);
	}
	return { versions: all ? VERSIONS : [n8n], suites };
}

/** Runs suites one after the other, shows their output, and returns the exit code. */
async function runSuites(
	title: string,
	suites: string[],
	env: Record<string, string>,
	cleanUp: CleanUp,
): Promise<number> {
	console.log(heading(title));
	const files = `/(${suites.join('|')})\\.test\\.mts$`;
	const flags = ['--runInBand', '--verbose', '--maxConcurrency=2', '--testTimeout=300000'];
	const environment = ['--testEnvironment', './test/e2e/environment.cjs'];
	const args = ['--roots', 'test/e2e', ...flags, ...environment, files];
	// Not through npx, which would not pass a signal on.
	const options = { cwd: projectFolder, preferLocal: true, env, stdio: 'inherit' } as const;
	const jest = execa('jest', args, { ...options, reject: false });
	await cleanUp.add(async () => {
		jest.kill('SIGTERM');
		await jest;
	});
	return (await jest).exitCode ?? 1;
}
