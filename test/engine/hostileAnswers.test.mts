import type { INodeParameters } from 'n8n-workflow';
import { targets } from './faultMatrix.mts';
import { startFlood } from './network.mts';
import { useSetting } from './setting.mts';

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };
const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const getAll = { resource: 'project', operation: 'getAll' };
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';

describe('a hostile answer', () => {
	const deep = '['.repeat(10_000) + ']'.repeat(10_000);
	const deepObject = '{"data":'.repeat(10_000) + '1' + '}'.repeat(10_000);
	const large = `{"row_id":"${'x'.repeat(30_000_000)}`;

	/** Everything that can come where an object with an ID is expected. */
	const wrongAnswers: Array<[string, string]> = [
		['a number', '12'],
		['null', 'null'],
		['a text', '"row"'],
		['a list', '[{"row_id":"x"}]'],
		['no ID', '{}'],
		['an ID that is a number', '{"row_id":1,"run_id":1}'],
		['an ID that is an object', '{"row_id":{"a":1},"run_id":{}}'],
		['an empty ID', '{"row_id":"","run_id":""}'],
		['10,000 levels of lists', deep],
		['10,000 levels of objects', deepObject],
		['30 MB that never end', large],
	];

	test.each(wrongAnswers)('to an upload: %s', async (_, body) => {
		const { emulator, place, run, textItem } = setting;
		const answer = { kind: 'answer', status: 200, contentType: 'application/json' } as const;
		emulator.inject({ ...answer, body, operation: 'uploadFile' });
		const { items, error } = await run({
			parameters: { ...upload, ...place },
			items: [await textItem('Total: 1')],
		});
		expect(items).toEqual([]);
		expect(error?.message).toMatch(
			/^(Cloudsquid returned an unexpected response|The response from Cloudsquid|Cloudsquid returned an empty)/,
		);
		expect(error?.description).toContain('may have succeeded');
		expect(emulator.requests).toHaveLength(1);
	});

	describe('without measure', () => {
		const MB = 1024 ** 2;
		const [hundred, endless] = [100 * MB, Number.POSITIVE_INFINITY];
		const tooLong = 'The response from Cloudsquid is too large';
		const floods: Array<[string, INodeParameters, number, number, boolean, string]> = [
			['100 MB to Get Run', { ...get, runId: rowId }, 200, hundred, false, tooLong],
			['100 MB to Start Run', { ...start, rowId }, 200, hundred, false, tooLong],
			['100 MB to Get Many', getAll, 200, hundred, false, tooLong],
			['one that never ends', { ...get, runId: rowId }, 200, endless, false, tooLong],
			['one that never ends, packed', { ...get, runId: rowId }, 200, endless, true, tooLong],
			['a refusal', { ...start, rowId }, 400, endless, false, 'rejected the request'],
			[
				'a failure',
				{ ...get, runId: rowId },
				500,
				endless,
				false,
				'could not handle the request (status 500)',
			],
		];

		test.each(floods)('%s: is broken off', async (...each) => {
			const [, parameters, status, bytes, packed, message] = each;
			const { credential, place, run } = setting;
			const flood = await startFlood(status, bytes, packed);
			const { items, error } = await run({
				parameters: { ...place, options: { maxRetries: 0 }, ...parameters },
				credential: { ...credential, baseUrl: flood.origin },
			});
			await flood.close();
			expect(items).toEqual([]);
			expect(error?.message).toContain(message);
			expect(flood.requests).toBe(1);
			// What is on its way when the connection is broken off counts too, and packed that is much.
			if (!packed) expect(flood.sent).toBeLessThan(60 * MB);
		});

		test('ends the wait for a run, which goes on and whose ID is told', async () => {
			const { credential, place, run } = setting;
			const flood = await startFlood(200, hundred);
			const { error } = await run({
				parameters: { ...get, ...place, runId: rowId, waitForCompletion: true },
				credential: { ...credential, baseUrl: flood.origin },
			});
			await flood.close();
			expect(error?.message).toBe(tooLong);
			expect(error?.description).toContain(`Run ID: ${rowId}`);
			expect(flood.requests).toBe(1);
		});
	});

	test.each([
		['wrong types everywhere', { row_id: 5, status: ['done'], data: 'x', review: 7, input: null }],
		['a status that is an object', { status: { done: true }, data: [] }],
		['nothing but data', { data: [1, 2] }],
	])('to Get Run: %s comes out as it is', async (_, body) => {
		const { emulator, place, run } = setting;
		emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun' });
		const { items, error } = await run({ parameters: { ...get, ...place, runId: rowId } });
		expect(error).toBeUndefined();
		expect(items[0]!.json.data).toEqual(body.data);
	});
});

/** Every request of every operation to the API; the storage gives files, not answers. */
const requests = targets
	.filter(({ sort }) => sort !== 'link')
	.map((target) => ({ ...target, step: target.step ?? 'only' }));

type Request = (typeof requests)[0];

/** A wait that begins with a pause needs time for the one look that is taken. */
const pausesFirst = ({ sort, before }: Request) => sort === 'look' && before > 0;

/** Names by which an object could reach what all others inherit. */
const poison =
	'"__proto__":{"polluted":1,"toString":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';

