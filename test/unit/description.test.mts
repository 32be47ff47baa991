import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type {
	INodeProperties,
	INodePropertyOptions,
	INodePropertyRegexValidation,
} from 'n8n-workflow';
import ts from 'typescript';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import { labels, quotedLabels } from './labels.mts';

const { description, methods } = new Cloudsquid();
const { properties } = description;
const operations = properties.filter(({ name }) => name === 'operation');

/** What saved workflows hold: none of it may change. */
interface Agreed {
	name: string;
	request: string;
	/** The parameters in the order of the editor, beside resource and operation. */
	parameters: string[];
	options: string[];
}

const common = ['includeInputFields', 'maxConcurrency', 'maxRetries'];
const document = ['filename', 'mimeType'];
const waiting = ['maxWait', 'onRunError', 'onTimeout', 'pollInterval'];
const source = ['inputSource', 'binaryPropertyName', 'fileUrl'];
const list = ['returnAll', 'limit'];

const agreed: Record<string, Agreed> = {
	'document → extract': {
		name: 'Extract',
		request: 'POST /projects/{project_name}/tables/{table_id}/extract',
		parameters: [
			'project',
			'table',
			...source,
			'extractMode',
			'zeroRetention',
			'zeroRetentionNotice',
		],
		options: [...common, ...document, 'output', ...waiting],
	},
	'document → upload': {
		name: 'Upload',
		request: 'POST /projects/{project_name}/tables/{table_id}/files',
		parameters: ['project', 'table', ...source],
		options: [...common, ...document],
	},
	'run → start': {
		name: 'Start Run',
		request: 'POST /projects/{project_name}/tables/{table_id}/run',
		parameters: [
			'project',
			'table',
			'rowId',
			'zeroRetention',
			'zeroRetentionNotice',
			'waitForCompletion',
		],
		options: [...common, 'output', ...waiting],
	},
	'run → get': {
		name: 'Get Run',
		request: 'GET /projects/{project_name}/tables/{table_id}/run/{run_id}',
		parameters: ['project', 'table', 'runId', 'waitForCompletion'],
		options: [...common, 'output', ...waiting],
	},
	'reconciliation → reconcile': {
		name: 'Reconcile',
		request: 'POST /projects/{project_name}/tables/{table_id}/reconcile',
		parameters: ['project', 'table', 'data', 'files'],
		options: [...common, 'maxWait', 'onRunError', 'output'],
	},
	'reconciliation → createTask': {
		name: 'Create Task',
		request: 'POST /projects/{project_name}/tables/{table_id}/tasks',
		parameters: ['project', 'table', 'data', 'files'],
		options: common,
	},
	'table → updateSettings': {
		name: 'Update Extraction Settings',
		request: 'PATCH /projects/{project_name}/tables/{table_id}/extraction-settings',
		parameters: ['project', 'table', 'settings'],
		options: common,
	},
	'project → getAll': {
		name: 'Get Many',
		request: 'GET /projects',
		parameters: list,
		options: common,
	},
	'projectFile → get': {
		name: 'Get',
		request: 'GET /projects/{project_name}/files',
		parameters: ['project', 'path'],
		options: common,
	},
	'projectFile → getAll': {
		name: 'Get Many',
		request: 'GET /projects/{project_name}/files',
		parameters: ['project', 'path', ...list],
		options: common,
	},
	'projectFile → download': {
		name: 'Download',
		request: 'GET /projects/{project_name}/files',
		parameters: ['project', 'path', 'binaryPropertyName'],
		options: common,
	},
	'projectFile → upload': {
		name: 'Upload',
		request: 'PUT /projects/{project_name}/files',
		parameters: ['project', 'path', ...source],
		options: [...common, ...document],
	},
};

/** The operation that each resource begins with. n8n does not save what is at its default. */
const agreedBeginnings = {
	document: 'extract',
	project: 'getAll',
	projectFile: 'getAll',
	reconciliation: 'reconcile',
	run: 'start',
	table: 'updateSettings',
};

