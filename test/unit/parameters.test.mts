import { NodeOperationError } from 'n8n-workflow';
import fc from 'fast-check';
import {
	isUuid,
	readBoolean,
	readLimit,
	readData,
	readFileIds,
	readPath,
	readProject,
	readTable,
	getStringParameter,
	readId,
} from '../../nodes/Cloudsquid/shared/parameters.ts';
import { shorten } from '../../nodes/Cloudsquid/transport/response.ts';
import { readTaskInput } from '../../nodes/Cloudsquid/resources/reconciliation/taskInput.ts';
import { makeItem } from './items.mts';

const ID = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
const OTHER = '7B1E6F0A-2C3D-4E5F-8A9B-0C1D2E3F4A5B';

/** A job whose parameters have these values. */
const itemWith = (parameters: Record<string, unknown>) => makeItem({ parameters });

/** What the user reads where a parameter cannot be used. */
function refusal(read: () => unknown): { message: string; description?: string | null } {
	try {
		read();
	} catch (error) {
		expect(error).toBeInstanceOf(NodeOperationError);
		return error as NodeOperationError;
	}
	throw new Error('nothing was refused');
}

describe('an ID', () => {
	test.each([ID, OTHER, '00000000-0000-0000-0000-000000000000'])('%s is one', (value) => {
		expect(isUuid(value)).toBe(true);
	});

	test.each<[unknown]>([
		[''],
		[`${ID} `],
		[`${ID}\n`],
		[`{${ID}}`],
		[ID.slice(1)],
		[`${ID}0`],
		[ID.replaceAll('-', '')],
		[ID.replace('3', 'g')],
		[`../${ID}`],
		[`${ID}/../..`],
		[undefined],
		[null],
		[42],
		[[ID]],
	])('%p is none', (value) => {
		expect(isUuid(value)).toBe(false);
	});

	test.each(['117', 'row_0042', 'a:b.c~d'])(
		'is accepted in another form than the documented: %s',
		(rowId) => {
			expect(readId(itemWith({ rowId }), 'rowId', 'Row ID')).toBe(rowId);
		},
	);

	test('is read without the white space around it', () => {
		expect(readId(itemWith({ rowId: ` ${ID}\n` }), 'rowId', 'Row ID')).toBe(ID);
	});

	test.each<[unknown, string]>([
		[undefined, "'Row ID' is empty"],
		['  ', "'Row ID' is empty"],
		[{}, "'Row ID' is empty"],
		['../projects', "'Row ID' is not a valid ID: '../projects'"],
		['x y'.repeat(500), `'Row ID' is not a valid ID: '${'x y'.repeat(500).slice(0, 80)}…'`],
	])('is refused as %p', (rowId, message) => {
		const refused = refusal(() => readId(itemWith({ rowId }), 'rowId', 'Row ID'));
		expect(refused).toMatchObject({
			message,
			description: 'Use row_id from the output of Document → Upload.',
		});
	});
});

describe('a list of IDs', () => {
	const read = (files: unknown) => readFileIds(itemWith({ files }));

	test.each<[unknown, string[]]>([
		[undefined, []],
		['', []],
		[' , ,', []],
		[[], []],
		[ID, [ID]],
		[` ${ID} ,${OTHER},`, [ID, OTHER]],
		[
			[ID, OTHER],
			[ID, OTHER],
		],
		[
			[{ id: ID }, { id: ` ${OTHER}`, name: 'a' }],
			[ID, OTHER],
		],
		[
			[{ row_id: ID, status: 'done' }, OTHER],
			[ID, OTHER],
		],
		[JSON.stringify([ID, { id: OTHER }]), [ID, OTHER]],
		[{ id: ID }, [ID]],
	])('%j', (files, ids) => {
		expect(read(files)).toEqual(ids);
	});

	test.each<[unknown, string]>([
		[`${ID}, invoice.pdf`, 'invoice.pdf'],
		[[ID, 42], '42'],
		[[{ name: 'a' }], 'null'],
		[`${ID} ${OTHER}`, `${ID} ${OTHER}`],
		[`["${ID}"`, `["${ID}"`],
	])('%j is refused', (files, wrong) => {
		expect(refusal(() => read(files)).message).toBe(`'Files' contains an invalid ID: '${wrong}'`);
	});
});

describe('a text', () => {
	test.each<[unknown, string]>([
		['  a b ', 'a b'],
		[7, '7'],
		[undefined, ''],
		[null, ''],
		[true, ''],
		[['a'], ''],
		[{ value: 'a' }, ''],
	])('%p is read as %p', (value, text) => {
		expect(getStringParameter(itemWith({ value }), 'value')).toBe(text);
	});
});

describe('the project', () => {
	test.each<[unknown, string]>([
		['Invoices 2026', 'Invoices 2026'],
		['  Größe/請求書 ', 'Größe/請求書'],
		[2026, '2026'],
		['...', '...'],
		['.a', '.a'],
	])('%p is read as its name', (project, project_name) => {
		expect(readProject(itemWith({ project }))).toEqual({ project_name });
	});

	test.each<[unknown, string]>([
		['', "'Project' is empty"],
		['  ', "'Project' is empty"],
		[undefined, "'Project' is empty"],
		['.', "'Project' cannot be '.'"],
		[' .. ', "'Project' cannot be '..'"],
		['a\ud83d', "'Project' contains an invalid character"],
	])('%p is refused: its path would lead elsewhere', (project, message) => {
		expect(refusal(() => readProject(itemWith({ project }))).message).toBe(message);
	});
});

