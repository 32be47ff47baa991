import { NodeApiError } from 'n8n-workflow';
import { readTaskInput } from '../../nodes/Cloudsquid/resources/reconciliation/taskInput.ts';
import {
	getStringParameter,
	isUuid,
	readBoolean,
	readData,
	readFileIds,
	readId,
	readLimit,
	readPath,
	readProject,
	readTable,
} from '../../nodes/Cloudsquid/shared/parameters.ts';
import { makeItem } from './items.mts';

const ID = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
const OTHER = '7B1E6F0A-2C3D-4E5F-8A9B-0C1D2E3F4A5B';

const itemWith = (parameters: Record<string, unknown>) => makeItem({ parameters });

const rejection = (message: string) =>
	expect.objectContaining({ constructor: NodeApiError, message });

test('isUuid accepts UUIDs in any case, and nothing else', () => {
	const uuids = [ID, OTHER, '00000000-0000-0000-0000-000000000000'];
	const others = ['', `${ID} `, `${ID}\n`, `{${ID}}`, ID.slice(1), `${ID}0`, `../${ID}`]
		.concat([ID.replaceAll('-', ''), ID.replace('3', 'g'), `${ID}/../..`])
		.concat([undefined, null, 42, [ID]] as unknown as string[]);
	expect([...uuids, ...others].filter(isUuid)).toEqual(uuids);
});

describe('an ID', () => {
	const read = (rowId: unknown) => readId(itemWith({ rowId }), 'rowId', 'Row ID');

	test.each(['117', 'row_0042', 'a:b.c~d', ` ${ID}\n`])('can have any format: %j', (id) => {
		expect(read(id)).toBe(id.trim());
	});

	test.each<[unknown, string]>([
		[undefined, "'Row ID' is empty"],
		['  ', "'Row ID' is empty"],
		[{}, "'Row ID' is empty"],
		['../projects', "'Row ID' is not a valid ID: '../projects'"],
		['a\ud83d', "'Row ID' is not a valid ID: 'a\ud83d'"],
		['x y'.repeat(500), `'Row ID' is not a valid ID: '${'x y'.repeat(500).slice(0, 80)}…'`],
	])('is rejected: %p', (rowId, message) => {
		expect(() => read(rowId)).toThrow(rejection(message));
	});
});

describe('a list of IDs', () => {
	const read = (files: unknown) => readFileIds(itemWith({ files }));
	const both = [ID, OTHER];

	test.each<[unknown, string[]]>([
		...[undefined, '', ' , ,', []].map((files): [unknown, string[]] => [files, []]),
		[ID, [ID]],
		['a.b-c', ['a.b-c']],
		[` ${ID} ,${OTHER},`, both],
		[both, both],
		[[{ id: ID }, { id: ` ${OTHER}`, name: 'a' }], both],
		[[{ row_id: ID, status: 'done' }, OTHER], both],
		[JSON.stringify([ID, { id: OTHER }]), both],
		[{ id: ID }, [ID]],
	])('is read: %j', (files, ids) => {
		expect(read(files)).toEqual(ids);
	});

	test.each<[unknown, string]>([
		[`${ID}, invoice.pdf`, 'invoice.pdf'],
		[[ID, 42], '42'],
		[[{ name: 'a' }], 'null'],
		[`${ID} ${OTHER}`, `${ID} ${OTHER}`],
		[`["${ID}"`, `["${ID}"`],
	])('is rejected: %j', (files, wrong) => {
		expect(() => read(files)).toThrow(rejection(`'Files' contains an invalid ID: '${wrong}'`));
	});
});

test('reads text and numbers as trimmed text, and everything else as none', () => {
	const read = (value: unknown) => getStringParameter(itemWith({ value }), 'value');
	expect(['  a b ', 7].map(read)).toEqual(['a b', '7']);
	for (const value of [undefined, null, true, ['a'], { value: 'a' }]) expect(read(value)).toBe('');
});

describe('the project', () => {
	test.each<[unknown, string]>([
		['  Größe/請求書 ', 'Größe/請求書'],
		[2026, '2026'],
		['...', '...'],
		['.a', '.a'],
		[{ mode: 'list', value: ' Spaced ' }, ' Spaced '],
	])('is read: %p', (project, project_name) => {
		expect(readProject(itemWith({ project }))).toEqual({ project_name });
	});

	test.each<[unknown, string]>([
		['  ', "'Project' is empty"],
		[undefined, "'Project' is empty"],
		[{ mode: 'list', value: 7 }, "'Project' is empty"],
		[{ mode: 'list', value: ' ' }, "'Project' is empty"],
		['.', "'Project' cannot be '.'"],
		[' .. ', "'Project' cannot be '..'"],
		['a\ud83d', "'Project' contains an invalid character"],
	])('is rejected if its URL would be another one: %p', (project, message) => {
		expect(() => readProject(itemWith({ project }))).toThrow(rejection(message));
	});
});

