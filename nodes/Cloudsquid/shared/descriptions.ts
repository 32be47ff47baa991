import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

/** When a parameter is shown: for these resources and operations. */
type Show = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

const UUID_PATTERN = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';

/** The project. Paths take its name, not its ID. */
export const projectSelect: INodeProperties = {
	displayName: 'Project',
	name: 'project',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The Cloudsquid project to work in',
	displayOptions: { hide: { resource: ['project'] } },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a project…',
			typeOptions: { searchListMethod: 'getProjects', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. Invoices 2026',
			hint: 'As Cloudsquid shows it, not its ID',
		},
	],
};

/** The table. No documented endpoint lists tables, so there is nothing to choose from. */
export const tableSelect: INodeProperties = {
	displayName: 'Table',
	name: 'table',
	type: 'resourceLocator',
	default: { mode: 'id', value: '' },
	required: true,
	description: 'The table of the project that the documents or tasks belong to',
	displayOptions: { show: { resource: ['document', 'run', 'reconciliation', 'table'] } },
	modes: [
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: `^\\s*${UUID_PATTERN}\\s*$`,
						errorMessage: 'A table ID looks like 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
					},
				},
			],
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://…/tables/3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
			hint: 'The address of the table in the browser; the last ID in it is taken',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: `.*${UUID_PATTERN}.*`,
						errorMessage: 'There is no table ID in this address',
					},
				},
			],
			extractValue: {
				type: 'regex',
				// Takes an address without an ID whole, so that our own check can say what is missing.
				regex: `(${UUID_PATTERN}(?!.*${UUID_PATTERN})|^(?!.*${UUID_PATTERN}).*$)`,
			},
		},
	],
};

/** Where a document comes from, for every operation that takes one. */
export function documentFields(show: Show): INodeProperties[] {
	return [
		{
			displayName: 'Input Source',
			name: 'inputSource',
			type: 'options',
			options: [
				{
					name: 'File From Previous Node',
					value: 'binary',
					description: 'Send a file that the previous node gives',
				},
				{
					name: 'File URL',
					value: 'url',
					description: 'Let Cloudsquid fetch the file; nothing is downloaded to n8n',
				},
			],
			default: 'binary',
			description: 'Where the document comes from',
			displayOptions: { show },
		},
		{
			displayName: 'Input Data Field Name',
			name: 'binaryPropertyName',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'One field, several separated by commas, or * for every file of the item',
			description: "The name of the item's field that holds the file to send",
			displayOptions: { show: { ...show, inputSource: ['binary'] } },
		},
		{
			displayName: 'File URL',
			name: 'fileUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://example.com/invoice.pdf',
			hint: 'Cloudsquid must be able to reach it without logging in; a signed address is best',
			description: 'The address of the document',
			displayOptions: { show: { ...show, inputSource: ['url'] } },
		},
	];
}

/** Whether Cloudsquid may keep what it works out on the way to the result. */
export function zeroRetentionField(show: Show): INodeProperties {
	return {
		displayName: 'Zero Retention',
		name: 'zeroRetention',
		type: 'boolean',
		default: false,
		description:
			'Whether Cloudsquid runs the extraction without persisting intermediate results, see <a href="https://docs.cloudsquid.io/api-reference/tables/request-starts-the-analyze-process-for-a-table" target="_blank">the documentation</a>',
		displayOptions: { show },
	};
}

/** What to know before relying on zero retention. */
export function zeroRetentionNotice(show: Show): INodeProperties {
	return {
		displayName:
			"Cloudsquid does not document how long a zero-retention result can be read. Take it as soon as it is there, as Extract and 'Wait for Completion' do, and do not rely on reading the run again later.",
		name: 'zeroRetentionNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...show, zeroRetention: [true] } },
	};
}

/** Whether the node waits for the run's result. */
export function waitField(show: Show): INodeProperties {
	return {
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: false,
		description: 'Whether to wait until the run has ended and give its result',
		displayOptions: { show },
	};
}

type Option = INodePropertyOptions | INodeProperties | INodePropertyCollection;

/** The collection of optional settings, in alphabetical order. */
export function optionsField(show: Show, options: INodeProperties[]): INodeProperties {
	// Plain comparison: `localeCompare` would make n8n load its collation data as it starts.
	const byName = (a: INodeProperties, b: INodeProperties) =>
		a.displayName.toLowerCase() < b.displayName.toLowerCase() ? -1 : 1;
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show },
		options: [...options].sort(byName) as Option[] as INodeProperties[],
	};
}

/** Settings of every operation: how requests are sent, and what items keep. */
export const commonOptions: INodeProperties[] = [
	{
		displayName: 'Include Input Fields',
		name: 'includeInputFields',
		type: 'boolean',
		default: false,
		description:
			"Whether to keep the input item's fields; where names are the same the result wins",
	},
	{
		displayName: 'Max Concurrent Requests',
		name: 'maxConcurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 10,
		description: 'How many requests may be under way at once, for all items together',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 4,
		description:
			'How often a request is sent again after a passing hindrance. Uploads and runs are repeated only if they surely did nothing.',
	},
];

/** Settings of operations that send a document. */
export const documentOptions: INodeProperties[] = [
	{
		displayName: 'File Name',
		name: 'filename',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice.pdf',
		description: 'The name to give the document, in place of its own. Used for a single file only.',
	},
	{
		displayName: 'MIME Type',
		name: 'mimeType',
		type: 'string',
		default: '',
		placeholder: 'e.g. application/pdf',
		description: 'The type of the document, if the previous node labelled it wrongly',
	},
];

/** The setting of operations that give a row. */
export const outputOption: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	options: [
		{
			name: 'Extracted Fields Only',
			value: 'data',
			description:
				'The extracted fields alone, at the top level of the item; under data if one is called error, which n8n would take for a failure',
		},
		{
			name: 'Row',
			value: 'row',
			description: 'The row with its IDs, status and the extracted fields under data',
		},
	],
	default: 'row',
	description: 'What the output item holds',
};

/** How long an answer may take. */
export const maxWaitOption: INodeProperties = {
	displayName: 'Max Wait',
	name: 'maxWait',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 600,
	description:
		'How many seconds to wait for the result. When time is up the work goes on in Cloudsquid.',
};

/** What to do when a run has failed. */
export const runErrorOption: INodeProperties = {
	displayName: 'On Run Error',
	name: 'onRunError',
	type: 'options',
	options: [
		{ name: 'Return the Row', value: 'return' },
		{ name: 'Stop With an Error', value: 'error' },
	],
	default: 'error',
	description: "What to do when the run ends with the status 'error'",
};

/** Settings of operations that wait for a run; `displayOptions` says when they do. */
export function waitingOptions(
	displayOptions?: INodeProperties['displayOptions'],
): INodeProperties[] {
	const fields: INodeProperties[] = [
		maxWaitOption,
		runErrorOption,
		{
			displayName: 'On Timeout',
			name: 'onTimeout',
			type: 'options',
			options: [
				{ name: 'Return the Unfinished Row', value: 'return' },
				{ name: 'Stop With an Error', value: 'error' },
			],
			default: 'error',
			description: "What to do when the run has not ended after 'Max Wait'",
		},
		{
			displayName: 'Poll Interval',
			name: 'pollInterval',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 2,
			description: 'Most seconds between two looks at the run; the first looks come a second apart',
		},
	];
	return fields.map((field) => ({ ...field, displayOptions }));
}
