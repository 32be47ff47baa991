import { cpus, totalmem, type } from 'node:os';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectFolder } from '../host/folders.mts';
import { heading, table } from '../host/tables.mts';
import type { Bench } from './bench.mts';
import type { Figure, Outcome } from './result.mts';
import { isMet, showFigure, showGoal, showShare } from './result.mts';

const SHARE_HEADINGS = ['Whose code it is', 'Share of the processor time'];
const HEADINGS = ['Measure', 'Figure', 'Goal', ''];

/** What a measure gave, for the screen. */
export function showOutcome({ measure, result, failure }: Outcome): string {
	if (!result) return `${heading(measure.title)}\n✗ ${failure ?? 'not taken'}`;
	const figures = table([HEADINGS, ...result.figures.map(cellsOf)], [1, 2]);
	const tables = [figures, table(result.context)];
	if (result.shares) tables.push(table([SHARE_HEADINGS, ...result.shares.map(showShare)], [1]));
	return `${heading(measure.title)}\n${tables.join('\n\n')}`;
}

/** Writes `docs/benchmarks.md`. */
export async function writeReport(bench: Bench, outcomes: readonly Outcome[]): Promise<string> {
	const file = path.join(projectFolder, 'docs/benchmarks.md');
	const rows = outcomes.flatMap(({ measure, result, failure }) =>
		result
			? result.figures.map((figure) => [measure.title, ...cellsOf(figure)])
			: [[measure.title, failure ?? 'not taken', '', '', '✗']],
	);
	const summary = markdownTable(['', ...HEADINGS.slice(0, 3), 'Met'], withoutRepeats(rows));
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

What the node takes in time and memory, in a real n8n, beside what else could be built. \`npm run bench\` measures it and
writes this page; figures are ratios of ${runs > 1 ? `medians of ${runs} takes` : 'single takes'} where nothing else is said, and less is better where the goal has no ≥. The service is the local emulator: no network, and runs that
take exactly as long as told, so these figures are about the node and n8n, not about Cloudsquid.

| | |
| --- | --- |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Package | ${tarball.name} ${tarball.version} |
| n8n | ${host.n8nVersion}, SQLite, files kept in the file system, default settings |
| Node.js | ${host.node.version} for n8n and the bare client, ${process.versions.node} for the emulator |
| Machine | ${cpus().length} × ${cpu?.model.trim() || 'unknown processor'}, ${memory} GB, ${type()} |

n8n, the emulator and the bare client are processes of their own on one machine. Memory is the resident size of the n8n process and
all it starts; its peak is the kernel's own (\`VmHWM\`, reset before each execution), idle is the least it was while n8n ran nothing: 4 s after its start, or just before the execution. MB are 1024² bytes.
Every take checks that each document arrived whole and once, and that every run was done. Absolute times are given as
context only: they are this machine's.`;
}

function describe({ measure, result }: Outcome): string {
	const parts = [`## ${measure.title}`, joinLines(measure.how)];
	if (result) {
		const [headings = [], ...rows] = result.context;
		parts.push(markdownTable(headings, rows));
		if (result.shares) parts.push(markdownTable(SHARE_HEADINGS, result.shares.map(showShare)));
	}
	return parts.join('\n\n');
}

/** Paragraphs as one line each, as in the other documents; tables stay. */
function joinLines(text: string): string {
	return text.replace(/(?<=[^\n|])\n(?=[^\n|])/g, ' ');
}

function cellsOf(figure: Figure): string[] {
	const { what, value } = figure;
	return [what, showFigure(figure, value), showGoal(figure), isMet(figure) ? '✓' : '✗'];
}

/** The first cell of a row only where it differs from the row above. */
function withoutRepeats(rows: readonly string[][]): string[][] {
	return rows.map((row, index) => {
		const [first = '', ...rest] = row;
		return [first === rows[index - 1]?.[0] ? '' : first, ...rest];
	});
}

function markdownTable(headings: readonly string[], rows: readonly string[][]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
