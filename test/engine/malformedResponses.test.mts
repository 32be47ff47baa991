import type { INodeParameters } from 'n8n-workflow';
import { requestCases, type RequestCase } from './faultMatrix.mts';
import { startLargeResponseServer } from './network.mts';
import { extract, getProjects, getRun, startRun, upload, waitForRun } from './operations.mts';
import { setupEngine, type TestEnvironment } from './testEnvironment.mts';

const environment = setupEngine();
const { concurrentEach } = environment;
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';
const runId = rowId;
const json = { kind: 'answer', status: 200, contentType: 'application/json' } as const;

test.each([
	['a number', '12'],
	['null', 'null'],
	['a text', '"row"'],
	['a list', '[{"row_id":"x"}]'],
	['no ID', '{}'],
	['an ID that is a number', '{"row_id":1,"run_id":1}'],
	['an ID that is an object', '{"row_id":{"a":1},"run_id":{}}'],
	['an empty ID', '{"row_id":"","run_id":""}'],
	['30 MB that never end', `{"row_id":"${'x'.repeat(30_000_000)}`],
])('rejects a response to an upload with %s', async (_, body) => {
	const { emulator, runOn, textItem } = environment;
	emulator.inject({ ...json, body, operation: 'uploadFile' });
	const { items, error } = await runOn([await textItem()], upload);
	expect(items).toEqual([]);
	expect(error?.message).toMatch(
		/^(Cloudsquid returned an unexpected response|The response from Cloudsquid|Cloudsquid returned an empty)/,
	);
	expect(error?.description).toContain('may have succeeded');
	expect(emulator.requests).toHaveLength(1);
});

const MB = 1024 ** 2;
const [hundred, endless] = [100 * MB, Number.POSITIVE_INFINITY];
const tooLarge = 'The response from Cloudsquid is too large';
const [rejected, failed] = ['rejected the request', 'could not handle the request (status 500)'];
const largeResponses: Array<[string, INodeParameters, number, number, boolean, string]> = [
	['100 MB to Get Run', { ...getRun, runId }, 200, hundred, false, tooLarge],
	['100 MB to a status check', { ...waitForRun, runId }, 200, hundred, false, tooLarge],
	['100 MB to Start Run', { ...startRun, rowId }, 200, hundred, false, tooLarge],
	['100 MB to Get Many', getProjects, 200, hundred, false, tooLarge],
	['one that never ends', { ...getRun, runId }, 200, endless, false, tooLarge],
	['one that never ends, packed', { ...getRun, runId }, 200, endless, true, tooLarge],
	['status 400 that never ends', { ...startRun, rowId }, 400, endless, false, rejected],
	['status 500 that never ends', { ...getRun, runId }, 500, endless, false, failed],
];

test.each(largeResponses)('aborts a large response: %s', async (...each) => {
	const [, parameters, status, bytes, packed, message] = each;
	const { credential, run } = environment;
	const server = await startLargeResponseServer(status, bytes, packed);
	const { items, error } = await run({
		parameters: { options: { maxRetries: 0 }, ...parameters },
		credential: { ...credential, baseUrl: server.origin },
	});
	await server.close();
	expect(items).toEqual([]);
	expect(error?.message).toContain(message);
	if ('runId' in parameters) expect(error?.description).toContain(`Run ID: ${runId}`);
	expect(server.counts.requests).toBe(1);
	// What is in flight when the connection is closed counts too, which is much if it is packed.
	if (!packed) expect(server.counts.sent).toBeLessThan(60 * MB);
});

test.each([
	['wrong types everywhere', { row_id: 5, status: ['done'], data: 'x', review: 7, input: null }],
	['a status that is an object', { status: { done: true }, data: [] }],
	['nothing but data', { data: [1, 2] }],
])('Get Run returns %s as it is', async (_, body) => {
	const { emulator, run } = environment;
	emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun' });
	const { items, error } = await run({ parameters: { ...getRun, runId } });
	expect(error).toBeUndefined();
	expect(items[0]!.json.data).toEqual(body.data);
});

test('requests no ID that would lead to another address', async () => {
	const { emulator, requestNames, runOn, textItem } = environment;
	for (const run_id of ['.', '..']) {
		emulator.inject({ kind: 'answer', status: 200, body: { run_id }, operation: 'startRun' });
		const { error } = await runOn([await textItem()], extract);
		expect(error?.message).toBe('Cloudsquid returned an unexpected response');
	}
	expect(requestNames()).toEqual(['uploadFile', 'startRun', 'uploadFile', 'startRun']);
});

/** Every request of every operation to the API; the storage returns files, not JSON. */
const requests = requestCases
	.filter(({ kind }) => kind !== 'download')
	.map((request): [string, RequestCase] => [request.title, request]);

/** Polling that begins with a delay needs time for one poll. */
const pausesFirst = ({ kind, before }: RequestCase) => kind === 'poll' && before > 0;

