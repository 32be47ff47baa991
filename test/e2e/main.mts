import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import execa from 'execa';
import type { CleanUp } from '../host/command.mts';
import { parseOptions, runCommand } from '../host/command.mts';
import { CommandError } from '../host/errors.mts';
import { projectFolder, temporaryFolder } from '../host/folders.mts';
import { ensureHost } from '../host/setUp.mts';
import { heading, table } from '../host/tables.mts';
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

/** How the tests of a suite ended: the numbers of passed and failed tests. */
type Counts = Map<string, { passed: number; failed: number }>;

await runCommand(async (cleanUp) => {
	const { help, versions, suites } = readArgs(process.argv.slice(2));
	if (help) {
		console.log(HELP);
		return 0;
	}
	const results: Array<[title: string, counts: Counts]> = [];
	const { N8N_URL } = process.env;
	if (N8N_URL) {
		const names = suites.filter((suite) => SUITES_WITHOUT_RESTART.includes(suite));
		results.push([N8N_URL, await runSuites(N8N_URL, names, {}, cleanUp)]);
	}
	for (const version of N8N_URL ? [] : versions) {
		const { node } = await ensureHost(version);
		const title = `n8n ${version}, Node.js ${node.version}`;
		const isNewest = version === VERSIONS[0];
		const names = suites.filter((name) => isNewest || SUITES_OF_OLDER_VERSIONS.includes(name));
		const env = { CLOUDSQUID_N8N: version };
		results.push([title, await runSuites(title, names, env, cleanUp)]);
	}
	return report(results);
});

function readArgs(args: readonly string[]) {
	const options = {
		help: { type: 'boolean', short: 'h' },
		all: { type: 'boolean' },
		n8n: { type: 'string' },
		only: { type: 'string' },
	} as const;
	const { values } = parseOptions(args, options, 'npm run test:e2e');
	const { help, all, n8n = VERSIONS[0]!, only } = values;
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
	return { help, versions: all ? VERSIONS : [n8n], suites };
}

/** Runs suites one after the other, and shows their output. */
async function runSuites(
	title: string,
	suites: string[],
	env: Record<string, string>,
	cleanUp: CleanUp,
): Promise<Counts> {
	console.log(heading(title));
	const counts: Counts = new Map();
	if (suites.length === 0) return counts;
	const output = path.join(temporaryFolder('e2e'), 'results.json');
	const files = `/(${suites.join('|')})\\.test\\.mts$`;
	const flags = ['--runInBand', '--verbose', '--maxConcurrency=2', '--testTimeout=300000'];
	const environment = ['--testEnvironment', './test/e2e/environment.cjs'];
	const json = ['--json', '--outputFile', output];
	const args = ['jest', '--roots', 'test/e2e', ...flags, ...environment, ...json, files];
	const jest = execa('npx', args, {
		cwd: projectFolder,
		env,
		stdio: ['ignore', 'ignore', 'inherit'],
		reject: false,
	});
	await cleanUp.add(async () => {
		jest.kill('SIGTERM');
		await jest;
	});
	await jest;
	const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as {
		testResults: Array<{
			name: string;
			status: string;
			assertionResults: Array<{ status: string }>;
		}>;
	};
	for (const { name, status, assertionResults } of testResults) {
		const passed = assertionResults.filter((test) => test.status === 'passed').length;
		const failed = assertionResults.length - passed;
		const suite = path.basename(name, '.test.mts');
		counts.set(suite, { passed, failed: failed || (status === 'passed' ? 0 : 1) });
	}
	return counts;
}

/** Prints which suites ran where and how they ended, and returns the exit code. */
function report(results: ReadonlyArray<[title: string, counts: Counts]>): number {
	const rows = SUITES.map((suite) => {
		const cells = results.map(([, counts]) => {
			const { passed, failed } = counts.get(suite) ?? {};
			if (passed === undefined) return '–';
			return failed ? `${failed} failed, ${passed} passed` : `${passed} passed`;
		});
		return [suite, ...cells];
	});
	console.log(heading('Suites and hosts'));
	console.log(table([['', ...results.map(([title]) => title)], ...rows]));
	const all = results.flatMap(([, counts]) => [...counts.values()]);
	const passed = all.reduce((sum, count) => sum + count.passed, 0);
	const failed = all.reduce((sum, count) => sum + count.failed, 0);
	console.log(`\n${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0 ? 0 : 1;
}
