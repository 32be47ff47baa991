import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** The values that other parameters must have for a parameter to be shown. */
type Show = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

/** A text among the fields. */
function notice(name: string, text: string, show: Show): INodeProperties {
	return { displayName: text, name, type: 'notice', default: '', displayOptions: { show } };
}

const UUID_PATTERN = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';

/**
 * The table ID in a URL: the one after `/tables/`, or else the last one. Matches a whole URL without an
 * ID, so that our own check can report what is missing.
 */
export const TABLE_ID_REGEX = `((?<=/tables/)${UUID_PATTERN}|(?<!/tables/${UUID_PATTERN}.*)${UUID_PATTERN}(?!.*${UUID_PATTERN})|^(?!.*${UUID_PATTERN}).*$)`;

/** API paths contain the project's name, not its ID. */
export const projectField: INodeProperties = {
	displayName: 'Project',
	name: 'project',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The Cloudsquid project to use',
	builderHint: { propertyHint: 'The name of the project, not its ID' },
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
			hint: 'The name as shown in Cloudsquid, not the ID',
		},
	],
};

/** No documented endpoint lists tables, so there is no list to select from. */
export const tableField: INodeProperties = {
	displayName: 'Table',
	name: 'table',
	type: 'resourceLocator',
	default: { mode: 'id', value: '' },
	required: true,
	description: 'The table that contains the documents or tasks',
	builderHint: {
		propertyHint: 'A UUID that only the user knows: the API cannot list tables. Do not invent one.',
	},
	displayOptions: { show: { resource: ['document', 'run', 'reconciliation', 'table'] } },
	modes: [
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
			hint: 'The ID is in the URL of the table in Cloudsquid. You can paste the whole URL.',
			validation: [
				{
					type: 'regex',
					properties: {
						// n8n itself says that an empty field is required.
						regex: `^\\s*(${UUID_PATTERN}|\\S*/\\S*${UUID_PATTERN}\\S*)?\\s*$`,
						errorMessage:
							'Enter a table ID, such as 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c, or a URL that contains it',
					},
				},
			],
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://…/tables/3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c',
			hint: 'The URL of the table in Cloudsquid, as your browser shows it',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: `.*${UUID_PATTERN}.*|^\\s*$`,
						errorMessage: 'This URL contains no table ID',
					},
				},
			],
			extractValue: {
				type: 'regex',
				regex: TABLE_ID_REGEX,
			},
		},
	],
};

const fileSources: INodePropertyOptions[] = [
	{
		name: 'File From Previous Node',
		value: 'binary',
		description: 'Use a file from the input item',
	},
	{
		name: 'File URL',
		value: 'url',
		description: 'Cloudsquid downloads the file itself. It does not pass through n8n.',
	},
];

const projectFileSource: INodePropertyOptions = {
	name: 'Project File',
	value: 'projectFile',
	description: 'Use a file stored in the project. It does not pass through n8n.',
};

/** What the editor shows if the node is an agent's tool. */
const toolNotice = notice(
	'toolNotice',
	"AI agents cannot pass files to tools. Set 'Input Source' to 'File URL' or 'Project File', and let the model define the URL or path with the button next to that field. Set 'Tool Description' to 'Set Manually', and say what the tool does and needs, for example: Extracts data from a document. Needs the URL of a PDF or an image. Can take a few minutes.",
	{ '@tool': [true] },
);

function inputSourceField(options: INodePropertyOptions[]): INodeProperties {
	return {
		displayName: 'Input Source',
		name: 'inputSource',
		type: 'options',
		options,
		default: 'binary',
		description: 'Where the document comes from',
		builderHint: {
			propertyHint:
				'Use binary for files of the input item, and projectFile after Cloudsquid Trigger. An AI agent cannot pass files, so its tool needs url or projectFile.',
		},
	};
}

const fileFields: INodeProperties[] = [
	{
		displayName: 'Input Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'Separate several names with commas, or use * for all files of the item',
		description: 'The name of the input field containing the file to send',
		builderHint: {
			propertyHint:
				'The name of a binary field, not its content. Use * for emails and forms, whose field names vary.',
		},
		displayOptions: { show: { inputSource: ['binary'] } },
	},
	{
		displayName: 'File URL',
		name: 'fileUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/invoice.pdf',
		hint: 'Cloudsquid must be able to download it without logging in, for example from a presigned URL',
		description: 'The URL of the document',
		displayOptions: { show: { inputSource: ['url'] } },
	},
];

/** Where a file comes from that is uploaded to the project. */
export const fileSourceFields: INodeProperties[] = [inputSourceField(fileSources), ...fileFields];

