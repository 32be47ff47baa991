import type {
	INode,
	INodeParameters,
	INodeProperties,
	INodePropertyOptions,
	INodePropertyRegexValidation,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { sublimeSearch } from '@n8n/utils/dist/search/sublime-search';
import { commonDeclarativeNodeOptionParameters } from 'n8n-core/dist/nodes-loader/constants.js';
import { CloudsquidApi } from '../../credentials/CloudsquidApi.credentials.ts';
import codex from '../../nodes/Cloudsquid/Cloudsquid.node.json' with { type: 'json' };
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import { CloudsquidTrigger } from '../../nodes/Cloudsquid/CloudsquidTrigger.node.ts';
import * as messages from '../../nodes/Cloudsquid/shared/messages.ts';
import { operations } from '../docs/operations.mts';

const { description, methods } = new Cloudsquid();
const { description: trigger } = new CloudsquidTrigger();
const { properties } = description;
const operationProperties = properties.filter(({ name }) => name === 'operation');

/*
 * The names that saved workflows contain. They must not change.
 */

const common = 'includeInputFields maxConcurrency maxRetries';
const file = 'filename mimeType onUnsupportedFile';
const waiting = 'maxWait onRunError onTimeout pollInterval';
const source = 'inputSource binaryPropertyName fileUrl';
const tableSource = `${source} projectFilePath`;
const table = '/projects/{project_name}/tables/{table_id}';
const files = '/projects/{project_name}/files';

/** By resource and operation: the operation's request, its parameters, and its options. */
const savedOperations: Record<string, [request: string, parameters: string, options: string]> = {
	'document.extract': [
		`POST ${table}/extract`,
		`project table ${tableSource} extractMode zeroRetention`,
		`${common} ${file} output ${waiting}`,
	],
	'document.upload': [`POST ${table}/files`, `project table ${tableSource}`, `${common} ${file}`],
	'run.start': [
		`POST ${table}/run`,
		'project table rowId zeroRetention waitForCompletion',
		`${common} output ${waiting}`,
	],
	'run.get': [
		`GET ${table}/run/{run_id}`,
		'project table runId waitForCompletion',
		`${common} output ${waiting}`,
	],
	'reconciliation.reconcile': [
		`POST ${table}/reconcile`,
		'project table data files',
		`${common} maxWait onRunError output`,
	],
	'reconciliation.createTask': [`POST ${table}/tasks`, 'project table data files', common],
	'table.updateSettings': [`PATCH ${table}/extraction-settings`, 'project table settings', common],
	'project.getAll': ['GET /projects', 'returnAll limit', common],
	'projectFile.get': [`GET ${files}`, 'project path', common],
	'projectFile.getAll': [`GET ${files}`, 'project path returnAll limit', common],
	'projectFile.download': [`GET ${files}`, 'project path binaryPropertyName', common],
	'projectFile.upload': [`PUT ${files}`, `project path ${source}`, `${common} ${file}`],
};

/** The default operation of each resource. n8n does not save defaults. */
const savedDefaults = [
	['document', 'extract'],
	['project', 'getAll'],
	['projectFile', 'getAll'],
	['reconciliation', 'reconcile'],
	['run', 'start'],
	['table', 'updateSettings'],
];

/** The type, default, and choices of each parameter, which are the same everywhere. */
const savedParameters: Record<string, [type: string, value: unknown, choices?: string]> = {
	project: ['resourceLocator', { mode: 'list', value: '' }],
	table: ['resourceLocator', { mode: 'id', value: '' }],
	inputSource: ['options', 'binary', 'binary projectFile url'],
	binaryPropertyName: ['string', 'data'],
	fileUrl: ['string', ''],
	projectFilePath: ['string', ''],
	rowId: ['string', '={{ $json.row_id }}'],
	runId: ['string', '={{ $json.run_id }}'],
	zeroRetention: ['boolean', false],
	waitForCompletion: ['boolean', false],
	extractMode: ['options', 'async', 'async sync'],
	data: ['json', '{}'],
	files: ['string', ''],
	settings: ['collection', {}],
	path: ['string', ''],
	returnAll: ['boolean', false],
	limit: ['number', 50],
	options: ['collection', {}],
	filename: ['string', ''],
	mimeType: ['string', ''],
	onUnsupportedFile: ['options', 'skip', 'error skip'],
	pollInterval: ['number', 10],
	maxWait: ['number', 600],
	onTimeout: ['options', 'error', 'error return'],
	onRunError: ['options', 'error', 'error return'],
	output: ['options', 'row', 'data row'],
	includeInputFields: ['boolean', false],
	maxConcurrency: ['number', 10],
	maxRetries: ['number', 4],
	bounding_boxes: ['boolean', false],
	active_pipeline: [
		'options',
		'cloudsquid-flash-v3',
		'cloudsquid-flash cloudsquid-flash-v3 cloudsquid-pro-v2 cloudsquid-pro-v3',
	],
	review_mode: ['boolean', false],
};

const words = (text: string) => text.split(' ').filter(Boolean);
const namesOf = (options: readonly INodeProperties[]) => options.map(({ name }) => name);

/** The properties of a property, including itself. */
function flatten(property: INodeProperties): INodeProperties[] {
	const inner = property.type === 'collection' ? (property.options as INodeProperties[]) : [];
	return [property, ...inner.flatMap(flatten)];
}
const inputs = properties
	.flatMap(flatten)
	.filter(({ name, type }) => !['resource', 'operation'].includes(name) && type !== 'notice');

test('keeps the name and version of the node, which is declarative', () => {
	expect(description).toMatchObject({
		name: 'cloudsquid',
		version: 1,
		usableAsTool: true,
		credentials: [{ name: 'cloudsquidApi', required: true, testedBy: 'testConnection' }],
		requestDefaults: { baseURL: 'https://api.cloudsquid.io/api' },
		requestOperations: { pagination: expect.any(Function) },
	});
	expect(Object.keys(methods.credentialTest)).toEqual(['testConnection']);
	expect(new Cloudsquid()).not.toHaveProperty('execute');
	expect(properties[0]).toMatchObject({ name: 'resource', routing: { send: { paginate: true } } });
	expect(properties[0]).not.toHaveProperty('displayOptions');
	for (const { operation } of operations) {
		expect(Object.keys(operation.routing!)).toEqual(['request']);
	}
});

test('keeps the resources, the default operation of each, and the operations', () => {
	const [resource, ...others] = properties;
	expect(others.slice(0, operationProperties.length)).toEqual(operationProperties);
	expect(resource!.default).toBe('document');
	const values = resource!.options!.map((option) => (option as INodePropertyOptions).value);
	expect(values).toEqual(savedDefaults.map(([name]) => name));
	expect(
		operationProperties.map((each) => [each.displayOptions!.show!.resource![0], each.default]),
	).toEqual(savedDefaults);
	expect(operations.map(({ key }) => key).sort()).toEqual(Object.keys(savedOperations).sort());
});

test.each(operations)('keeps the request, parameters, and options of $title', (described) => {
	const { key, operation, fields, options } = described;
	const [request, savedFields, savedOptions] = savedOperations[key]!;
	const { method, url } = operation.routing!.request!;
	expect(`${method} ${url}`).toBe(request);
	expect(namesOf(fields)).toEqual(words(savedFields));
	expect(namesOf(options).sort()).toEqual(words(savedOptions).sort());
});

test.each(inputs)('keeps the type, default, and choices of $name', (property) => {
	const { name, type } = property;
	const [savedType, savedDefault, savedChoices] = savedParameters[name]!;
	expect([type, property.default]).toEqual([savedType, savedDefault]);
	if (type !== 'options') return;
	const all = inputs.filter((each) => each.name === name).flatMap(({ options }) => options!);
	const values = new Set(all.map((option) => (option as INodePropertyOptions).value));
	expect([...values].sort()).toEqual(words(savedChoices!));
});

test('keeps the names and defaults of the trigger', () => {
	expect(trigger).toMatchObject({ name: 'cloudsquidTrigger', version: 1, polling: true });
	const saved = trigger.properties.map(({ name, default: value }) => [name, value]);
	expect(saved).toEqual([
		['project', { mode: 'list', value: '' }],
		['path', '/'],
		['event', 'fileCreated'],
		['options', {}],
	]);
	const [event, options] = trigger.properties.slice(2).map((each) => each.options!);
	expect((event as INodePropertyOptions[]).map(({ value }) => value)).toEqual([
		'fileCreated',
		'fileCreatedOrUpdated',
		'fileUpdated',
	]);
	expect(namesOf(options as INodeProperties[])).toEqual(['downloadFiles', 'includeSubfolders']);
});

test.each<[name: string, parameters: INodeParameters, nodeName?: string]>([
	['toolNotice', {}, 'cloudsquidTool'],
	['longRunNotice', { options: { maxWait: 3600 } }],
	['zeroRetentionNotice', { zeroRetention: true }],
])('shows the notice %s only when it applies', (name, parameters, nodeName = 'cloudsquid') => {
	const isShown = (values: INodeParameters, type: string) => {
		const all = { resource: 'document', operation: 'extract', inputSource: 'binary', ...values };
		const node = { typeVersion: 1 } as INode;
		const notices = properties.filter((property) => property.name === name);
		return notices.some((notice) =>
			NodeHelpers.displayParameter({ extractMode: 'async', ...all }, notice, node, {
				...description,
				name: type,
			}),
		);
	};
	expect(isShown(parameters, nodeName)).toBe(true);
	expect(isShown({}, 'cloudsquid')).toBe(false);
});

test('has an example in every text field, and one that its own check accepts', () => {
	for (const { type, placeholder, modes } of inputs) {
		if (type === 'string') expect(placeholder).toMatch(/^e\.g\. \S/);
		for (const { placeholder: example, validation = [] } of modes ?? []) {
			for (const check of validation as INodePropertyRegexValidation[]) {
				const pattern = new RegExp(check.properties.regex);
				expect(example!.replace('e.g. ', '')).toMatch(pattern);
			}
		}
	}
});

test('sorts choices alphabetically, puts Output first, and labels durations with (Seconds)', () => {
	for (const { name, displayName, options = [] } of inputs) {
		const names = options.map((each) => ('displayName' in each ? each.displayName : each.name));
		if (name !== 'options') expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b)));
		else expect(names.slice(0, 1)).toEqual(['Output']);
		if (name === 'maxWait' || name === 'pollInterval') expect(displayName).toMatch(/ \(Seconds\)$/);
	}
});

