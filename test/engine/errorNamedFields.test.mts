import type { INodeParameters } from 'n8n-workflow';
import type { Execution } from './engine.mts';
import { extract, getRun } from './operations.mts';
import { setupEngine, type TestEnvironment } from './testEnvironment.mts';

/*
 * n8n recognizes an error item by its fields: one that has `error` and nothing but `message` and
 * `details` besides goes to the error output, "Retry On Fail" runs the node again if the first
 * item has an `error`, and `$error` with `$json` is how n8n itself stores one. A document may have
 * fields of these names all the same.
 */

const environment = setupEngine();
const { concurrentEach } = environment;
const runId = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';

/** Extracted fields that n8n would take for an error. */
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
async function read(
	{ emulator, run }: TestEnvironment,
	data: object,
	options: INodeParameters,
	more: Partial<Execution> = {},
) {
	const body = { status: 'done', data };
	emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun', times: 'always' });
	return await run({ parameters: { ...getRun, runId, options }, ...more });
}

describe.each(['continueErrorOutput', 'continueRegularOutput', undefined] as const)(
	'%s',
	(onError) => {
		test.each(lookalikes)('returns extracted fields called %s as data', async (_, data) => {
			for (const options of [{}, { output: 'data' }]) {
				const outcome = await read(environment, data, options, { onError });
				const { error, errorItems, items } = outcome;
				expect(error).toBeUndefined();
				expect(errorItems).toEqual([]);
				expect(items).toHaveLength(1);
				expect(items[0]!.json.data).toEqual(data);
			}
		});
	},
);

concurrentEach(lookalikes)(
	'does no work twice for fields called %s',
	async ({ emulator, runOn, textItem }, [, data]) => {
		const body = { status: 'done', data };
		emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun', times: 'always' });
		const parameters = { ...extract, options: { output: 'data' } };
		const { items } = await runOn([await textItem()], parameters, { maxTries: 2 });
		expect(items).toHaveLength(1);
		expect(emulator.documents).toHaveLength(1);
		expect(emulator.runs).toHaveLength(1);
	},
);

test.each([
	['message and details', { message: 'Paper jam', details: 'none' }],
	['errors', { errors: 3, Error: 'E-117' }],
	['$json', { $json: 'E-117', machine: 'Printer 3' }],
])('returns fields called %s at the top, as any others', async (_, data) => {
	const execution = { onError: 'continueErrorOutput' } as const;
	const { items, errorItems } = await read(environment, data, { output: 'data' }, execution);
	expect(errorItems).toEqual([]);
	expect(items.map(({ json }) => json)).toEqual([data]);
});

test.each([null, 'E-117', { message: 'E-117' }])(
	'returns a response with an $error of %j and $json as a row',
	async ($error) => {
		const { emulator, run } = environment;
		const body = { status: 'done', data: { total: 1 }, $error, $json: {} };
		emulator.inject({ kind: 'answer', status: 200, body });
		const { error, items } = await run({ parameters: { ...getRun, runId } });
		expect(error).toBeUndefined();
		expect(items[0]?.json).toMatchObject({ status: 'done', data: { total: 1 } });
	},
);
