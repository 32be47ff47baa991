import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

interface Declaration {
	name: string;
	comment: string;
	/** What a comment is about: a function that throws says so, one that asks the API names the page. */
	code: string;
}

const declarations = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts') && !file.endsWith('contract.ts'))
		.flatMap((file) => exportsOf(path.join(folder, file))),
);

/** The functions, classes, interfaces and operations that other files can use. */
function exportsOf(file: string): Declaration[] {
	const source = ts.createSourceFile(
		file,
		readFileSync(file, 'utf8'),
		ts.ScriptTarget.Latest,
		true,
	);
	return source.statements.flatMap((statement) => {
		const isExported = ts.canHaveModifiers(statement)
			? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
			: false;
		if (!isExported) return [];
		const ranges = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? [];
		const comments = ranges.map(({ pos, end }) => source.text.slice(pos, end));
		return namesOf(statement).map((name) => ({
			name: `${file}: ${name}`,
			comment: comments.filter((text) => text.startsWith('/**')).join('\n'),
			code: statement.getText(),
		}));
	});
}

function namesOf(statement: ts.Statement): string[] {
	if (ts.isVariableStatement(statement)) {
		return statement.declarationList.declarations.map(({ name }) => name.getText());
	}
	if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
		return [statement.name!.text];
	}
	return ts.isInterfaceDeclaration(statement) ? [statement.name.text] : [];
}

const title = ({ name }: Declaration) => [name] as const;
const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]));

test.each(declarations.map(title))('%s says what it is', (name) => {
	expect(byName.get(name)!.comment).not.toBe('');
});

const operations = declarations.filter(
	({ code, name }) => /resources\//.test(name) && /: Operation<|= singleRequest\(/.test(code),
);

test('the operations are found', () => {
	expect(operations.length).toBeGreaterThan(10);
});

test.each(operations.map(title))('%s names the page it follows', (name) => {
	expect(byName.get(name)!.comment).toMatch(/@see https:\/\/docs\.cloudsquid\.io\/\S+/);
});

const throwing = declarations.filter(
	({ code }) => /^export (async )?function/.test(code) && /\bthrow /.test(code),
);

test.each(throwing.map(title))('%s tells which errors it throws', (name) => {
	expect(byName.get(name)!.comment).toContain('@throws');
});
