import {
	exceptions,
	expectationOf,
	failings,
	targets,
	type Reaction,
	type Target,
} from './faultMatrix.mts';

const signs: Record<Reaction, string> = {
	fine: '✓',
	again: '↻',
	once: '✗',
	maybe: '?',
	waits: '…',
};

const meanings: Record<Reaction, string> = {
	fine: 'The fault does no harm: the result is there.',
	again:
		"The request is sent again, up to 'Max Retries'. If the fault passes, the result is there.",
	waits:
		"The wait goes on with the next look, up to 'Max Wait'. If the fault passes, the result is there.",
	once: 'An error at once: nothing was done, and sending the request again would not help.',
	maybe:
		'An error at once, which says that the request may have been carried out. It is never sent twice.',
};

/** The matrix as a page of Markdown. */
export function faultMatrixPage(): string {
	return [
		'# What the node does when something goes wrong',
		'',
		'<!-- Written by `UPDATE_DOCS=1 npx jest test/engine/faultMatrix`, which tests every cell. -->',
		'',
		'Every request of every operation, against every fault. Each cell is tested with the real n8n',
		'engine and a local Cloudsquid that fails in just this way.',
		'',
		...legend(),
		'',
		...matrix(),
		'',
		...requests(),
		'',
		'Project and table are told as well, where there are any. With "continue on fail" the IDs are',
		"fields of the error item's `error`.",
		'',
		'## What the user reads',
		'',
		...messages(),
		'',
		'A wait whose last look failed ends with "The run was not finished after … seconds", and with the',
		'sentence above as the reason.',
		'',
		'## Exceptions',
		'',
		...exceptions.map(({ why, message }) => `- ${why}${message ? ` ("${message}")` : ''}`),
		'',
	].join('\n');
}

function legend(): string[] {
	const rows = Object.entries(meanings).map(([reaction, meaning]) => [
		signs[reaction as Reaction],
		meaning,
	]);
	return toTable(['', 'What the node does'], rows);
}

/** A row for each fault, a column for each request, by its number. */
function matrix(): string[] {
	const rows = failings.map((failing) => [
		failing.name,
		...targets.map((target) => signs[expectationOf(target, failing).reaction]),
	]);
	return toTable(['Fault', ...targets.map((_, index) => numberOf(index))], rows);
}

function requests(): string[] {
	const rows = targets.map((target, index) => [
		numberOf(index),
		target.step ? `${target.operation} (${target.step})` : target.operation,
		target.sort === 'write' ? 'yes' : 'no',
		idsOf(target),
	]);
	return toTable(['', 'Request', 'Does work', 'IDs that the error tells'], rows);
}

function messages(): string[] {
	const told = failings.filter(({ message }) => message !== '');
	const rows = told.map(({ name, message }) => [name, message]);
	return toTable(['Fault', 'Message'], rows);
}

function numberOf(index: number): string {
	return String(index + 1);
}

function idsOf({ tells }: Target): string {
	return tells.map((id) => `\`${id}\``).join(', ') || '–';
}

/** A table with columns as wide as their widest field, as Prettier has them. */
function toTable(head: string[], rows: string[][]): string[] {
	const widths = head.map((_, column) =>
		Math.max(3, ...[head, ...rows].map((fields) => fields[column]!.length)),
	);
	const toRow = (fields: string[]) =>
		`| ${fields.map((field, column) => field.padEnd(widths[column]!)).join(' | ')} |`;
	return [toRow(head), toRow(widths.map((width) => '-'.repeat(width))), ...rows.map(toRow)];
}
