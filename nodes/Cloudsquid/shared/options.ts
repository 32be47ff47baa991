import type { IDataObject, IExecutePaginationFunctions } from 'n8n-workflow';

/** The optional settings of an operation, with what holds where the user set nothing. */
export interface Options {
	filename?: string;
	mimeType?: string;
	/** Longest pause between two looks at a run, in seconds. */
	pollInterval: number;
	/** How long to wait for a run, in seconds. */
	maxWait: number;
	onTimeout: 'error' | 'return';
	onRunError: 'error' | 'return';
	output: 'row' | 'data';
	includeInputFields: boolean;
	/** Requests in flight at once, for all items of one execution of the node together. */
	maxConcurrency: number;
	/** How often a request is sent again that surely did no work. */
	maxRetries: number;
}

/** What holds where the user set nothing. The descriptions repeat it, since n8n's lint wants literals there. */
export const defaults: Options = {
	pollInterval: 2,
	maxWait: 600,
	onTimeout: 'error',
	onRunError: 'error',
	output: 'row',
	includeInputFields: false,
	maxConcurrency: 10,
	maxRetries: 4,
};

/** The least that makes sense for each number; anything below is raised to it. */
const least = { pollInterval: 1, maxWait: 0, maxConcurrency: 1, maxRetries: 0 };

/** Numbers that count whole things. */
const WHOLE = ['maxConcurrency', 'maxRetries'];

const optionsByItem = new WeakMap<IExecutePaginationFunctions, Options>();

/** The options as set for this item. Expressions are resolved once, not with every poll. */
export function readOptions(context: IExecutePaginationFunctions): Options {
	let options = optionsByItem.get(context);
	if (!options) {
		options = resolveOptions(context.getNodeParameter('options', {}) as IDataObject);
		optionsByItem.set(context, options);
	}
	return options;
}

/** Fills in what was not set and brings numbers into their range. */
export function resolveOptions(set: IDataObject): Options {
	const options: Options = { ...defaults };
	for (const [name, minimum] of Object.entries(least) as Array<[keyof typeof least, number]>) {
		const value = toNumber(set[name]) ?? defaults[name];
		options[name] = Math.max(WHOLE.includes(name) ? Math.floor(value) : value, minimum);
	}
	if (set.onTimeout === 'return') options.onTimeout = 'return';
	if (set.onRunError === 'return') options.onRunError = 'return';
	if (set.output === 'data') options.output = 'data';
	options.includeInputFields = set.includeInputFields === true;
	options.filename = nonEmpty(set.filename);
	options.mimeType = nonEmpty(set.mimeType);
	return options;
}

/** A number, or text that is one. An expression that gives nothing must not be taken for 0. */
function toNumber(value: unknown): number | undefined {
	const number = typeof value === 'number' ? value : Number(nonEmpty(value) ?? NaN);
	return Number.isFinite(number) ? number : undefined;
}

function nonEmpty(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/**
 * How long a call may stay open that answers only when the result is there, in milliseconds: as
 * long as waiting for a run would take, but never 0, which would be without end.
 */
export function blockingTimeout(context: IExecutePaginationFunctions): number {
	return Math.max(readOptions(context).maxWait, 1) * 1000;
}