/** Type and default of every parameter by its name, the same wherever it is shown. */
const agreedTypes: Record<string, [type: string, value: unknown]> = {
	project: ['resourceLocator', { mode: 'list', value: '' }],
	table: ['resourceLocator', { mode: 'id', value: '' }],
	inputSource: ['options', 'binary'],
	binaryPropertyName: ['string', 'data'],
	fileUrl: ['string', ''],
	rowId: ['string', '={{ $json.row_id }}'],
	runId: ['string', '={{ $json.run_id }}'],
	zeroRetention: ['boolean', false],
	zeroRetentionNotice: ['notice', ''],
	waitForCompletion: ['boolean', false],
	extractMode: ['options', 'async'],
	data: ['json', '{}'],
	files: ['string', ''],
	settings: ['collection', {}],
	path: ['string', ''],
	returnAll: ['boolean', false],
	limit: ['number', 50],
	options: ['collection', {}],
	filename: ['string', ''],
	mimeType: ['string', ''],
	pollInterval: ['number', 10],
	maxWait: ['number', 600],
	onTimeout: ['options', 'error'],
	onRunError: ['options', 'error'],
	output: ['options', 'row'],
	includeInputFields: ['boolean', false],
	maxConcurrency: ['number', 10],
	maxRetries: ['number', 4],
	bounding_boxes: ['boolean', false],
	active_pipeline: ['options', 'cloudsquid-flash-v3'],
	review_mode: ['boolean', false],
};

/** The choices of every parameter that has some. */
const agreedChoices: Record<string, string[]> = {
	inputSource: ['binary', 'url'],
	extractMode: ['async', 'sync'],
	onTimeout: ['error', 'return'],
	onRunError: ['error', 'return'],
	output: ['data', 'row'],
	active_pipeline: [
		'cloudsquid-flash',
		'cloudsquid-flash-v3',
		'cloudsquid-pro-v2',
		'cloudsquid-pro-v3',
	],
};

/** Every operation with its resource. */
const offered = operations.flatMap(({ displayOptions, options }) => {
	const [resource] = displayOptions!.show!.resource as string[];
	return (options as INodePropertyOptions[]).map((option) => ({
		resource: resource!,
		option,
		key: `${resource} → ${String(option.value)}`,
	}));
});

/** Whether a property may be shown for an operation, whatever else is filled in. */
function isOffered({ displayOptions }: INodeProperties, resource: string, operation: unknown) {
	const { show = {}, hide = {} } = displayOptions ?? {};
	const chosen: Record<string, unknown> = { resource, operation };
	return Object.entries(chosen).every(
		([name, value]) =>
			(show[name] === undefined || show[name].includes(value as string)) &&
			!hide[name]?.includes(value as string),
	);
}

function parametersOf(resource: string, operation: unknown): INodeProperties[] {
	return properties.filter(
		(each) =>
			!['resource', 'operation'].includes(each.name) && isOffered(each, resource, operation),
	);
}

/** A property and all those within it, each with the way that leads there. */
function flatten(property: INodeProperties, way = ''): Array<[string, INodeProperties]> {
	const { resource, operation } = property.displayOptions?.show ?? {};
	const here = way
		? `${way} → ${property.name}`
		: [resource, operation, property.name].flat().filter(Boolean).join(' → ');
	const inner = property.type === 'collection' ? (property.options as INodeProperties[]) : [];
	return [[here, property], ...inner.flatMap((each) => flatten(each, here))];
}
const all = properties.flatMap((property) => flatten(property));
const inputs = all.filter(([, { name }]) => !['resource', 'operation'].includes(name));

