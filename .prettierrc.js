/** n8n's own style for nodes: tabs, single quotes, 100 columns. */
module.exports = {
	useTabs: true,
	tabWidth: 2,
	printWidth: 100,
	singleQuote: true,
	trailingComma: 'all',
	arrowParens: 'always',
	endOfLine: 'lf',
	overrides: [
		// YAML knows no tabs, and Markdown tables and lists read better unwrapped.
		{ files: ['*.yaml', '*.yml', '*.md'], options: { useTabs: false, proseWrap: 'preserve' } },
	],
};
