import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Something the user may read, taken from the source; `…` stands for what is filled in. */
export interface Message {
	/** As in an error item; none for what only the editor shows. */
	kind?: string;
	message: string;
	description?: string;
}

/** What the parameters of a function stand for at one place that calls it. */
type Bindings = ReadonlyMap<string, ts.Expression>;

const folder = path.resolve('nodes/Cloudsquid');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts') && !file.endsWith('contract.ts'))
	.sort()
	.map((file) =>
		ts.createSourceFile(
			file,
			readFileSync(path.join(folder, file), 'utf8'),
			ts.ScriptTarget.Latest,
			true,
		),
	);

const calls = collect(
	(node): node is ts.CallExpression | ts.NewExpression =>
		ts.isCallExpression(node) || ts.isNewExpression(node),
);

/**
 * Every message of the node, in the order of the source.
 *
 * @throws if one is made in a way that cannot be followed here
 */
export function listMessages(): Message[] {
	const messages = [...explanationsOf(), ...calls.flatMap(messagesOf)];
	const seen = new Set<string>();
	return messages.filter(({ message }) => !seen.has(message) && seen.add(message));
}

/** The table of failures: by kind, a function that gives message and description. */
function explanationsOf(): Message[] {
	const [table] = collect(
		(node): node is ts.VariableDeclaration =>
			ts.isVariableDeclaration(node) && node.name.getText() === 'explanations',
	);
	const { properties } = table!.initializer as ts.ObjectLiteralExpression;
	return properties.flatMap((property) =>
		collect(ts.isObjectLiteralExpression, property).map((object) => ({
			kind: property.name!.getText(),
			message: textsOf(propertyOf(object, 'message')!, new Map())[0]!,
			description: joinTexts(textsOf(propertyOf(object, 'description')!, new Map())),
		})),
	);
}

/** What one call makes the user read, once for each place that fills in its words. */
function messagesOf(call: ts.CallExpression | ts.NewExpression): Message[] {
	const parts = partsOf(call);
	if (!parts) return [];
	const found = bindingsOf(call).flatMap((bindings) => pair(parts, bindings));
	if (found.length === 0) throw new Error(`What does this say? ${call.getText()}`);
	return found.filter(({ message }) => /\p{L}/u.test(message));
}

interface Parts {
	kind?: string;
	message: ts.Expression;
	description?: ts.Expression;
}

/** Where a call that makes an error has its words; `undefined` for every other call. */
function partsOf(call: ts.CallExpression | ts.NewExpression): Parts | undefined {
	const name = call.expression.getText();
	const args: readonly ts.Expression[] = call.arguments ?? [];
	if (name === 'inputError') {
		const kind = args[3] && ts.isStringLiteral(args[3]) ? args[3].text : 'input';
		// Whatever else was thrown is passed on in its own words.
		if (kind === 'unexpected') return undefined;
		return { kind, message: args[1]!, description: args[2]! };
	}
	if (name === 'refuse') return { message: args[0]! };
	const object = args.find(ts.isObjectLiteralExpression);
	if (name === 'serviceError' && object) {
		const message = propertyOf(object, 'message');
		const kind = propertyOf(object, 'kind');
		// Without a message of its own it has one of the table's.
		if (!message || !kind || !ts.isStringLiteral(kind)) return undefined;
		const description = propertyOf(object, 'description')!;
		return { kind: kind.text, message, description };
	}
	if (name !== 'NodeOperationError' || !object || !ts.isStringLiteralLike(args[1]!)) {
		return undefined;
	}
	return { message: args[1], description: propertyOf(object, 'description')! };
}

/** Messages and descriptions that choose by the same condition go together. */
function pair({ kind, message, description }: Parts, bindings: Bindings): Message[] {
	const messages = textsOf(message, bindings);
	const descriptions = description ? textsOf(description, bindings) : [];
	return messages.map((text) => ({
		...(kind !== undefined && { kind }),
		message: text,
		...(description && { description: joinTexts(descriptions) }),
	}));
}

/** Alternatives as one text, and no more dots than it takes. */
function joinTexts(texts: string[]): string {
	return texts.join(' Or: ').replace(/…\.(?:…)?/g, '…');
}

/** What the enclosing function is called with, everywhere; nothing where that does not matter. */
function bindingsOf(call: ts.Node): Bindings[] {
	const owner = ts.findAncestor(call, ts.isFunctionDeclaration);
	const name = owner?.name?.text;
	const callers = calls.filter(({ expression }) => expression.getText() === name);
	const bound = callers.map(
		({ arguments: args = [] }) =>
			new Map(
				owner!.parameters.flatMap(({ name }, index) => {
					const value = args[index];
					return value && ts.isStringLiteralLike(value) ? [[name.getText(), value] as const] : [];
				}),
			),
	);
	return bound.length > 0 ? bound : [new Map()];
}

/** The texts an expression may stand for. */
function textsOf(expression: ts.Expression, bindings: Bindings): string[] {
	if (ts.isStringLiteralLike(expression)) return [expression.text];
	if (ts.isConditionalExpression(expression)) {
		return [expression.whenTrue, expression.whenFalse].flatMap((each) => textsOf(each, bindings));
	}
	if (ts.isIdentifier(expression)) {
		const value = bindings.get(expression.text);
		return value ? textsOf(value, bindings) : ['…'];
	}
	if (!ts.isTemplateExpression(expression)) return ['…'];
	const { head, templateSpans } = expression;
	const spans = templateSpans.map(({ expression, literal }) => {
		// What may be left out is left out.
		const [text = ''] = textsOf(expression, bindings).includes('')
			? ['']
			: textsOf(expression, bindings);
		return text + literal.text;
	});
	return [head.text + spans.join('')];
}

function propertyOf(object: ts.ObjectLiteralExpression, wanted: string): ts.Expression | undefined {
	const property = object.properties.find((each) => each.name?.getText() === wanted);
	if (!property) return undefined;
	return ts.isPropertyAssignment(property) ? property.initializer : undefined;
}

/** All nodes of a sort, of every file or beneath one node. */
function collect<T extends ts.Node>(
	isWanted: (node: ts.Node) => node is T,
	...roots: ts.Node[]
): T[] {
	const found: T[] = [];
	const visit = (node: ts.Node): void => {
		if (isWanted(node)) found.push(node);
		ts.forEachChild(node, visit);
	};
	(roots.length > 0 ? roots : sources).forEach(visit);
	return found;
}
