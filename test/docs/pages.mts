import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { FailureKind } from '../../nodes/Cloudsquid/shared/errors.ts';
import { figuresOf } from './benchmarks.mts';
import { code, details, json, prose, table } from './markdown.mts';
import { listMessages, type Message } from './messages.mts';
import { operations, resources, type DescribedOperation } from './operations.mts';
import { allEndpoints, type Sample } from './samples.mts';

/** By `key` of the operation. */
export type Samples = ReadonlyMap<string, Sample>;

/** What of the README is made, by the name of the section. */
export function readmeSections(
	samples: Samples,
	errorItem: string,
	benchmarks: string,
): Record<string, string> {
	return {
		operations: table(
			['Resource', 'Operation', 'What it does'],
			operations.map(({ resource, operation }) => [
				resource.name,
				operation.name,
				operation.description ?? '',
			]),
		),
		fields: resources.map((resource) => describeResource(resource, samples)).join('\n\n'),
		options: table(['Option', 'What it does', 'Default', 'Where'], optionRows()),
		'error-item': json(errorItem),
		endpoints: table(['Endpoint', 'Operations'], endpointRows(samples)),
		messages: describeMessages(listMessages()),
		benchmarks: figuresOf(benchmarks),
	};
}

/** The page with everything about every operation. */
export function operationsPage(samples: Samples): string {
	const parts = operations.map((each) => {
		const { title, resource, operation, fields, options } = each;
		return [
			`## ${title}`,
			`${operation.description}. Saved as ${code(`resource: ${resource.value}`)}, ${code(`operation: ${operation.value}`)}.`,
			describeRequests(each, samples),
			table(
				['Field', 'Saved as', 'What it is', 'Default', 'Shown'],
				fields.flatMap((field) => fullRows(field)),
			),
			'Under _Options_:',
			table(
				['Option', 'Saved as', 'What it does', 'Default', 'Shown'],
				options.flatMap((option) => fullRows(option)),
			),
			describeSample(each, samples),
		].join('\n\n');
	});
	return [
		'# Operations in full',
		'Made by `npm run docs` from the node itself: its fields are read from its description, and each answer is what the operation really gave on n8n\'s engine with the local emulator as Cloudsquid. IDs, times and addresses are replaced by fixed ones; what is under `data` depends on the fields of your table. "Saved as" is the name in a workflow\'s JSON and in `$parameter`.',
		...parts,
	]
		.join('\n\n')
		.concat('\n');
}

function describeResource(resource: INodePropertyOptions, samples: Samples): string {
	const own = operations.filter((each) => each.resource === resource);
	const names = own.map(({ operation }) => operation.name).join(', ');
	const content = own.map((each) =>
		[
			`#### ${each.title}`,
			`${each.operation.description}. ${describeRequests(each, samples)}`,
			table(
				['Field', 'What it is', 'Default'],
				each.fields.map((field) => [field.displayName, describeField(field), defaultOf(field)]),
			),
			`_Options_: ${each.options.map(({ displayName }) => displayName).join(', ')}.`,
			describeSample(each, samples),
		].join('\n\n'),
	);
	return details(`<b>${resource.name}</b>: ${names}`, content.join('\n\n'));
}

function describeField(field: INodeProperties): string {
	const condition = whenShown(field);
	return prose(field.description ?? '') + (condition && ` (${condition})`);
}

function describeRequests({ key }: DescribedOperation, samples: Samples): string {
	const { endpoints, variantEndpoints } = sampleOf(samples, key);
	const always = endpoints.map(code).join(', ');
	const sometimes = variantEndpoints.map(code).join(', ');
	return `Calls ${always}${sometimes && `; depending on its fields: ${sometimes}`}.`;
}

function describeSample({ key }: DescribedOperation, samples: Samples): string {
	const { json: items, file } = sampleOf(samples, key);
	const beside = file
		? `\n\nand the file itself in ${code(file.field)}: ${code(file.fileName)}, ${code(file.mimeType)}.`
		: '';
	return `${items.startsWith('[') ? 'Gives items such as' : 'Gives an item such as'}\n\n${json(items)}${beside}`;
}

function sampleOf(samples: Samples, key: string): Sample {
	const sample = samples.get(key);
	if (!sample) throw new Error(`There is no sample of ${key}.`);
	return sample;
}

/** A field with all that the editor says about it, and what can be chosen or added in it. */
function fullRows(field: INodeProperties, above = ''): string[][] {
	const { displayName, name, description = '', hint, type, options = [], modes } = field;
	const label = above + displayName;
	const texts = [
		description,
		hint,
		modes && `Modes: ${modes.map((mode) => mode.displayName).join(', ')}`,
	];
	const choices = type === 'options' ? (options as INodePropertyOptions[]) : [];
	const added = type === 'collection' ? (options as INodeProperties[]) : [];
	return [
		[
			label,
			code(name),
			[
				...texts
					.filter((text): text is string => !!text)
					.map((text) => prose(text).replace(/\.$/, '')),
				...choices.map(describeChoice),
			].join('. '),
			defaultOf(field),
			whenShown(field),
		],
		...added.flatMap((each) => fullRows(each, `${label} → `)),
	];
}

