/** A heading between the parts of what is printed. */
export function heading(text: string): string {
	return `\n${text}\n${'─'.repeat(text.length)}`;
}

/** Lines of cells, one below the other; the columns in `right` are aligned to the right. */
export function table(rows: string[][], right: readonly number[] = []): string {
	const pad = (cell: string, column: number) => {
		const width = Math.max(...rows.map((row) => row[column]?.length ?? 0));
		return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
	};
	return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