/** Where a document comes from that is uploaded to a table. */
export const documentFields: INodeProperties[] = [
	inputSourceField([...fileSources, projectFileSource]),
	toolNotice,
	...fileFields,
	{
		displayName: 'Path',
		name: 'projectFilePath',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
		hint: 'Use the path returned by Cloudsquid Trigger or Project File → Get Many',
		description: 'The path of the file in the project',
		builderHint: { propertyHint: 'After Cloudsquid Trigger, the field path of the input item' },
		displayOptions: { show: { inputSource: ['projectFile'] } },
	},
];

/** Whether Cloudsquid may store intermediate results, and what to know before relying on it. */
export function zeroRetentionFields(show: Show = {}): INodeProperties[] {
	return [
		{
			displayName: 'Zero Retention',
			name: 'zeroRetention',
			type: 'boolean',
			default: false,
			description:
				'Whether to run the extraction without persisting intermediate results. See <a href="https://docs.cloudsquid.io/api-reference/tables/request-starts-the-analyze-process-for-a-table" target="_blank">the documentation</a>.',
			displayOptions: { show },
		},
		notice(
			'zeroRetentionNotice',
			"Cloudsquid does not document how long a zero-retention result stays available. Retrieve it as soon as the run is done, as Extract and 'Wait for Completion' do, and do not rely on Get Run later.",
			{ ...show, zeroRetention: [true] },
		),
	];
}

/** Whether the node waits for the result of a run. */
export const waitField: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description: 'Whether to wait for the run to finish and then return its result',
};

/** Options of all operations. */
export const commonOptions: INodeProperties[] = [
	{
		displayName: 'Include Input Fields',
		name: 'includeInputFields',
		type: 'boolean',
		default: false,
		description:
			"Whether to keep the input item's fields. Result fields overwrite fields of the same name.",
	},
	{
		displayName: 'Max Concurrent Requests',
		name: 'maxConcurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 10,
		description: 'Maximum number of simultaneous requests across all items',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 4,
		description:
			'How many times to retry after a temporary failure. Uploads and runs are retried only if the first attempt had no effect.',
	},
];

/** Options of operations that send a document. */
export const documentOptions: INodeProperties[] = [
	{
		displayName: 'File Name',
		name: 'filename',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice.pdf',
		description:
			'Name of the document in Cloudsquid, if it should differ from the original file name. Only used for a single file.',
	},
	{
		displayName: 'MIME Type',
		name: 'mimeType',
		type: 'string',
		default: '',
		placeholder: 'e.g. application/pdf',
		description:
			'Type of the document, if the previous node labeled it incorrectly. Used for all files that are sent.',
	},
	{
		displayName: 'On Unsupported or Missing File',
		name: 'onUnsupportedFile',
		type: 'options',
		options: [
			{ name: 'Skip', value: 'skip' },
			{ name: 'Stop With an Error', value: 'error' },
		],
		default: 'skip',
		description:
			"What to do with files that Cloudsquid does not accept, and with items without files, if 'Input Data Field Name' is *",
	},
];

/** Recommends separate nodes if 'Max Wait (Seconds)' exceeds 10 minutes; `show` says when the node waits. */
export function longRunNotice(show: Show): INodeProperties {
	return notice(
		'longRunNotice',
		"If you stop the execution, the run continues in Cloudsquid, but its IDs appear only in n8n's log. To keep them in the workflow, use separate nodes: Document → Upload, Run → Start Run with 'Wait for Completion' off, and then Run → Get Run.",
		{ ...show, '/options.maxWait': [{ _cnd: { gt: 600 } }] },
	);
}

/** The option of operations that return a row. */
export const outputOption: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	options: [
		{
			name: 'Extracted Fields Only',
			value: 'data',
			description:
				'Only the extracted fields, at the top level of the item. If one of them is named error, they stay under data, because n8n would otherwise treat the item as failed.',
		},
		{
			name: 'Row',
			value: 'row',
			description: 'The row with its IDs, its status, and the extracted fields under data',
		},
	],
	default: 'row',
	description: 'What the output item contains',
};

/** How long to wait for a result. */
export const maxWaitOption: INodeProperties = {
	displayName: 'Max Wait (Seconds)',
	name: 'maxWait',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 600,
	description: 'How long to wait for the result. The run continues in Cloudsquid afterward.',
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

/** Options of operations that wait for a run; `displayOptions` says when they do. */
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
			description: "What to do when the run has not finished after 'Max Wait (Seconds)'",
		},
		{
			displayName: 'Poll Interval (Seconds)',
			name: 'pollInterval',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10,
			description: 'Maximum time between status checks. The first checks are more frequent.',
		},
	];
	return fields.map((field) => ({ ...field, displayOptions }));
}

/** How much of a list to return. */
export const listFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
];
