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

/** The options of all operations. */
const offered = new Cloudsquid().description.properties
	.filter(({ name }) => name === 'options')
	.flatMap(({ options }) => options as INodeProperties[]);

/** Reads one option that is set to a value. */
const resolverOf = (name: keyof ReturnType<typeof resolveOptions>) => (value: unknown) =>
	resolveOptions({ [name]: value } as IDataObject)[name];

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
	const resolve = resolverOf(name);

	test('is at least its minimum, and can be text', () => {
		for (const value of [minimum - 1, -1, -0.5, -1e9]) expect(resolve(value)).toBe(minimum);
		for (const value of [minimum, 1, 7, 1000]) {
			expect([value, String(value), ` ${value} `].map(resolve)).toEqual([value, value, value]);
		}
	});

	test('is the default for anything that is not a number', () => {
		const others = [undefined, null, NaN, Infinity, -Infinity, true, false, {}, [], [7]];
		for (const value of [...others, 'many', '5 minutes', '', '  ']) {
			expect([value, resolve(value)]).toEqual([value, defaults[name]]);
		}
	});
});

test('rounds down numbers of requests, but not seconds', () => {
	const given = { maxConcurrency: 2.9, maxRetries: 2.9, pollInterval: 2.5, maxWait: 0.5 };
	expect(resolveOptions(given)).toMatchObject({ ...given, maxConcurrency: 2, maxRetries: 2 });
});

test.each([
	['onTimeout', 'return'],
	['onRunError', 'return'],
	['output', 'data'],
] as const)(
	'the choice %s is what was selected, and the default for anything else',
	(name, other) => {
		const resolve = resolverOf(name);
		expect(resolve(other)).toBe(other);
		for (const value of [defaults[name], 'Return', '', null, true, 1, {}, 'other', [other]]) {
			expect(resolve(value)).toBe(defaults[name]);
		}
	},
);

test('reads texts and whether to include input fields, and ignores values of other types', () => {
	const values = [true, 'true', 1, false, null, {}];
	expect(values.map(resolverOf('includeInputFields'))).toEqual([
		true,
		true,
		true,
		false,
		false,
		false,
	]);
	for (const name of ['filename', 'mimeType'] as const) {
		const read = resolverOf(name);
		expect(['a.pdf', '  a.pdf '].map(read)).toEqual(['a.pdf', 'a.pdf']);
		for (const value of ['', '   ', undefined, null, 7, {}]) expect(read(value)).toBeUndefined();
	}
});

test('reads the options once per item', () => {
	const getNodeParameter = jest.fn(() => ({ maxWait: 1 }));
	const context = { getNodeParameter } as unknown as ItemContext['context'];
	const other = makeItem({ parameters: { options: { maxWait: 2 } } }).context;
	expect([context, other, context].map((each) => getOptions(each).maxWait)).toEqual([1, 2, 1]);
	expect(getNodeParameter).toHaveBeenCalledTimes(1);
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