describe('the table', () => {
	test('is read with its project', () => {
		const item = itemWith({ project: 'A', table: ID });
		expect(readTable(item)).toEqual({ project_name: 'A', table_id: ID });
		expect(item.ids).toEqual({});
	});

	test.each(['..', 'https://app.example.com/tables', 'Invoices'])('%s is refused', (table) => {
		const item = itemWith({ project: 'A', table });
		expect(refusal(() => readTable(item)).message).toBe(`'Table' is not a valid ID: '${table}'`);
	});
});

describe('a path', () => {
	test.each(['/', 'a', '/a/b.pdf', '/a..b/..c/d..', '/a/./b', '/a/ b/…', '/請求書/'])(
		'%s is read as it is, with its project',
		(path) => {
			const item = itemWith({ project: 'A', path: ` ${path} ` });
			expect(readPath(item)).toEqual({ project_name: 'A', path });
		},
	);

	test.each(['..', '/..', '../a', 'a/../b', 'a/..', 'a\\..\\b', '/a\\../b'])(
		'%s is refused: it leads out of where it seems to be',
		(path) => {
			expect(refusal(() => readPath(itemWith({ project: 'A', path }))).message).toBe(
				"'Path' must not contain '..'",
			);
		},
	);

	test('with half a character is refused: no address can hold it', () => {
		expect(refusal(() => readPath(itemWith({ project: 'A', path: '/\udc00.pdf' }))).message).toBe(
			"'Path' contains an invalid character",
		);
	});

	test('that is empty is refused', () => {
		expect(refusal(() => readPath(itemWith({ project: 'A', path: '  ' }))).message).toBe(
			"'Path' is empty",
		);
	});
});

describe('a JSON object', () => {
	const read = (data: unknown) => readData(itemWith({ data }));

	test.each<[unknown, object | undefined]>([
		[undefined, undefined],
		[null, undefined],
		['', undefined],
		[' \n', undefined],
		['{"a": [1]}', { a: [1] }],
		[{ a: [1] }, { a: [1] }],
		['{}', {}],
	])('%j is read as %j', (data, object) => {
		expect(read(data)?.value).toEqual(object);
	});

	test.each<[unknown]>([['{"a":'], ['[1]'], [[1]], ['"a"'], ['a'], ['null'], [7], [true]])(
		'%j is none',
		(data) => {
			expect(refusal(() => read(data)).message).toBe("'Data' is not a JSON object");
		},
	);
});

describe('what is to be reconciled', () => {
	test.each<[object, object]>([
		[{ data: '{"a":1}' }, { data: { a: 1 } }],
		[{ files: ID }, { files: [{ id: ID }] }],
		[
			{ data: { a: 1 }, files: [ID, OTHER] },
			{ data: { a: 1 }, files: [{ id: ID }, { id: OTHER }] },
		],
		[{ data: '{}', files: ID }, { files: [{ id: ID }] }],
	])('%j is sent as %j', (parameters, body) => {
		expect(JSON.parse(readTaskInput(itemWith({ ...parameters })).toString())).toEqual(body);
	});

	test.each([{}, { data: '{}' }, { data: '', files: ' , ' }, { files: [] }])(
		'%j is nothing, and refused',
		(parameters) => {
			expect(refusal(() => readTaskInput(itemWith(parameters))).message).toBe(
				"'Data' and 'Files' are both empty",
			);
		},
	);
});

describe('how much of a list is given', () => {
	const list = Array.from({ length: 60 }, (_, i) => ({ i }));

	test.each<[object, number]>([
		[{}, 50],
		[{ limit: 3 }, 3],
		[{ limit: 100 }, 60],
		[{ limit: '7' }, 7],
		[{ limit: 2.9 }, 2],
		[{ limit: -1 }, 1],
		[{ limit: 'many' }, 50],
		[{ returnAll: true, limit: 3 }, 60],
		[{ returnAll: 'true', limit: 3 }, 60],
	])('with %j it is the first %i of 60', (parameters, length) => {
		expect(list.slice(0, readLimit(itemWith({ ...parameters })))).toHaveLength(length);
	});
});

test('what a user entered is cut to a length that fits, and otherwise left as it is', () => {
	fc.assert(
		fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (text, longest) => {
			const short = shorten(text, longest);
			if (text.length <= longest) expect(short).toBe(text);
			else expect(short).toBe(`${text.slice(0, longest)}…`);
		}),
	);
});

describe('a boolean', () => {
	const read = (value: unknown) =>
		readBoolean(itemWith({ zeroRetention: value }), 'zeroRetention', 'Zero Retention');

	test.each([true, 'true', 'TRUE', ' True\n', 1, '1'])('%j is true', (value) => {
		expect(read(value)).toBe(true);
	});

	test.each([false, 'false', 'False', 'FALSE ', 0, '0'])('%j is false', (value) => {
		expect(read(value)).toBe(false);
	});

	test.each(['', 'yes', 'on', 'no', 2, -1, {}, [], [true]])('%j is refused', (value) => {
		expect(refusal(() => read(value)).message).toMatch(
			/^'Zero Retention' must be true or false, not '/,
		);
	});
});
