/** Rules for imports, checked by `npm run lint`. */
module.exports = {
	forbidden: [
		{
			name: 'no-circular',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'credentials-are-independent',
			comment: 'The node uses the credential, not the other way around.',
			severity: 'error',
			from: { path: '^credentials' },
			to: { path: '^nodes' },
		},
		{
			name: 'only-n8n-workflow',
			comment: 'The published package has no dependencies; n8n provides this one.',
			severity: 'error',
			from: { path: '^(nodes|credentials)' },
			to: { pathNot: ['^(nodes|credentials)/', '^n8n-workflow', 'node_modules/n8n-workflow/'] },
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.json' },
		tsPreCompilationDeps: true,
	},
};
