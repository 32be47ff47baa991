import type { INodeParameters } from 'n8n-workflow';
import { requestCases, type RequestCase } from './faultMatrix.mts';
import { startEndlessResponseServer } from './network.mts';
import { extract, getRun, startRun, upload } from './operations.mts';
import { setupEngine } from './testEnvironment.mts';

const environment = setupEngine();
const { concurrentEach } = environment;
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';
const runId = rowId;
const headers = { 'content-type': 'application/json' };
const json = { kind: 'answer', status: 200, headers } as const;

test.each([
	['uploadFile', '"row"'],
	['uploadFile', '[{"row_id":"x"}]'],
	['uploadFile', '{}'],
	['uploadFile', '{"row_id":1}'],
	['uploadFile', '{"row_id":{"a":1}}'],
	['uploadFile', '{"row_id":""}'],
	// These would lead to another address.
	['startRun', '{"run_id":"."}'],
	['startRun', '{"run_id":".."}'],
] as const)('rejects a response to %s without a usable ID: %s', async (operation, body) => {
	const { emulator, requestNames, runOn, textItem } = environment;
	emulator.inject({ ...json, body, operation });
	const { items, error } = await runOn([await textItem()], extract);
	expect(items).toEqual([]);
	expect(error?.message).toBe('Cloudsquid returned an unexpected response');
	expect(error?.description).toContain('may have succeeded');
	const requests = ['uploadFile', 'startRun'];
	expect(requestNames()).toEqual(requests.slice(0, requests.indexOf(operation) + 1));
});

const tooLarge = 'The response from Cloudsquid is too large';
const [rejected, failed] = ['rejected the request', 'could not handle the request (status 500)'];

test.each<[string, INodeParameters, number, boolean, string]>([
	['to Get Run', { ...getRun, runId }, 200, false, tooLarge],
	['to Get Run, packed', { ...getRun, runId }, 200, true, tooLarge],
	['to Start Run, with status 400', { ...startRun, rowId }, 400, false, rejected],
	['to Get Run, with status 500', { ...getRun, runId }, 500, false, failed],
])('aborts a response that never ends: %s', async (...each) => {
	const [, parameters, status, packed, message] = each;
	const { credential, run } = environment;
	const server = await startEndlessResponseServer(status, packed);
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
	if (!packed) expect(server.counts.sent).toBeLessThan(60 * 1024 ** 2);
});

/** Every request of every operation to the API; the storage returns files, not JSON. */
const requests = requestCases.filter(({ kind }) => kind !== 'download');

/** Polling that begins with a delay needs time for one poll, so one case is enough there. */
const pausesFirst = ({ kind, before }: RequestCase) => kind === 'poll' && before > 0;

/** Names by which an object could change what all others inherit. */
const poison =
	'"__proto__":{"polluted":1,"toString":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';

/** Responses that have all the fields that an operation may read. */
const fields =
	'run_id,row_id,task_id,status,data,result,ftype,name,url,entries,reasoning,review,input,size';
const values = [0, true, null, [], {}, { a: { b: [null] } }, 'x', '..'];
const wrongTypes = values.flatMap((value) => {
	const object = Object.fromEntries(fields.split(',').map((field) => [field, value]));
	return [object, [object], value].map((response) => JSON.stringify(response));
});

/** What everything inherits: a change there would be a change everywhere. */
const describePrototypes = () =>
	[Object, Array, Function, String, Number, Promise].map(({ prototype }) =>
		Reflect.ownKeys(prototype).map(String),
	);

/** A response that could be right, but has the names above everywhere. */
function poisonedResponse({ parameters, request }: RequestCase): string {
	const ids = `"row_id":"${rowId}","run_id":"${runId}","task_id":"${rowId}","status":"done"`;
	const entry = `{${poison},"name":"a","ftype":"file"}`;
	const ftype = parameters.operation === 'getAll' ? 'folder' : 'file';
	const object = `{${poison},${ids},"name":"a","ftype":"${ftype}","entries":[${entry}],"data":{${poison},"lines":[{${poison}}]}}`;
	return request === 'listProjects' ? `[${object}]` : object;
}

const [onlyData, withInput] = [{ output: 'data' }, { includeInputFields: true }];
const allOptions = [{ ...onlyData, ...withInput }, {}, onlyData, withInput];

concurrentEach(requests)('$title handles wrong types and __proto__', async (own, requestCase) => {
	const { emulator, runOn, textItem } = own;
	const { parameters, request, needs } = requestCase;
	const before = describePrototypes();
	const poisoned = poisonedResponse(requestCase);
	const bodies = pausesFirst(requestCase)
		? ['{"status":{},"row_id":[],"run_id":7}', poisoned]
		: [...wrongTypes, ...Array<string>(allOptions.length).fill(poisoned)];
	for (const [index, body] of bodies.entries()) {
		const options = allOptions[index % allOptions.length]!;
		emulator.reset();
		const inputFields = JSON.parse(`{${poison}}`) as Record<string, never>;
		const input = [await textItem('Total: 1', 'note.txt', inputFields)];
		const row = needs === 'row' ? (await runOn(input, upload)).items[0]!.json.row_id : rowId;
		emulator.inject({ ...json, body, operation: request, times: 'always' });
		const maxWait = pausesFirst(requestCase) ? 1 : 0;
		const { error, items } = await runOn(input, {
			...{ rowId: row as string, runId },
			...parameters,
			options: { maxRetries: 0, maxWait, ...options },
		});
		if (error) {
			// The last two are the response to an ID that Cloudsquid itself returned, but does not know.
			expect([
				...['unexpectedResponse', 'runTimeout', 'runFailed', 'invalidParameter'],
				...['unsupportedType', 'badRequest', 'notFound'],
			]).toContain(error.context.kind);
			expect(error.message).not.toMatch(/undefined|object Object|TypeError/);
		}
		expect(describePrototypes()).toEqual(before);
		for (const { json } of items) {
			expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
			expect(json.polluted).toBeUndefined();
			expect(String(json)).toBe('[object Object]');
		}
	}
});
