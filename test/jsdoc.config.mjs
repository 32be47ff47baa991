import jsdoc from 'eslint-plugin-jsdoc';
import parser from '@typescript-eslint/parser';

/** Rules for doc comments. `eslint.config.mjs` must stay as n8n provides it. */
export default [
	{
		files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
		ignores: ['nodes/Cloudsquid/generated/**'],
		languageOptions: { parser },
		plugins: { jsdoc },
		rules: {
			'jsdoc/require-jsdoc': [
				'error',
				{
					publicOnly: { ancestorsOnly: true },
					require: { ClassDeclaration: true, FunctionDeclaration: true },
					contexts: ['ExportNamedDeclaration > VariableDeclaration', 'TSInterfaceDeclaration'],
					enableFixer: false,
				},
			],
			'jsdoc/require-throws': 'error',
			'jsdoc/no-restricted-syntax': [
				'error',
				{
					contexts: [
						'init.callee.name="singleRequest"',
						'id.typeAnnotation.typeAnnotation.typeName.name="Operation"',
					].map((operation) => ({
						context: `ExportNamedDeclaration[declaration.declarations.0.${operation}]`,
						comment: 'JsdocBlock:not(*:has(JsdocTag[tag=see]))',
						message: 'Name the page of the API documentation: @see https://docs.cloudsquid.io/…',
					})),
				},
			],
		},
	},
];
