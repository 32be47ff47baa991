import type { INodeParameters } from 'n8n-workflow';
import { extract, getRun, upload } from './operations.mts';
import { setupEngine, type TestEnvironment } from './testEnvironment.mts';

/*
 * n8n recognizes an error item by its fields: one that has `error` and nothing but `message` and
 * `details` besides goes to the error output, "Retry On Fail" runs the node again if the first
 * item has an `error`, and `$error` with `$json` is how n8n itself stores one. A document may have
 * fields of these names all the same.
 */

const environment = setupEngine();
const { concurrentEach, run, runOn, textItem } = environment;
const runId = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
const asRow = { ...getRun, runId };
const asData = { ...asRow, options: { output: 'data' } };
const onError = 'continueErrorOutput';

/** Lets every status check respond with this. */
function respond({ emulator }: TestEnvironment, body: object): void {
	emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun', times: 'always' });
}

/** Extracted fields that n8n would take for an error. */
const lookalikes: Array<[string, object]> = [
	['error', { error: 'E-117' }],
	['error, message and details', { error: 'E-117', message: 'Paper jam', details: {} }],
	['error and more', { error: 'E-117', machine: 'Printer 3' }],
	['error that was not found', { error: null }],
	['$error', { $error: 'E-117' }],
	['$error and $json', { $error: { message: 'E-117' }, $json: {} }],
	['$error of null and $json', { $error: null, $json: null }],
];

concurrentEach(lookalikes)('returns fields called %s as data, once', async (own, [, data]) => {
	respond(own, { status: 'done', data });
	for (const onError of ['continueErrorOutput', 'continueRegularOutput', undefined] as const) {
		for (const parameters of [asRow, asData]) {
			const { error, errorItems, items } = await own.run({ parameters, onError });
			expect(error).toBeUndefined();
			expect(errorItems).toEqual([]);
			expect(items.map(({ json }) => json.data)).toEqual([data]);
		}
	}
	const parameters = { ...extract, options: { output: 'data' } };
	const { items } = await own.runOn([await own.textItem()], parameters, { maxTries: 2 });
	expect(items).toHaveLength(1);
	expect([own.emulator.documents.length, own.emulator.runs.length]).toEqual([1, 1]);
});

const jam = { message: 'Paper jam', details: 'none' };
const blank = { status: 'error', error: 'The page is blank.' };
const returnFailed = { ...asRow, options: { onRunError: 'return' } };

test.each<[string, object, INodeParameters, object]>([
	['message and details', { status: 'done', data: jam }, asData, jam],
	['$json', { status: 'done', data: { $json: 'E', a: 3 } }, asData, { $json: 'E', a: 3 }],
	['$error of null', { status: 'done', $error: null, $json: {} }, asRow, { status: 'done' }],
	['$error', { status: 'done', $error: { message: 'a' }, $json: {} }, asRow, { status: 'done' }],
	['error', blank, returnFailed, { status: 'error', error_details: blank.error }],
])('returns an item with a field called %s as any other', async (_, body, parameters, fields) => {
	respond(environment, body);
	const { error, errorItems, items } = await run({ parameters, onError });
	expect(error).toBeUndefined();
	expect(errorItems).toEqual([]);
	expect(items).toMatchObject([{ json: fields }]);
	if (parameters === asData) expect(items[0]!.json).toEqual(fields);
});

test.each([onError, 'stopWorkflow'] as const)(
	'does not take an input field called error for a failed item (%s)',
	async (onError) => {
		const item = await textItem('a', 'a.txt', { error: 'E-117', order: 7 });
		const parameters = { ...upload, options: { includeInputFields: true } };
		const { items, errorItems } = await runOn([item], parameters, { onError, maxTries: 3 });
		expect(errorItems).toEqual([]);
		expect(items[0]!.json).toMatchObject({ order: 7, error_details: 'E-117' });
		expect(items[0]!.json).not.toHaveProperty('error');
		expect(environment.emulator.rows).toHaveLength(1);
	},
);
