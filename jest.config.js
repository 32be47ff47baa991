/** Files to compile to CommonJS, which Jest and n8n's packages use. */
const compiled = [
	// Tests are `.mts` files, so that the node's lint rules, which forbid Node.js modules, don't apply to them.
	'\\.m?ts$',
	// Published only as an ES module. Node.js can require ES modules, but Jest can't yet.
	'/node_modules/@apidevtools/json-schema-ref-parser/.+\\.js$',
];

module.exports = {
	testEnvironment: 'node',
	roots: ['unit', 'engine', 'docs', 'package'].map((name) => `<rootDir>/test/${name}`),
	maxWorkers: '100%',
	// Packing and starting n8n's engine take long on a busy machine.
	testTimeout: 60_000,
	testMatch: ['**/*.test.mts'],
	moduleFileExtensions: ['mts', 'ts', 'js', 'json', 'node'],
	transform: {
		[compiled.join('|')]: [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
	},
	transformIgnorePatterns: ['/node_modules/(?!@apidevtools/json-schema-ref-parser/)'],
};