test.each([
	...['extract pdf', 'extract data', 'read invoice', 'receipts', 'parse document', 'pdf to json'],
	...['extract text', 'scan receipt', 'invoice', 'ocr', 'document extraction', 'extract tables'],
	...[
		'extract invoice data',
		'email attachment',
		'attachment',
		'ai extract',
		'cloud squid',
		'file to json',
	],
])('is found by %j in the editor', (query) => {
	const item = { properties: { displayName: description.displayName, codex } };
	expect(sublimeSearch(query, [item])).toHaveLength(1);
});

test('quotes only labels that the editor shows', () => {
	const labelsOf = ({ displayName, modes = [], options = [] }: INodeProperties): string[] => [
		displayName,
		...modes.map((mode) => mode.displayName),
		...options.flatMap((option) =>
			'displayName' in option ? labelsOf(option as INodeProperties) : [option.name],
		),
	];
	const shown = [
		...properties,
		...trigger.properties,
		...new CloudsquidApi().properties,
		commonDeclarativeNodeOptionParameters as INodeProperties,
	];
	const texts = JSON.stringify([shown, messages]);
	// Quotation marks around a capital letter, and no apostrophes.
	const quoted = [...texts.matchAll(/(?<!\w)'(?=[A-Z])([^']*)'(?!\w)/g)].map(([, label]) => label);
	expect(quoted.length).toBeGreaterThan(50);
	// n8n adds the description to nodes that are tools.
	const labels = [...shown.flatMap(labelsOf), 'Tool Description', 'Set Manually'];
	expect([...new Set(labels)]).toEqual(expect.arrayContaining(quoted));
});
