import type { IDataObject, INodeProperties } from 'n8n-workflow';
import fc from 'fast-check';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import type { ItemContext } from '../../nodes/Cloudsquid/shared/itemContext.ts';
import {
	syncTimeoutMs,
	defaults,
	getOptions,
	resolveOptions,
} from '../../nodes/Cloudsquid/shared/options.ts';
import { makeItem } from './items.mts';

/** The options of all operations. */
const offered = new Cloudsquid().description.properties
	.filter(({ name }) => name === 'options')
	.flatMap(({ options }) => options as INodeProperties[]);

const texts = ['filename', 'mimeType'];
const minimums = { pollInterval: 1, maxWait: 0, maxConcurrency: 1, maxRetries: 0 };
const numbers = Object.entries(minimums) as Array<[keyof typeof minimums, number]>;

test('reads all options that are offered, with the defaults that the editor shows', () => {
	const shown = Object.fromEntries(offered.map((option) => [option.name, option.default]));
	expect(shown).toEqual({ ...defaults, filename: '', mimeType: '' });
	for (const [name, minValue] of numbers) {
		const same = offered.filter((option) => option.name === name);
		expect(new Set(same.map(({ typeOptions }) => typeOptions?.minValue))).toEqual(
			new Set([minValue]),
		);
	}
});

test('uses the defaults for what is not set, and does not change them', () => {
	const before = { ...defaults };
	expect(resolveOptions({})).toEqual(defaults);
	expect(resolveOptions({ ...defaults })).toEqual(defaults);
	resolveOptions(Object.freeze({ maxWait: 5 })).maxRetries = 99;
	expect(defaults).toEqual(before);
});

describe.each(numbers)('the number %s', (name, minimum) => {
	const resolve = (value: unknown) => resolveOptions({ [name]: value } as IDataObject)[name];

	test('is at least its minimum', () => {
		for (const value of [minimum - 1, -1, -0.5, -1e9]) expect(resolve(value)).toBe(minimum);
	});

	test.each([minimum, 1, 7, 1000])('can be %i, also as text', (value) => {
		expect([value, String(value), ` ${value} `].map(resolve)).toEqual([value, value, value]);
	});

	test.each([
		...[undefined, null, NaN, Infinity, -Infinity, true, false, {}],
		...['many', '5 minutes', '', '  '],
	])('is the default if it is %p', (value) => {
		expect(resolve(value)).toBe(defaults[name]);
	});

	test.each([[[]], [[7]]])('is the default if it is the list %p', (value) => {
		expect(resolve(value)).toBe(defaults[name]);
	});
});

test('rounds down numbers of requests, but not seconds', () => {
	const given = { maxConcurrency: 2.9, maxRetries: 2.9, pollInterval: 2.5, maxWait: 0.5 };
	expect(resolveOptions(given)).toMatchObject({ ...given, maxConcurrency: 2, maxRetries: 2 });
});

describe.each([
	['onTimeout', 'return'],
	['onRunError', 'return'],
	['output', 'data'],
] as const)('the choice %s', (name, other) => {
	const resolve = (value: unknown) => resolveOptions({ [name]: value } as IDataObject)[name];

	test('is what was selected', () => {
		expect([resolve(other), resolve(defaults[name])]).toEqual([other, defaults[name]]);
	});

	test.each(['Return', '', null, true, 1, {}, 'other'])('is the default for %p', (value) => {
		expect(resolve(value)).toBe(defaults[name]);
		expect(resolve([other])).toBe(defaults[name]);
	});
});

test.each([
	[true, true],
	[false, false],
	['true', true],
	[1, true],
	[null, false],
	[{}, false],
])('includes input fields for %p: %p', (value, expected) => {
	const set = { includeInputFields: value } as IDataObject;
	expect(resolveOptions(set).includeInputFields).toBe(expected);
});

test.each([
	['invoice.pdf', 'invoice.pdf'],
	['  invoice.pdf ', 'invoice.pdf'],
	['', undefined],
	['   ', undefined],
	[undefined, undefined],
	[null, undefined],
	[7, undefined],
	[{}, undefined],
])('reads the text %p as %p', (value, expected) => {
	for (const name of texts) {
		const options: object = resolveOptions({ [name]: value } as IDataObject);
		expect(options).toHaveProperty(name, expected);
	}
});

test('returns finite numbers in their ranges, whatever is set', () => {
	const names = fc.constantFrom(...numbers.map(([name]) => name));
	fc.assert(
		fc.property(fc.dictionary(names, fc.anything()), (set) => {
			const options = resolveOptions(set as IDataObject);
			for (const [name, minimum] of numbers) {
				expect(Number.isFinite(options[name])).toBe(true);
				expect(options[name]).toBeGreaterThanOrEqual(minimum);
			}
		}),
	);
});

test('reads the options once per item', () => {
	let reads = 0;
	const contextWith = (options: IDataObject) => {
		const getNodeParameter = () => {
			reads++;
			return options;
		};
		return { getNodeParameter } as unknown as ItemContext['context'];
	};
	const [first, second] = [contextWith({ maxWait: 1 }), contextWith({ maxWait: 2 })];
	const waits = [first, second, first].map((context) => getOptions(context).maxWait);
	expect(waits).toEqual([1, 2, 1]);
	expect(reads).toBe(2);
});

// For n8n's HTTP client, a timeout of 0 means none.
test.each([
	[undefined, 600_000],
	[90, 90_000],
	[0.5, 1000],
	[0, 1000],
])('limits a synchronous request with a wait of %p s to %i ms', (maxWait, milliseconds) => {
	const { context } = makeItem({ parameters: { options: { maxWait } } });
	expect(syncTimeoutMs(context)).toBe(milliseconds);
});