/** Runs the operation with this answer to its request and no second try, on a poisoned item. */
async function answerWith(target: Request, body: string, options: INodeParameters = {}) {
	const { emulator, place, reconcilePlace, run, fileItem } = setting;
	emulator.reset();
	const row_id = target.needs === 'row' ? await addRow() : rowId;
	const answer = { kind: 'answer', status: 200, contentType: 'application/json' } as const;
	emulator.inject({ ...answer, body, operation: target.request, times: 'always' });
	const text = { bytes: 'Total: 1', fileName: 'note.txt', mimeType: 'text/plain' };
	const fields = JSON.parse(`{${poison}}`) as Record<string, never>;
	const { parameters } = target;
	return await run({
		parameters: {
			...(parameters.resource === 'reconciliation' ? reconcilePlace : place),
			...{ rowId: row_id, runId: rowId },
			...parameters,
			options: { maxRetries: 0, maxWait: pausesFirst(target) ? 1 : 0, ...options },
		},
		items: [await fileItem({ data: text }, fields)],
	});
}

/** A document in the table, whose run can be started. */
async function addRow(): Promise<string> {
	const { place, run, textItem } = setting;
	const parameters = { ...upload, ...place };
	const { items } = await run({ parameters, items: [await textItem('Total: 1')] });
	return items[0]!.json.row_id as string;
}

/** What everything inherits: a change there would be a change everywhere. */
function describePrototypes(): string[][] {
	return [Object, Array, Function, String, Number, Promise].map(({ prototype }) =>
		Reflect.ownKeys(prototype).map(String),
	);
}

/** What an answer may look like that has all the names an operation asks for. */
const fields =
	'run_id,row_id,task_id,status,data,result,ftype,name,url,entries,reasoning,review,input,size';
const values = [0, true, null, [], {}, { a: { b: [null] } }, 'x', '..'];
const wrongTypes = values.flatMap((value) => {
	const object = Object.fromEntries(fields.split(',').map((field) => [field, value]));
	return [object, [object], value].map((answer) => JSON.stringify(answer));
});

describe.each(requests)('a hostile answer to $operation ($step)', (target) => {
	// The waits take their looks alike, however they begin, so that one case is enough for most.
	const some = <T,>(cases: T[]) => (pausesFirst(target) ? cases.slice(0, 1) : cases);
	const types = pausesFirst(target) ? ['{"status":{},"row_id":[],"run_id":7}'] : wrongTypes;

	test('with wrong types everywhere gives items, or an error that tells why', async () => {
		for (const [index, body] of types.entries()) {
			const options = [{}, { output: 'data' }, { includeInputFields: true }][index % 3];
			const { error, items } = await answerWith(target, body, options);
			if (error) {
				// The last two are what Cloudsquid says to an ID that it gave itself and does not know.
				expect(
					'unexpectedResponse,runTimeout,runFailed,invalidParameter,badRequest,notFound'.split(','),
				).toContain(error.context.kind);
				expect(error.message).not.toMatch(/undefined|object Object|TypeError/);
			}
			for (const { json } of items) expect(json).toEqual(expect.any(Object));
		}
	});

	test.each(
		some([
			['lists', '[', ']'],
			['objects', '{"data":', '}'],
		]),
	)('with 10,000 levels of %s is an error', async (_, open, close) => {
		const body = open.repeat(10_000) + '1' + close.repeat(10_000);
		const { error, items } = await answerWith(target, body);
		expect(items).toEqual([]);
		expect(`${error!.message} ${error!.description}`).toContain(
			'The response from Cloudsquid could not be read',
		);
	});

	test.each(
		some<[string, INodeParameters]>([
			['', {}],
			[', with the fields alone', { output: 'data' }],
			[', on top of the input', { includeInputFields: true }],
			[', with the fields alone on top of the input', { output: 'data', includeInputFields: true }],
		]),
	)('with __proto__ and its like in it changes nothing%s', async (_, options) => {
		const before = describePrototypes();
		const ids = `"row_id":"${rowId}","run_id":"${rowId}","task_id":"${rowId}","status":"done"`;
		const entry = `{${poison},"name":"a","ftype":"file"}`;
		const ftype = target.parameters.operation === 'getAll' ? 'folder' : 'file';
		const object = `{${poison},${ids},"name":"a","ftype":"${ftype}","entries":[${entry}],"data":{${poison},"lines":[{${poison}}]}}`;
		const body = target.request === 'listProjects' ? `[${object}]` : object;
		const { error, items } = await answerWith(target, body, options);
		if (error) expect('notFound,runTimeout,unexpectedResponse').toContain(error.context.kind);
		expect(describePrototypes()).toEqual(before);
		for (const { json } of items) {
			expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
			expect(json.polluted).toBeUndefined();
			expect(String(json)).toBe('[object Object]');
		}
	});
});

test('an ID that would lead to another address is not asked for', async () => {
	const { emulator, place, run, textItem } = setting;
	const parameters = { resource: 'document', operation: 'extract', ...place };
	for (const run_id of ['.', '..']) {
		emulator.inject({ kind: 'answer', status: 200, body: { run_id }, operation: 'startRun' });
		const { error } = await run({ parameters, items: [await textItem('Total: 1')] });
		expect(error?.message).toBe('Cloudsquid returned an unexpected response');
	}
	const asked = emulator.requests.map(({ operationId }) => operationId);
	expect(asked).toEqual(['uploadFile', 'startRun', 'uploadFile', 'startRun']);
});