describe('the node', () => {
	test('goes by the name and version that workflows hold', () => {
		expect(description).toMatchObject({
			displayName: 'Cloudsquid',
			name: 'cloudsquid',
			version: 1,
			usableAsTool: true,
			credentials: [{ name: 'cloudsquidApi', required: true, testedBy: 'testConnection' }],
		});
		expect(description.subtitle).toContain('$parameter["operation"]');
		expect(description.subtitle).toContain('$parameter["resource"]');
	});

	test('is declarative: n8n runs it only if it has requestDefaults and no execute', () => {
		expect(new Cloudsquid()).not.toHaveProperty('execute');
		expect(description.requestDefaults?.baseURL).toMatch(/^=/);
	});

	test('has one function in place of the request of n8n, switched on for every operation', () => {
		expect(description.requestOperations?.pagination).toBeInstanceOf(Function);
		expect(properties[0]).toMatchObject({
			name: 'resource',
			routing: { send: { paginate: true } },
		});
		expect(properties[0]).not.toHaveProperty('displayOptions');
	});

	test('has the methods that the description calls by name', () => {
		const called = properties
			.flatMap(({ modes }) => modes ?? [])
			.map(({ typeOptions }) => typeOptions?.searchListMethod)
			.filter((name) => name !== undefined);
		expect(called).toEqual(Object.keys(methods.listSearch));
		expect(Object.keys(methods.credentialTest)).toEqual([description.credentials![0]!.testedBy]);
	});

	test('asks for the resource first and for the operation second', () => {
		expect(properties[0]).toMatchObject({ displayName: 'Resource', name: 'resource' });
		expect(properties.slice(1, 1 + operations.length)).toEqual(operations);
		for (const property of [properties[0]!, ...operations]) {
			expect(property).toMatchObject({ type: 'options', noDataExpression: true });
		}
		for (const property of operations) expect(property.displayName).toBe('Operation');
	});

	test('has one set of operations for each resource, and the defaults agreed on', () => {
		const resources = (properties[0]!.options as INodePropertyOptions[]).map(({ value }) => value);
		const beginnings = operations.map(({ displayOptions, default: usual }) => [
			displayOptions!.show!.resource,
			usual,
		]);
		expect(properties[0]!.default).toBe('document');
		expect(beginnings).toEqual(Object.entries(agreedBeginnings).map(([name, by]) => [[name], by]));
		expect(resources).toEqual(Object.keys(agreedBeginnings));
	});
});

test('the operations are those agreed on', () => {
	expect(offered.map(({ key }) => key).sort()).toEqual(Object.keys(agreed).sort());
});

describe.each(offered)('the operation $key', ({ key, resource, option }) => {
	const { name, request, parameters, options } = agreed[key]!;
	const shown = parametersOf(resource, option.value);

	test('has the name, request, parameters and options agreed on', () => {
		expect(option.name).toBe(name);
		const { method, url } = option.routing!.request!;
		expect(`${method} ${url}`).toBe(request);
		expect(shown.map((each) => each.name)).toEqual([...parameters, 'options']);
		const collection = shown.at(-1)!.options as INodeProperties[];
		expect(collection.map((each) => each.name).sort()).toEqual([...options].sort());
	});

	test('declares its request, and nothing that n8n would do with the response', () => {
		expect(Object.keys(option.routing!)).toEqual(['request']);
	});

	test('says what it does, in the form of n8n', () => {
		expect(option.action).toMatch(/^[A-Z][a-z ]+$/);
		expect(option.action).not.toMatch(/\b(a|an|the)\b/i);
		expect(option.description).toMatch(/^[A-Z]/);
		expect(option.description).not.toBe(option.action);
		expect(option.name).not.toMatch(/^Get All/);
		if (option.name === 'Get Many') expect(option.action).toMatch(/^Get many /);
	});

	test('has no two parameters of one name', () => {
		expect(new Set(shown.map((each) => each.name)).size).toBe(shown.length);
	});
});

describe.each(inputs)('the parameter %s', (_, property) => {
	const { name, type, placeholder, options } = property;

	test('has the type and default agreed on', () => {
		expect([type, property.default]).toEqual(agreedTypes[name]);
	});

	test('has the choices agreed on', () => {
		const choices = type === 'options' ? (options as INodePropertyOptions[]) : undefined;
		expect(choices?.map(({ value }) => value).sort()).toEqual(agreedChoices[name]);
		if (choices) expect(agreedChoices[name]).toContain(property.default);
	});

	test('has a description, in the form of n8n', () => {
		if (type === 'notice' || name === 'options') return;
		expect(property.description).toMatch(/^[A-Z]/);
		if (type === 'boolean') expect(property.description).toMatch(/^Whether /);
	});

	test('has a placeholder that is an example', () => {
		if (type === 'collection') expect(placeholder).toMatch(/^Add [a-z]+$/);
		else if (placeholder !== undefined) expect(placeholder).toMatch(/^e\.g\. \S/);
		else if (type === 'string') throw new Error('There is no placeholder');
	});
});

