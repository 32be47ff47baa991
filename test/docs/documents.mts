import { readdirSync } from 'node:fs';

/** All pages of the documentation, without the changelog and the license. */
export const documents = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	'examples/README.md',
	...readdirSync('docs')
		.filter((file) => file.endsWith('.md'))
		.map((file) => `docs/${file}`),
];

/** A fenced code block of a page. */
export interface Block {
	language: string;
	text: string;
}

export function readBlocks(page: string): Block[] {
	return [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
		language,
		text: text.trimEnd(),
	}));
}
