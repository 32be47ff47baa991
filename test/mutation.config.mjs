import jestConfig from '../jest.config.js';

/** Mutation testing: how many changes of the pure modules the unit tests alone detect. See docs/testing.md. */
export default {
	mutate: [
		'nodes/Cloudsquid/transport/{endpoint,fileBody,limiter,response,retry}.ts',
		'nodes/Cloudsquid/shared/{fileData,mimeTypes,parameters,polling}.ts',
	],
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner'],
	jest: {
		projectType: 'custom',
		config: {
			...jestConfig,
			roots: ['<rootDir>/test/unit'],
			testPathIgnorePatterns: ['description', 'emulator'],
			testEnvironment: '@stryker-mutator/jest-runner/jest-env/node',
		},
	},
	coverageAnalysis: 'perTest',
	concurrency: 2,
	timeoutMS: 3000,
	ignorePatterns: ['.hosts', 'dist', 'docs', 'examples'],
	tempDirName: '.hosts/mutation',
	reporters: ['clear-text', 'json', 'progress-append-only'],
	jsonReporter: { fileName: '.hosts/mutation.json' },
	clearTextReporter: { reportTests: false, reportMutants: false },
	thresholds: { high: 95, low: 85, break: 85 },
};
