import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { toOutput, normalizeRow } from '../../nodes/Cloudsquid/shared/rows.ts';
import { makeItem } from './items.mts';

const known = { project_name: 'Invoices', table_id: 'table', row_id: 'row', run_id: 'run' };

/** A complete response, with its fields in another order. */
const answer = {
	input: { data: {}, files: [{ id: 'row' }] },
	data: { vendor: 'Acme', total: 119, vat_id: null, lines: [{ sku: 'A' }, { sku: 'B' }] },
	status: 'done',
	review: { comment: '', reviewed_by: '', approved: false },
	reasoning: 'It says so.',
	row_id: 'row',
	created_at: '2026-01-01T00:00:00Z',
};

describe('normalizeRow', () => {
	test('returns the fields in a fixed order, with the known IDs', () => {
		const row = normalizeRow(answer, { ...known, zero_retention: false, source_field: 'data' });
		expect(Object.keys(row).join(' ')).toBe(
			'run_id row_id status zero_retention data created_at reasoning review input project_name table_id source_field',
		);
		expect(row).toEqual({ ...answer, ...known, zero_retention: false, source_field: 'data' });
	});

	test('returns the same for the older response format', () => {
		const row = normalizeRow({ result: { vendor: 'Acme' }, status: 'done' }, known);
		expect(row).toEqual({ ...known, status: 'done', data: { vendor: 'Acme' } });
		expect(Object.keys(row).join(' ')).toBe('run_id row_id status data project_name table_id');
	});

	test.each<[string, IDataObject, unknown]>([
		['only data', { data: { a: 1 } }, { a: 1 }],
		['data and a result', { data: { a: 1 }, result: { b: 2 } }, { a: 1 }],
		['data that is null, and a result', { data: null, result: { b: 2 } }, { b: 2 }],
		['a result that is an array', { result: [1, 2] }, [1, 2]],
		['a result that is a text', { result: 'all well' }, 'all well'],
		['a result that is 0', { result: 0 }, 0],
		['a result that is false', { result: false }, false],
		['data that is empty', { data: {} }, {}],
		['nothing', {}, undefined],
		['null for both', { data: null, result: null }, undefined],
	])('reads %s', (_, given, data) => {
		const row = normalizeRow({ status: 'done', ...given }, known);
		expect(row.data).toEqual(data);
		expect('data' in row).toBe(data !== undefined);
		expect(row).not.toHaveProperty('result');
	});

	test('omits what the API did not send, or sent as null', () => {
		const sent = { status: 'running', data: null, reasoning: null, review: null, other: null };
		expect(normalizeRow(sent, { table_id: 'table', project_name: undefined })).toEqual({
			status: 'running',
			table_id: 'table',
		});
	});

	test('keeps 0, false, and empty text', () => {
		const sent = { status: '', reasoning: '', pages: 0, approved: false };
		expect(normalizeRow(sent, {})).toEqual(sent);
	});

	test('keeps the extracted fields as they are, including null', () => {
		expect(normalizeRow(answer, known).data).toEqual(answer.data);
	});

	test('keeps undocumented fields, after the documented ones', () => {
		const row = normalizeRow({ confidence: 0.9, status: 'done', data: {} }, known);
		expect(row.confidence).toBe(0.9);
		const fields = Object.keys(row);
		expect(fields.indexOf('confidence')).toBeGreaterThan(fields.indexOf('data'));
	});

	test('uses known IDs if the response contains none', () => {
		expect(normalizeRow({ status: 'running' }, known)).toEqual({ ...known, status: 'running' });
		expect(normalizeRow({ status: 'running', row_id: null, run_id: null }, known)).toMatchObject({
			row_id: 'row',
			run_id: 'run',
		});
	});

	test('prefers the row ID of the response', () => {
		expect(normalizeRow({ row_id: 'from the API' }, {}).row_id).toBe('from the API');
		expect(normalizeRow({ row_id: 'from the API' }, known).row_id).toBe('from the API');
	});

	test('changes neither the response nor the known IDs', () => {
		const given = Object.freeze({ ...answer });
		const ids = Object.freeze({ ...known });
		normalizeRow(given, ids);
		expect(given).toEqual(answer);
		expect(ids).toEqual(known);
	});

	test('ignores __proto__ in a response', () => {
		const text =
			'{"status":"done","__proto__":{"polluted":true},"data":{"__proto__":{"polluted":1}}}';
		const row = normalizeRow(JSON.parse(text) as IDataObject, known);
		expect(({} as IDataObject).polluted).toBeUndefined();
		expect(row.polluted).toBeUndefined();
		expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
		expect(row.status).toBe('done');
	});
});

