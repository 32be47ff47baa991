/** A table; what is in a cell cannot end it. Cells are not padded: nobody aligns these by hand. */
export function table(head: string[], rows: string[][]): string {
	const line = (cells: string[]) =>
		`| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ')).join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text that is shown as it is, whatever Markdown would make of it. */
export function code(text: string): string {
	return `\`${text.replace(/`/g, "'")}\``;
}

export function json(text: string): string {
	return `\`\`\`json\n${text}\n\`\`\``;
}

/** What is behind a click, for whoever looks for just that. */
export function details(summary: string, content: string): string {
	return `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/** A text of the editor: its links as Markdown has them, its quoted labels in italics. */
export function prose(text: string): string {
	return text
		.replace(/<a href="([^"]+)"[^>]*>(.*?)<\/a>/g, '[$2]($1)')
		.replace(/(?<!\w)'(?=[A-Z])([^']*)'(?!\w)/g, '_$1_')
		.replace(/(?<=^|\s)\*(?=\s)/g, '\\*');
}

const opening = (name: string) => `<!-- ${name}: made by npm run docs -->`;
const closing = (name: string) => `<!-- end of ${name} -->`;

/**
 * A page with new content between the marks of each section.
 *
 * @throws if the page has no place for one of them
 */
export function withSections(page: string, sections: Record<string, string>): string {
	return Object.entries(sections).reduce((text, [name, content]) => {
		const start = text.indexOf(opening(name));
		const end = text.indexOf(closing(name), start);
		if (start < 0 || end < 0) throw new Error(`The page has no marks for ${name}.`);
		const made = `${opening(name)}\n<!-- prettier-ignore-start -->\n\n${content}\n\n<!-- prettier-ignore-end -->\n`;
		return text.slice(0, start) + made + text.slice(end);
	}, page);
}

/** What of a page was written by hand. */
export function withoutSections(page: string): string {
	return page.replace(/<!-- ([\w-]+): made by npm run docs -->[^]*?<!-- end of \1 -->/g, '');
}
