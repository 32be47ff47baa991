import fc from 'fast-check';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import type { ItemContext } from '../../nodes/Cloudsquid/shared/itemContext.ts';
import {
	syncTimeoutMs,
	defaults,
	getOptions,
	resolveOptions,
} from '../../nodes/Cloudsquid/shared/options.ts';
import { makeItem } from './items.mts';

/** Every setting under Options, of every operation that offers it. */
const offered = new Cloudsquid().description.properties
	.filter(({ name }) => name === 'options')
	.flatMap(({ displayOptions, options }) => {
		const { resource, operation } = displayOptions!.show!;
		return (options as INodeProperties[]).map((option): [string, INodeProperties] => [
			`${option.name} of ${String(resource)} → ${String(operation)}`,
			option,
		]);
	});

const texts = ['filename', 'mimeType'];
const numbers = ['pollInterval', 'maxWait', 'maxConcurrency', 'maxRetries'] as const;

test('all settings are offered somewhere, and none that is not read', () => {
	const names = new Set(offered.map(([, { name }]) => name));
	expect([...names].sort()).toEqual([...Object.keys(defaults), ...texts].sort());
});

describe('what the editor shows as default is what holds', () => {
	test.each(offered)('%s', (_, option) => {
		if (texts.includes(option.name)) expect(option.default).toBe('');
		else expect(option.default).toBe(defaults[option.name as keyof typeof defaults]);
	});
});

test('the defaults are those that were agreed on', () => {
	expect(defaults).toEqual({
		pollInterval: 10,
		maxWait: 600,
		onTimeout: 'error',
		onRunError: 'error',
		output: 'row',
		includeInputFields: false,
		maxConcurrency: 10,
		maxRetries: 4,
	});
});

test('where nothing is set, the defaults hold', () => {
	expect(resolveOptions({})).toEqual(defaults);
});

test('setting a default changes nothing', () => {
	expect(resolveOptions({ ...defaults })).toEqual(defaults);
});

test('resolving changes neither the defaults nor what is set', () => {
	const before = { ...defaults };
	const set = Object.freeze({ maxWait: 5, output: 'data' });
	resolveOptions(set).maxRetries = 99;
	expect(defaults).toEqual(before);
});

describe.each([
	{ name: 'pollInterval', least: 1 },
	{ name: 'maxWait', least: 0 },
	{ name: 'maxConcurrency', least: 1 },
	{ name: 'maxRetries', least: 0 },
] as const)('the number $name', ({ name, least }) => {
	const resolve = (value: unknown) => resolveOptions({ [name]: value } as IDataObject)[name];

	test('cannot be set below what makes sense, in the editor or by expression', () => {
		for (const [, option] of offered.filter(([, each]) => each.name === name)) {
			expect(option.typeOptions?.minValue).toBe(least);
		}
		for (const value of [least - 1, -1, -0.5, -1e9]) expect(resolve(value)).toBe(least);
	});

	test.each([least, 1, 7, 1000])('is taken as it is when it is %i', (value) => {
		expect(resolve(value)).toBe(value);
		expect(resolve(String(value))).toBe(value);
		expect(resolve(` ${value} `)).toBe(value);
	});

	test.each<[unknown]>([
		[undefined],
		[null],
		[NaN],
		[Infinity],
		[-Infinity],
		['many'],
		['5 minutes'],
		[''],
		['  '],
		[{}],
		[[]],
		[[7]],
		[true],
		[false],
	])('is the default when it is %p, which is no number', (value) => {
		expect(resolve(value)).toBe(defaults[name]);
	});
});

test.each(['maxConcurrency', 'maxRetries'] as const)('%s counts whole things', (name) => {
	expect(resolveOptions({ [name]: 2.9 })[name]).toBe(2);
});

test('an interval and a wait may be parts of a second', () => {
	expect(resolveOptions({ pollInterval: 2.5, maxWait: 0.5 })).toMatchObject({
		pollInterval: 2.5,
		maxWait: 0.5,
	});
});

describe.each([
	{ name: 'onTimeout', other: 'return', usual: 'error' },
	{ name: 'onRunError', other: 'return', usual: 'error' },
	{ name: 'output', other: 'data', usual: 'row' },
] as const)('the choice $name', ({ name, other, usual }) => {
	test('is what was chosen', () => {
		expect(resolveOptions({ [name]: other })[name]).toBe(other);
		expect(resolveOptions({ [name]: usual })[name]).toBe(usual);
	});

	test.each<[unknown]>([['Return'], [''], [null], [true], [1], [['return']], [{}], ['other']])(
		'is the usual one for %p, which is no choice',
		(value) => {
			expect(resolveOptions({ [name]: value } as IDataObject)[name]).toBe(usual);
		},
	);

	test('has exactly these two in the editor', () => {
		for (const [, option] of offered.filter(([, each]) => each.name === name)) {
			const values = (option.options as Array<{ value: string }>).map(({ value }) => value);
			expect(values.sort()).toEqual([other, usual].sort());
		}
	});
});

test.each<[unknown, boolean]>([
	[true, true],
	[false, false],
	['true', true],
	[1, true],
	[null, false],
	[{}, false],
])('input fields are included for %p: %p', (value, expected) => {
	const set = { includeInputFields: value } as IDataObject;
	expect(resolveOptions(set).includeInputFields).toBe(expected);
});

describe.each(texts)('the text %s', (name) => {
	test.each<[unknown, string | undefined]>([
		['invoice.pdf', 'invoice.pdf'],
		['  invoice.pdf ', 'invoice.pdf'],
		['', undefined],
		['   ', undefined],
		[undefined, undefined],
		[null, undefined],
		[7, undefined],
		[{}, undefined],
	])('%p is taken as %p', (value, expected) => {
		const options: object = resolveOptions({ [name]: value } as IDataObject);
		expect(options).toHaveProperty(name, expected);
	});
});

test('whatever is set, every number is finite and in its range', () => {
	fc.assert(
		fc.property(fc.dictionary(fc.constantFrom(...numbers), fc.anything()), (set) => {
			const options = resolveOptions(set as IDataObject);
			for (const name of numbers) expect(Number.isFinite(options[name])).toBe(true);
			expect(options.pollInterval).toBeGreaterThanOrEqual(1);
			expect(options.maxWait).toBeGreaterThanOrEqual(0);
			expect(options.maxConcurrency).toBeGreaterThanOrEqual(1);
			expect(options.maxRetries).toBeGreaterThanOrEqual(0);
		}),
	);
});

test('options are read once for an item, and for each item anew', () => {
	let reads = 0;
	const contextWith = (options: IDataObject) => {
		const getNodeParameter = () => {
			reads++;
			return options;
		};
		return { getNodeParameter } as unknown as ItemContext['context'];
	};
	const first = contextWith({ maxWait: 1 });
	const second = contextWith({ maxWait: 2 });
	expect(getOptions(first).maxWait).toBe(1);
	expect(getOptions(second).maxWait).toBe(2);
	expect(getOptions(first).maxWait).toBe(1);
	expect(reads).toBe(2);
});

// The HTTP client takes a time-out of 0 for none.
test.each([
	{ maxWait: undefined, milliseconds: 600_000 },
	{ maxWait: 90, milliseconds: 90_000 },
	{ maxWait: 0.5, milliseconds: 1000 },
	{ maxWait: 0, milliseconds: 1000 },
])('a blocking call with a wait of $maxWait s ends after $milliseconds ms', (row) => {
	const { context } = makeItem({ parameters: { options: { maxWait: row.maxWait } } });
	expect(syncTimeoutMs(context)).toBe(row.milliseconds);
});
