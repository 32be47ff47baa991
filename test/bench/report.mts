import { cpus, totalmem, type } from 'node:os';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { table as markdownTable } from '../docs/markdown.mts';
import { projectFolder } from '../host/folders.mts';
import { heading, table } from '../host/tables.mts';
import type { Bench, Outcome } from './bench.mts';
import type { Metric } from './metrics.mts';

const HEADINGS = ['Metric', 'Result', 'Goal', ''];

/** The outcome of a benchmark, for the terminal. */
export function showOutcome({ measure, result, failure }: Outcome): string {
	if (!result) return `${heading(measure.title)}\n✗ ${failure}`;
	const metrics = table([HEADINGS, ...result.metrics.map(cellsOf)], [1, 2]);
	return `${heading(measure.title)}\n${metrics}\n\n${table(result.context)}`;
}

/** Writes `docs/benchmarks.md`. */
export async function writeReport(bench: Bench, outcomes: readonly Outcome[]): Promise<string> {
	const file = path.join(projectFolder, 'docs/benchmarks.md');
	const rows = outcomes.flatMap(({ measure, result, failure }) =>
		result
			? // The title is only in the first row.
				result.metrics.map((metric, index) => [index ? '' : measure.title, ...cellsOf(metric)])
			: [[measure.title, failure!, '', '', '✗']],
	);
	const summary = markdownTable(['', ...HEADINGS.slice(0, 3), 'Met'], rows);
	const details = outcomes.map(describe).join('\n\n');
	const text = `${joinLines(introduction(bench))}\n\n${summary}\n\n${details}\n`;
	const style = await resolveConfig(file);
	writeFileSync(file, await format(text, { ...style, filepath: file }));
	return path.relative(projectFolder, file);
}

function introduction({ host, tarball, runs }: Bench): string {
	const [cpu] = cpus();
	const memory = Math.round(totalmem() / 1024 ** 3);
	return `# Benchmarks

How much time and memory the node takes in a real n8n, compared with alternatives. \`npm run bench\` runs these benchmarks
and writes this page. Unless stated otherwise, results are ratios of ${runs > 1 ? `medians of ${runs} measurements` : 'single measurements'}. Lower is better, except for goals with ≥.
The local emulator replaces the service. No network is involved, and runs take exactly as long as configured, so the results
are about the node and n8n, not about Cloudsquid.

| | |
| --- | --- |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Package | ${tarball.name} ${tarball.version} |
| n8n | ${host.n8nVersion}, SQLite, files stored in the file system, default settings |
| Node.js | ${host.node.version} for n8n and the baseline client, ${process.versions.node} for the emulator |
| Machine | ${cpus().length} × ${cpu?.model.trim() || 'unknown processor'}, ${memory} GB, ${type()} |

n8n, the emulator, and the baseline client are separate processes on one machine. Memory is the resident set size of the
n8n process and of all processes it starts. Peak memory is the value that the kernel records (\`VmHWM\`, reset before each
execution). Idle memory is the minimum while n8n ran nothing: 4 s after startup, or just before the execution. 1 kB is
1024 bytes, and 1 MB is 1024² bytes. Each measurement verifies that every document arrived completely and only once, and
that every run ended with the status \`done\`. Absolute times depend on the machine and are only given for context.`;
}

function describe({ measure, result }: Outcome): string {
	const [headings = [], ...rows] = result?.context ?? [];
	const context = result ? `\n\n${markdownTable(headings, rows)}` : '';
	return `## ${measure.title}\n\n${joinLines(measure.how)}${context}`;
}

/** Joins the lines of each paragraph, as in the other documents. Leaves tables unchanged. */
function joinLines(text: string): string {
	return text.replace(/(?<=[^\n|])\n(?=[^\n|])/g, ' ');
}

function cellsOf({ name, value, goal, show, better }: Metric): string[] {
	const [met, sign] = better === 'more' ? [value >= goal, '≥'] : [value <= goal, '≤'];
	return [name, show(value), `${sign} ${show(goal)}`, met ? '✓' : '✗'];
}
