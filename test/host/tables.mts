/** A heading between the parts of what is printed. */
export function heading(text: string): string {
	return `\n${text}\n${'─'.repeat(text.length)}`;
}

/** Lines of cells, one below the other; the columns in `right` are aligned to the right. */
export function table(rows: string[][], right: readonly number[] = []): string {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.max(...rows.map((row) => (row[column] ?? '').length)),
	);
	const lines = rows.map((row) =>
		row
			.map((cell, column) =>
				right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
			)
			.join('  ')
			.trimEnd(),
	);
	return lines.join('\n');
}
