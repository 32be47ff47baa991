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

/** The fenced code blocks of a page. */
export function readBlocks(page: string) {
	return [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
		language,
		text: text.trimEnd(),
	}));
}