test('the examples of a table pass the checks of their own fields', () => {
	const table = properties.find(({ name }) => name === 'table')!;
	for (const { placeholder, validation } of table.modes!) {
		const [check] = validation as INodePropertyRegexValidation[];
		expect(placeholder!.replace('e.g. ', '')).toMatch(new RegExp(check!.properties.regex));
	}
});

describe('the table in an address', () => {
	const url = properties
		.find(({ name }) => name === 'table')!
		.modes!.find(({ name }) => name === 'url')!;
	const pattern = new RegExp((url.extractValue as { regex: string }).regex);
	const [first, last] = [
		'11111111-2222-4333-8444-555555555555',
		'3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
	];

	test.each([
		[`https://app.example.com/tables/${last}`, last],
		[`https://app.example.com/tables/${last}/`, last],
		[`https://app.example.com/tables/${last}?tab=rows#top`, last],
		[`https://app.example.com/projects/${first}/tables/${last}`, last],
		[`https://app.example.com/projects/${first}/tables/${last}/edit?x=1`, last],
		[last, last],
		[last.toUpperCase(), last.toUpperCase()],
		['https://app.example.com/tables', 'https://app.example.com/tables'],
		['no address', 'no address'],
	])('%s is %s', (address, table) => {
		expect(pattern.exec(address)?.[1]).toBe(table);
	});
});

describe('what can be chosen is in alphabetical order', () => {
	const lists = all.filter(([, { options }]) => options !== undefined);

	test.each(lists)('%s', (_, { options }) => {
		const names = options!.map((each) => ('displayName' in each ? each.displayName : each.name));
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
	});
});

describe('texts', () => {
	/** Descriptions and hints of everything, with the way that leads there. */
	const texts = [
		...all.flatMap(
			([way, { description: text, hint, modes = [], options = [], type, displayName }]) => [
				[way, text],
				[way, hint],
				...(type === 'notice' ? [[way, displayName]] : []),
				...modes.map((mode) => [`${way} → ${mode.name}`, mode.hint]),
				...options.map((each) => [
					`${way} → ${each.name}`,
					'displayName' in each ? undefined : each.description,
				]),
			],
		),
		['node', description.description],
	].filter((entry): entry is [string, string] => entry[1] !== undefined);

	test.each(texts)('%s: %s', (_, text) => {
		const sentences = text.split(/(?<=[.!?])\s+(?=[A-Z'])/);
		// One sentence goes without a period, several have one each.
		if (sentences.length === 1) expect(text).not.toMatch(/\.$/);
		else for (const sentence of sentences) expect(sentence).toMatch(/[.!?]$/);
		expect(text).not.toMatch(/\bbinary\b/i);
		for (const label of quotedLabels(text)) expect(labels).toContain(label);
	});

	test.each(all.filter(([, { type }]) => type !== 'notice'))(
		'the label of %s is in title case',
		(_, { displayName }) => {
			for (const word of displayName.replace(/[()]/g, '').split(' ')) {
				if (!['for', 'of', 'in', 'to', 'the'].includes(word)) expect(word).toMatch(/^[A-Z]/);
			}
			expect(displayName).toMatch(/^[A-Za-z() ]+$/);
		},
	);
});

test('every label that the code quotes is one that the editor shows', () => {
	const folder = path.resolve('nodes/Cloudsquid');
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
		(file) => file.endsWith('.ts') && !file.endsWith('contract.ts'),
	);
	const unknown: string[] = [];
	for (const file of files) {
		const code = readFileSync(path.join(folder, file), 'utf8');
		const visit = (node: ts.Node): void => {
			if (
				ts.isStringLiteralLike(node) ||
				ts.isTemplateHead(node) ||
				ts.isTemplateMiddleOrTemplateTail(node)
			) {
				for (const label of quotedLabels(node.text)) {
					if (!labels.has(label)) unknown.push(`${file}: ${label}`);
				}
			}
			ts.forEachChild(node, visit);
		};
		visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest));
	}
	expect(files.length).toBeGreaterThan(30);
	expect(unknown).toEqual([]);
});

test.each(['maxWait', 'pollInterval'])('%s tells its unit, which its label does not', (name) => {
	const settings = all.filter(([, property]) => property.name === name);
	expect(settings.length).toBeGreaterThan(0);
	for (const [, property] of settings) expect(property.description).toMatch(/\bseconds\b/);
});
