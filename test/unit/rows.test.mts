import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { normalizeRow, toOutput } from '../../nodes/Cloudsquid/shared/rows.ts';
import { makeItem } from './items.mts';

const known = { project_name: 'Invoices', table_id: 'table', row_id: 'row', run_id: 'run' };
const parse = (text: string) => JSON.parse(text) as IDataObject;

/** A complete response, with its fields in another order. */
const response = {
	input: { data: {}, files: [{ id: 'row' }] },
	data: { vendor: 'Acme', total: 119, vat_id: null, lines: [{ sku: 'A' }, { sku: 'B' }] },
	status: 'done',
	review: { comment: '', reviewed_by: '', approved: false },
	reasoning: 'It says so.',
	row_id: 'row',
	created_at: '2026-01-01T00:00:00Z',
};

const itemWith = (options: IDataObject) => makeItem({ parameters: { options } });
const whole = itemWith({});
const fieldsOnly = itemWith({ output: 'data' });

describe('normalizeRow', () => {
	test('returns all fields in a fixed order, with the known IDs, and changes neither', () => {
		const ids = Object.freeze({ ...known, zero_retention: false, source_field: 'data' });
		const row = normalizeRow(Object.freeze({ confidence: 0.9, ...response }), ids);
		expect(Object.keys(row).join(' ')).toBe(
			'status data row_id run_id zero_retention created_at reasoning review input confidence project_name table_id source_field',
		);
		expect(row).toEqual({ confidence: 0.9, ...response, ...ids });
	});

	test.each<[IDataObject, unknown]>([
		[{ data: { a: 1 }, result: { b: 2 } }, { a: 1 }],
		[{ data: null, result: { b: 2 } }, { b: 2 }],
		[{ data: null, result: null }, undefined],
	])('finds the data in %j', (fields, data) => {
		const row = normalizeRow({ status: 'done', ...fields }, known);
		expect(row.data).toEqual(data);
		expect('data' in row).toBe(data !== undefined);
		expect(row).not.toHaveProperty('result');
	});

	test('omits what the API did not send, or sent as null, but keeps 0, false, and empty text', () => {
		const empty = { data: null, reasoning: null, review: null, other: null };
		const kept = { status: '', reasoning: '', pages: 0, approved: false };
		expect(normalizeRow({ ...empty, ...kept }, { project_name: undefined })).toEqual(kept);
	});

	test('prefers the IDs of the response to the known ones', () => {
		const row = { row_id: 'from the API', run_id: null };
		expect(normalizeRow(row, {})).toEqual({ row_id: 'from the API' });
		expect(normalizeRow(row, known)).toEqual({ ...known, row_id: 'from the API' });
	});
});

describe('with any response', () => {
	/** Names that have a meaning for the node, n8n, or JavaScript. */
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

	test('returns the same for the older and the newer format', () => {
		fc.assert(
			fc.property(json, statuses, (data, status) => {
				const [older, newer] = ['result', 'data'].map((field) =>
					normalizeRow(parse(`{"status":${status},"${field}":${data}}`), known),
				);
				expect(JSON.stringify(older)).toBe(JSON.stringify(newer));
				for (const item of [whole, fieldsOnly]) {
					const [one, other] = [toOutput(item, older!), toOutput(item, newer!)];
					expect(JSON.stringify(one)).toBe(JSON.stringify(other));
				}
			}),
		);
	});

	test('returns the data unchanged', () => {
		fc.assert(
			fc.property(json, (data) => {
				const row = normalizeRow(parse(`{"status":"done","data":${data}}`), known);
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
});

describe('toOutput', () => {
	test('returns the row by default, or only the fields, in the order of the API', () => {
		const row = Object.freeze(normalizeRow(response, known));
		for (const item of [whole, itemWith({ output: 'row' })]) expect(toOutput(item, row)).toBe(row);
		const output = toOutput(fieldsOnly, row);
		expect(output).toEqual(response.data);
		expect(output).not.toBe(row.data);
		expect(Object.keys(output)).toEqual(['vendor', 'total', 'vat_id', 'lines']);
		const ofOneFile = { ...row, source_field: 'scan' };
		expect(toOutput(fieldsOnly, ofOneFile)).toEqual({ ...response.data, source_field: 'scan' });
	});

	test.each<[IDataObject, IDataObject]>([
		[{ data: null }, {}],
		[{ data: [1, 2] }, { data: [1, 2] }],
		[{ data: false }, { data: false }],
		[{ data: { a: null, b: 1 } }, { a: null, b: 1 }],
		[{ data: { source_field: 'x' } }, { source_field: 'x' }],
		[{ data: { data: [1] } }, { data: [1] }],
		[{ data: { error: 'E1', a: 1 } }, { data: { error: 'E1', a: 1 } }],
		[{ data: { $error: null } }, { data: { $error: null } }],
		[{ data: { errors: 1 } }, { errors: 1 }],
		[{ result: { a: 1 } }, { a: 1 }],
	])('returns the fields of %j', (fields, expected) => {
		const row = normalizeRow({ status: 'done', ...fields }, known);
		expect(toOutput(fieldsOnly, row)).toEqual(expected);
	});
});