function describeChoice({ name, value, description }: INodePropertyOptions): string {
	const text = description ? `: ${prose(description).replace(/\.$/, '')}` : '';
	return `**${name}** (${code(String(value))})${text}`;
}

function defaultOf({ default: value, type, options = [] }: INodeProperties): string {
	if (type === 'options') {
		return (options as INodePropertyOptions[]).find((each) => each.value === value)?.name ?? '';
	}
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	if (typeof value === 'number') return String(value);
	if (typeof value !== 'string' || value === '') return '';
	return code(value.replace(/^=/, ''));
}

/** On which other field this one depends, if on any. */
function whenShown({ displayOptions }: INodeProperties): string {
	return Object.entries(displayOptions?.show ?? {})
		.filter(([name]) => !['resource', 'operation'].includes(name))
		.map(([name, values]) => {
			const parent = findField(name.replace(/^\//, ''));
			const chosen = (values ?? []).map((value) => labelOf(parent, value)).join(' or ');
			return `with _${parent.displayName}_: ${chosen}`;
		})
		.join(', ');
}

function findField(name: string): INodeProperties {
	const field = operations.flatMap(({ fields }) => fields).find((each) => each.name === name);
	if (!field) throw new Error(`No operation has a field ${name}.`);
	return field;
}

function labelOf({ options = [] }: INodeProperties, value: unknown): string {
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	const choice = (options as INodePropertyOptions[]).find((each) => each.value === value);
	return `_${choice?.name ?? String(value)}_`;
}

/** Every setting under _Options_ once, with the operations that have it. */
function optionRows(): string[][] {
	const byName = new Map(
		operations.flatMap(({ options }) => options.map((option) => [option.displayName, option])),
	);
	return [...byName]
		.sort(([a], [b]) => a.localeCompare(b))
		.map(([name, option]) => {
			const having = operations.filter(({ options }) =>
				options.some(({ displayName }) => displayName === name),
			);
			const where =
				having.length === operations.length
					? 'everywhere'
					: having.map(({ title }) => title).join(', ');
			return [name, prose(option.description ?? ''), defaultOf(option), where];
		});
}

function endpointRows(samples: Samples): string[][] {
	const endpoints = operations.flatMap(({ key }) => allEndpoints(sampleOf(samples, key)));
	return [...new Set(endpoints)].sort(byPath).map((endpoint) => {
		const callers = operations.filter(({ key }) =>
			allEndpoints(sampleOf(samples, key)).includes(endpoint),
		);
		return [code(endpoint), callers.map(({ title }) => title).join(', ')];
	});
}

function byPath(a: string, b: string): number {
	return a.split(' ')[1]!.localeCompare(b.split(' ')[1]!);
}

/** What the message itself has no room for. */
const advice: Partial<Record<FailureKind, string>> = {
	badRequest:
		'What Cloudsquid found wrong follows in its own words. Usual reasons: a table of another type than the operation needs, or a row that belongs to another table.',
	unauthorized: 'A key that was deleted in the dashboard reads the same.',
	notFound:
		'A project is addressed by its name, so one that was renamed is found no more. Keys belong to a project, too.',
	rateLimited: 'Several executions at once each have their own requests under way.',
	notConnected:
		'In a container, `localhost` is the container. Behind a proxy, n8n needs `HTTPS_PROXY`.',
	webPage: 'A login page or the address of the dashboard are such pages.',
	timedOut:
		'A proxy on the way may give up earlier than the node does, often after 60 or 100 seconds.',
	stopped:
		'Somebody stopped the execution, or it reached the time limit in the settings of the workflow.',
};

const groups: Array<[string, (message: Message) => boolean]> = [
	['What was filled in', ({ kind }) => kind === 'input'],
	[
		'Runs and downloads',
		({ kind = '' }) => ['runFailed', 'runUnfinished', 'downloadFailed'].includes(kind),
	],
	['The editor: credential and list of projects', ({ kind }) => kind === undefined],
	['Cloudsquid and the way there', () => true],
];

function describeMessages(messages: Message[]): string {
	const left = new Set(messages);
	return groups
		.map(([title, belongs]) => {
			const rows = [...left].filter(belongs);
			for (const message of rows) left.delete(message);
			return details(
				`<b>${title}</b>`,
				table(['Message', 'What to do', 'Kind'], rows.map(messageRow)),
			);
		})
		.join('\n\n');
}

function messageRow({ kind, message, description = '' }: Message): string[] {
	const more = advice[kind as FailureKind] ?? '';
	return [
		// As the node shows it, for whoever looks for its words.
		message,
		[prose(description), more].filter(Boolean).join(' '),
		kind ? code(kind) : '',
	];
}
