import type { INodeParameters } from 'n8n-workflow';
import type { Execution } from './engine.mts';
import { useSetting } from './setting.mts';

/*
 * n8n knows an item of an error by its fields: one that has `error` and nothing but `message` and
 * `details` beside it goes to the error output, "Retry On Fail" runs the node again if the first
 * item has an `error`, and `$error` with `$json` is n8n's own way to write one down. A document
 * may have fields of these names all the same.
 */

const setting = useSetting();
const runId = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
const get = { resource: 'run', operation: 'get', runId };
const extract = { resource: 'document', operation: 'extract' };

/** Extracted fields that n8n would mistake, one way or the other. */
const lookalikes: Array<[string, object]> = [
	['error', { error: 'E-117' }],
	['error and message', { error: 'E-117', message: 'Paper jam' }],
	['error, message and details', { error: 'E-117', message: 'Paper jam', details: {} }],
	['error and more', { error: 'E-117', machine: 'Printer 3' }],
	['error that is empty', { error: '', machine: 'Printer 3' }],
	['error that was not found', { error: null }],
	['$error', { $error: 'E-117' }],
	['$error and $json', { $error: { message: 'E-117' }, $json: {} }],
	['$error of null and $json', { $error: null, $json: null }],
];

/** Reads a run whose document has these fields. */
async function read(data: object, options: INodeParameters, more: Partial<Execution> = {}) {
	const { emulator, place, run } = setting;
	emulator.inject({ kind: 'answer', status: 200, body: { status: 'done', data }, times: 'always' });
	return await run({ parameters: { ...get, ...place, options }, ...more });
}

describe.each(lookalikes)('extracted fields called %s', (_, data) => {
	test.each(['continueErrorOutput', 'continueRegularOutput', undefined] as const)(
		'are data, not an error (%s)',
		async (onError) => {
			const row = await read(data, {}, { onError });
			const fields = await read(data, { output: 'data' }, { onError });
			for (const { error, errorItems, items } of [row, fields]) {
				expect(error).toBeUndefined();
				expect(errorItems).toEqual([]);
				expect(items).toHaveLength(1);
				expect(items[0]!.json.data).toEqual(data);
			}
		},
	);

	test('do not make n8n do the work once more', async () => {
		const { emulator, place, run, textItem } = setting;
		emulator.inject({
			kind: 'answer',
			status: 200,
			body: { status: 'done', data },
			operation: 'getRun',
			times: 'always',
		});
		const { items } = await run({
			parameters: { ...extract, ...place, options: { output: 'data' } },
			items: [await textItem('Total: 1')],
			maxTries: 2,
		});
		expect(items).toHaveLength(1);
		expect(emulator.documents).toHaveLength(1);
		expect(emulator.runs).toHaveLength(1);
	});
});

test.each([
	['message and details', { message: 'Paper jam', details: 'none' }],
	['errors', { errors: 3, Error: 'E-117' }],
	['$json', { $json: 'E-117', machine: 'Printer 3' }],
])('fields called %s are at the top, as any others', async (_, data) => {
	const { items, errorItems } = await read(
		data,
		{ output: 'data' },
		{ onError: 'continueErrorOutput' },
	);
	expect(errorItems).toEqual([]);
	expect(items.map(({ json }) => json)).toEqual([data]);
});

test('an answer with $error and $json in it is a row as any other', async () => {
	const { emulator, place, run } = setting;
	for (const $error of [null, 'E-117', { message: 'E-117' }]) {
		const body = { status: 'done', data: { total: 1 }, $error, $json: {} };
		emulator.inject({ kind: 'answer', status: 200, body });
		const { error, items } = await run({ parameters: { ...get, ...place } });
		expect(error).toBeUndefined();
		expect(items[0]?.json).toMatchObject({ status: 'done', data: { total: 1 } });
	}
});

test('a real error still is one', async () => {
	const { emulator, place, run } = setting;
	emulator.inject({ kind: 'answer', status: 400 });
	const { items, errorItems } = await run({
		parameters: { ...get, ...place, options: { output: 'data' } },
		onError: 'continueErrorOutput',
	});
	expect(items).toEqual([]);
	expect(errorItems).toHaveLength(1);
});
