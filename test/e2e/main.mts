import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';
import { runCommand } from '../host/command.mts';
import { ensureHost } from '../host/setUp.mts';
import { heading, table } from '../host/tables.mts';
import { helpText, readArgs } from './args.mts';
import { fileOf, listSuites, suitesFor, suitesForRunning } from './suites.mts';

/** How the tests of one suite ended on one n8n. */
interface Count {
	passed: number;
	failed: number;
}

/** The counts of one n8n, by suite. */
interface Column {
	title: string;
	counts: Map<string, Count>;
}

await runCommand(async (_cleanUp, signal) => {
	const { help, hosts, only } = readArgs(process.argv.slice(2));
	if (help) {
		console.log(helpText());
		return 0;
	}
	const wanted = (suites: string[]) => suites.filter((name) => only?.includes(name) ?? true);
	const columns: Column[] = [];
	const { N8N_URL } = process.env;
	if (N8N_URL) {
		columns.push(await runSuites(N8N_URL, wanted(suitesForRunning()), signal));
	} else {
		for (const version of hosts) {
			const { n8nVersion, node } = await ensureHost(version.n8n);
			// Read by the tests' own processes, see `setting.mts`.
			process.env.CLOUDSQUID_N8N = n8nVersion;
			const title = `n8n ${n8nVersion}, Node.js ${node.version}`;
			columns.push(await runSuites(title, wanted(suitesFor(version)), signal));
		}
	}
	return report(columns);
});

/** Runs suites one after the other, each in a process of its own. */
async function runSuites(title: string, suites: string[], signal: AbortSignal): Promise<Column> {
	console.log(heading(title));
	const counts = new Map<string, Count>();
	for (const suite of suites) counts.set(suite, await runSuite(suite, signal));
	return { title, counts };
}

async function runSuite(suite: string, signal: AbortSignal): Promise<Count> {
	const count: Count = { passed: 0, failed: 0 };
	const tests = run({ files: [fileOf(suite)], concurrency: 1, signal });
	tests.on('test:pass', ({ details }) => void (details.type !== 'suite' && count.passed++));
	tests.on('test:fail', ({ details }) => void (details.type !== 'suite' && count.failed++));
	const shown = tests.compose(new spec());
	shown.pipe(process.stdout, { end: false });
	await finished(shown);
	return count;
}

/** Prints what was run where and how it ended; gives the exit code. */
function report(columns: readonly Column[]): number {
	const rows = listSuites().map((suite) => [
		suite,
		...columns.map(({ counts }) => describe(counts.get(suite))),
	]);
	console.log(heading('Suites and hosts'));
	console.log(table([['', ...columns.map(({ title }) => title)], ...rows]));
	const all = columns.flatMap(({ counts }) => [...counts.values()]);
	const passed = all.reduce((sum, count) => sum + count.passed, 0);
	const failed = all.reduce((sum, count) => sum + count.failed, 0);
	console.log(`\n${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0 ? 0 : 1;
}

function describe(count?: Count): string {
	if (!count) return '–';
	const { passed, failed } = count;
	return failed > 0 ? `${failed} failed, ${passed} passed` : `${passed} passed`;
}
