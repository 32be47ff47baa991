import type { IDataObject, IExecutePaginationFunctions } from 'n8n-workflow';

/** The settings under Options, with defaults for what the user did not set. */
export interface Options {
	filename?: string;
	mimeType?: string;
	/** What happens with `*` to files of other types, and to items without files. */
	onUnsupportedFile: 'skip' | 'error';
	/** Maximum delay between two status checks, in seconds. */
	pollInterval: number;
	/** How long to wait for a run, in seconds. */
	maxWait: number;
	onTimeout: 'error' | 'return';
	onRunError: 'error' | 'return';
	output: 'row' | 'data';
	includeInputFields: boolean;
	/** Requests in flight at once, across all items of one execution of the node. */
	maxConcurrency: number;
	/** How often a failed request is sent again, where that is safe. */
	maxRetries: number;
}

/** The descriptions repeat these values, because n8n's linter requires literals there. */
export const defaults: Options = {
	onUnsupportedFile: 'skip',
	pollInterval: 10,
	maxWait: 600,
	onTimeout: 'error',
	onRunError: 'error',
	output: 'row',
	includeInputFields: false,
	maxConcurrency: 10,
	maxRetries: 4,
};

/** Lower numbers are raised to these. */
const minimums = { pollInterval: 1, maxWait: 0, maxConcurrency: 1, maxRetries: 0 };

const INTEGER_OPTIONS = ['maxConcurrency', 'maxRetries'];

const optionsByItem = new WeakMap<
	IExecutePaginationFunctions,
	{ values: IDataObject; options: Options }
>();

/** The options of an item, as the user set them and resolved. Evaluates expressions only once. */
function readOptions(context: IExecutePaginationFunctions) {
	const known = optionsByItem.get(context);
	if (known) return known;
	const values = context.getNodeParameter('options', {}) as IDataObject;
	const read = { values, options: resolveOptions(values) };
	optionsByItem.set(context, read);
	return read;
}

/** What the user set under Options. */
export function getOptionValues(context: IExecutePaginationFunctions): IDataObject {
	return readOptions(context).values;
}

/** The options of an item. */
export function getOptions(context: IExecutePaginationFunctions): Options {
	return readOptions(context).options;
}

/** Adds defaults to the values that are set, and brings numbers into their range. */
export function resolveOptions(values: IDataObject): Options {
	const options: Options = { ...defaults };
	for (const [name, minimum] of Object.entries(minimums) as Array<
		[keyof typeof minimums, number]
	>) {
		const value = toNumber(values[name]) ?? defaults[name];
		options[name] = Math.max(INTEGER_OPTIONS.includes(name) ? Math.floor(value) : value, minimum);
	}
	if (values.onUnsupportedFile === 'error') options.onUnsupportedFile = 'error';
	if (values.onTimeout === 'return') options.onTimeout = 'return';
	if (values.onRunError === 'return') options.onRunError = 'return';
	if (values.output === 'data') options.output = 'data';
	options.includeInputFields = toBoolean(values.includeInputFields) ?? false;
	options.filename = toText(values.filename);
	options.mimeType = toText(values.mimeType);
	return options;
}

/** `true` or `false`, also as text or as 1 and 0, which expressions, forms and agents return. */
export function toBoolean(value: unknown): boolean | undefined {
	if (!['boolean', 'number', 'string'].includes(typeof value)) return undefined;
	const text = String(value).trim().toLowerCase();
	if (text === 'true' || text === '1') return true;
	return text === 'false' || text === '0' ? false : undefined;
}

/** A number, or text that is one. An expression that returns nothing must not count as 0. */
export function toNumber(value: unknown): number | undefined {
	const number = typeof value === 'number' ? value : Number(toText(value) ?? NaN);
	return Number.isFinite(number) ? number : undefined;
}

/** The trimmed text; `undefined` if it is empty or not text. */
export function toText(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** How long a synchronous call may take: as long as a run. 0 would mean no limit. */
export function syncTimeoutMs(context: IExecutePaginationFunctions): number {
	return Math.max(getOptions(context).maxWait, 1) * 1000;
}