describe('with any response', () => {
	/** Any JSON, with names that have a meaning for the node, n8n, or JavaScript. */
	const names = fc.oneof(
		fc.constantFrom('status', 'row_id', 'run_id', 'error', '__proto__', 'constructor', 'toString'),
		fc.string(),
	);
	const json = fc
		.letrec<{ value: unknown }>((tie) => ({
			value: fc.oneof(
				{ maxDepth: 3 },
				fc.jsonValue({ maxDepth: 0 }),
				fc.array(tie('value'), { maxLength: 3 }),
				fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
			),
		}))
		.value.map((value) => JSON.stringify(value));
	const statuses = fc.oneof(fc.constantFrom('"done"', '"running"', '"error"'), json);

	test('returns the same row for the older and the newer format', () => {
		fc.assert(
			fc.property(json, statuses, (data, status) => {
				const [older, newer] = ['result', 'data'].map((field) =>
					normalizeRow(JSON.parse(`{"status":${status},"${field}":${data}}`) as IDataObject, known),
				);
				expect(JSON.stringify(older)).toBe(JSON.stringify(newer));
				for (const item of [whole, fieldsOnly]) {
					expect(JSON.stringify(toOutput(item, older!))).toBe(
						JSON.stringify(toOutput(item, newer!)),
					);
				}
			}),
		);
	});

	test('returns the data unchanged', () => {
		fc.assert(
			fc.property(json, (data) => {
				const row = normalizeRow(
					JSON.parse(`{"status":"done","data":${data}}`) as IDataObject,
					known,
				);
				expect(JSON.stringify(row.data)).toBe(data === 'null' ? undefined : data);
				expect(row).toMatchObject({ ...known, status: 'done' });
				const output = toOutput(fieldsOnly, row);
				const allowed = [data, `{"data":${data}}`, ...(data === 'null' ? ['{}'] : [])];
				expect(allowed).toContain(JSON.stringify(output));
				expect(Object.getPrototypeOf(output)).toBe(Object.prototype);
				expect(Object.keys(Object.prototype)).toEqual([]);
			}),
		);
	});

	test('keeps all fields, and adds the known IDs', () => {
		const answers = fc.dictionary(names, fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true });
		fc.assert(
			fc.property(answers, (given) => {
				const row = normalizeRow(JSON.parse(JSON.stringify(given)) as IDataObject, {
					table_id: 't',
				});
				for (const [name, value] of Object.entries(given)) {
					const field = name === 'result' ? 'data' : name;
					const stands = name === 'table_id' || (name === 'result' && given.data != null);
					if (value === null || stands) continue;
					expect(JSON.stringify(Object.getOwnPropertyDescriptor(row, field)?.value)).toBe(
						JSON.stringify(value),
					);
				}
				expect(row.table_id).toBe('t');
			}),
		);
	});
});

const itemWith = (options: IDataObject) => makeItem({ parameters: { options } });
const whole = itemWith({});
const fieldsOnly = itemWith({ output: 'data' });

describe('toOutput', () => {
	test('returns the row by default', () => {
		const row = normalizeRow(answer, known);
		expect(toOutput(whole, row)).toEqual(row);
		expect(toOutput(itemWith({ output: 'row' }), row)).toEqual(row);
	});

	test('returns only the extracted fields, in the order of the API', () => {
		const output = toOutput(fieldsOnly, normalizeRow(answer, known));
		expect(output).toEqual(answer.data);
		expect(Object.keys(output)).toEqual(['vendor', 'total', 'vat_id', 'lines']);
	});

	test.each<[string, IDataObject, IDataObject]>([
		['no data', {}, {}],
		['null', { data: null }, {}],
		['an empty object', { data: {} }, {}],
		['an array', { data: [1, 2] }, { data: [1, 2] }],
		['a text', { data: 'Acme' }, { data: 'Acme' }],
		['a number', { data: 0 }, { data: 0 }],
		['a boolean', { data: false }, { data: false }],
		['fields of which some were not found', { data: { a: null, b: 1 } }, { a: null, b: 1 }],
		['a field called source_field', { data: { source_field: 'x' } }, { source_field: 'x' }],
		['a field called data', { data: { data: [1] } }, { data: [1] }],
		['a field called error', { data: { error: 'E1', a: 1 } }, { data: { error: 'E1', a: 1 } }],
		['a field called $error', { data: { $error: null } }, { data: { $error: null } }],
		['a field called errors', { data: { errors: 1 } }, { errors: 1 }],
		['the older answer', { result: { a: 1 } }, { a: 1 }],
	])('returns the fields of a response with %s', (_, given, expected) => {
		expect(toOutput(fieldsOnly, normalizeRow({ status: 'done', ...given }, known))).toEqual(
			expected,
		);
	});

	test('adds the source of one of several files to the fields', () => {
		const row = normalizeRow(answer, { ...known, source_field: 'attachment_1' });
		expect(toOutput(fieldsOnly, row)).toEqual({ ...answer.data, source_field: 'attachment_1' });
	});

	test('does not change the row', () => {
		const row = normalizeRow(answer, known);
		const before = structuredClone(row);
		toOutput(fieldsOnly, row).vendor = 'changed';
		expect(row).toEqual(before);
	});
});