test('reads the table with its project', () => {
	const item = itemWith({ project: 'A', table: ID });
	expect(readTable(item)).toEqual({ project_name: 'A', table_id: ID });
	expect(item.ids).toEqual({});
	for (const table of ['..', 'https://app.example.com/tables', 'Invoices']) {
		expect(() => readTable(itemWith({ project: 'A', table }))).toThrow(
			rejection(`'Table' is not a valid ID: '${table}'`),
		);
	}
});

describe('a path', () => {
	const read = (path: string) => readPath(itemWith({ project: 'A', path }));

	test.each(['/', 'a', '/a/b.pdf', '/a..b/..c/d..', '/a/./b', '/a/ b/…', '/請求書/'])(
		'is read with its project: %s',
		(path) => expect(read(` ${path} `)).toEqual({ project_name: 'A', path }),
	);

	test.each([
		[
			"'Path' must not contain '..'",
			['..', '/..', '../a', 'a/../b', 'a/..', 'a\\..\\b', '/a\\../b'],
		],
		["'Path' contains an invalid character", ['/\udc00.pdf']],
		["'Path' is empty", ['  ']],
	])('is rejected: %s', (message, paths) => {
		for (const path of paths) expect(() => read(path)).toThrow(rejection(message));
	});
});

describe('a JSON object', () => {
	const read = (data: unknown) => readData(itemWith({ data }));

	test.each([undefined, null, '', ' \n'])('is not there: %j', (data) => {
		expect(read(data)).toBeUndefined();
	});

	test.each(['{"a":[1]}', ' {} ', { a: [1] }])('is read: %j', (data) => {
		const json = typeof data === 'string' ? data.trim() : '{"a":[1]}';
		expect(read(data)).toEqual({ value: JSON.parse(json) as object, json });
	});

	test('is rejected if it is anything else', () => {
		for (const data of ['{"a":', '[1]', '"a"', 'a', 'null', 7, true, [1]]) {
			expect(() => read(data)).toThrow(rejection("'Data' is not a JSON object"));
		}
	});
});

test('sends what is there of the input of a task, and rejects a task without input', () => {
	const read = (input: object) => readTaskInput(itemWith({ ...input }));
	const data = { a: 1 };
	const files = [{ id: ID }, { id: OTHER }];
	expect(JSON.parse(String(read({ data: '{"a":1}' })))).toEqual({ data });
	expect(JSON.parse(String(read({ data, files: [ID, OTHER] })))).toEqual({ data, files });
	expect(JSON.parse(String(read({ data: '{}', files: ID })))).toEqual({ files: [{ id: ID }] });
	for (const input of [{}, { data: '{}' }, { data: '', files: ' , ' }, { files: [] }]) {
		expect(() => read(input)).toThrow(rejection("'Data' and 'Files' are both empty"));
	}
});

test('limits a list to 50, to any other number from 1, or not at all', () => {
	const read = (parameters: object) => readLimit(itemWith({ ...parameters }));
	const limits = [undefined, 3, 100, '7', -1, 'many'].map((limit) => read({ limit }));
	expect(limits).toEqual([50, 3, 100, 7, 1, 50]);
	for (const returnAll of [true, 'true']) expect(read({ returnAll, limit: 3 })).toBe(Infinity);
	expect([1, 2, 3].slice(0, read({ limit: 2.9 }))).toEqual([1, 2]);
});

test('reads booleans, also as text or numbers, and rejects everything else', () => {
	const read = (value: unknown) =>
		readBoolean(itemWith({ zeroRetention: value }), 'zeroRetention', 'Zero Retention');
	for (const value of [true, 'true', 'TRUE', ' True\n', 1, '1']) expect(read(value)).toBe(true);
	for (const value of [false, 'false', 'False', 'FALSE ', 0, '0']) expect(read(value)).toBe(false);
	for (const value of ['', 'yes', 'on', 'no', 2, -1, {}, [], [true]]) {
		expect(() => read(value)).toThrow(/^'Zero Retention' must be true or false, not '/);
	}
});