/** Polling handles responses alike however it begins, so one case of these is enough there. */
const casesFor = <T,>(request: RequestCase, cases: T[]) =>
	pausesFirst(request) ? cases.slice(0, 1) : cases;

/** Names by which an object could change what all others inherit. */
const poison =
	'"__proto__":{"polluted":1,"toString":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';

/** Runs the operation on a poisoned item, with this response to its request and no retry. */
async function respondWith(
	{ emulator, place, reconcilePlace, runOn, textItem }: TestEnvironment,
	requestCase: RequestCase,
	body: string,
	options: INodeParameters = {},
) {
	const { parameters, request, needs } = requestCase;
	emulator.reset();
	const poisoned = JSON.parse(`{${poison}}`) as Record<string, never>;
	const items = [await textItem('Total: 1', 'note.txt', poisoned)];
	const row = needs === 'row' ? (await runOn(items, upload)).items[0]!.json.row_id : rowId;
	emulator.inject({ ...json, body, operation: request, times: 'always' });
	const maxWait = pausesFirst(requestCase) ? 1 : 0;
	return await runOn(items, {
		...(parameters.resource === 'reconciliation' ? reconcilePlace : place),
		...{ rowId: row as string, runId },
		...parameters,
		options: { maxRetries: 0, maxWait, ...options },
	});
}

/** Responses that have all the fields that an operation may read. */
const fields =
	'run_id,row_id,task_id,status,data,result,ftype,name,url,entries,reasoning,review,input,size';
const values = [0, true, null, [], {}, { a: { b: [null] } }, 'x', '..'];
const wrongTypes = values.flatMap((value) => {
	const object = Object.fromEntries(fields.split(',').map((field) => [field, value]));
	return [object, [object], value].map((response) => JSON.stringify(response));
});

concurrentEach(requests)('%s handles wrong types everywhere', async (own, [, request]) => {
	const onePoll = ['{"status":{},"row_id":[],"run_id":7}'];
	const types = pausesFirst(request) ? onePoll : wrongTypes;
	for (const [index, body] of types.entries()) {
		const options = [{}, { output: 'data' }, { includeInputFields: true }][index % 3];
		const { error, items } = await respondWith(own, request, body, options);
		if (error) {
			// The last two are the response to an ID that Cloudsquid itself returned, but does not know.
			expect(
				'unexpectedResponse,runTimeout,runFailed,invalidParameter,badRequest,notFound'.split(','),
			).toContain(error.context.kind);
			expect(error.message).not.toMatch(/undefined|object Object|TypeError/);
		}
		for (const item of items) expect(item.json).toEqual(expect.any(Object));
	}
});

concurrentEach(requests)('%s rejects 10,000 levels', async (own, [, request]) => {
	for (const open of casesFor(request, ['[', '{"data":'])) {
		const close = open === '[' ? ']' : '}';
		const body = open.repeat(10_000) + '1' + close.repeat(10_000);
		const { error, items } = await respondWith(own, request, body);
		expect(items).toEqual([]);
		const unreadable = 'The response from Cloudsquid could not be read';
		expect(`${error!.message} ${error!.description}`).toContain(unreadable);
		if (request.kind === 'write') expect(error!.description).toContain('may have succeeded');
	}
});

/** What everything inherits: a change there would be a change everywhere. */
const describePrototypes = () =>
	[Object, Array, Function, String, Number, Promise].map(({ prototype }) =>
		Reflect.ownKeys(prototype).map(String),
	);

concurrentEach(requests)('%s ignores __proto__', async (own, [, request]) => {
	const before = describePrototypes();
	const ids = `"row_id":"${rowId}","run_id":"${runId}","task_id":"${rowId}","status":"done"`;
	const entry = `{${poison},"name":"a","ftype":"file"}`;
	const ftype = request.parameters.operation === 'getAll' ? 'folder' : 'file';
	const object = `{${poison},${ids},"name":"a","ftype":"${ftype}","entries":[${entry}],"data":{${poison},"lines":[{${poison}}]}}`;
	const body = request.request === 'listProjects' ? `[${object}]` : object;
	const [onlyData, withInput] = [{ output: 'data' }, { includeInputFields: true }];
	const allOptions = [{}, onlyData, withInput, { ...onlyData, ...withInput }];
	for (const options of casesFor<INodeParameters>(request, allOptions)) {
		const { error, items } = await respondWith(own, request, body, options);
		if (error) expect('notFound,runTimeout,unexpectedResponse').toContain(error.context.kind);
		expect(describePrototypes()).toEqual(before);
		for (const item of items) {
			expect(Object.getPrototypeOf(item.json)).toBe(Object.prototype);
			expect(item.json.polluted).toBeUndefined();
			expect(String(item.json)).toBe('[object Object]');
		}
	}
});
