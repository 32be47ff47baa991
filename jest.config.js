const { resolve } = require('node:path');

// n8n's engine makes a folder for its settings as it loads; this keeps it out of the home folder.
process.env.N8N_USER_FOLDER = resolve('.hosts/engine');
process.env.N8N_LOG_LEVEL = 'silent';

/** What is compiled to CommonJS, which is what jest and n8n's own packages speak. */
const compiled = [
	// Tests are `.mts` so that the node's lint rules, which forbid Node.js modules, pass them by.
	'\\.m?ts$',
	// Published as ES modules only; Node.js itself may require those, jest may not yet.
	'/node_modules/@apidevtools/json-schema-ref-parser/.+\\.js$',
];

module.exports = {
	testEnvironment: 'node',
	roots: ['<rootDir>/test/unit', '<rootDir>/test/engine', '<rootDir>/test/docs'],
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
