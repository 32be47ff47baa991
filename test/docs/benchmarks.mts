import { table } from './markdown.mts';

/**
 * The table of all figures from the report of `npm run bench`.
 *
 * @throws if the report has none
 */
export function figuresOf(report: string): string {
	const [, lines] = /\n\n((?:\|.*\| *Measure *\|.*\n)(?:\|.*\n)+)/.exec(report) ?? [];
	if (lines === undefined) throw new Error('The report has no table of figures.');
	const [head = [], , ...rows] = lines.trim().split('\n').map(cellsOf);
	return table(head, rows);
}

function cellsOf(line: string): string[] {
	return line
		.split('|')
		.slice(1, -1)
		.map((cell) => cell.trim());
}
