import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import addFormats from 'ajv-formats';
import axios from 'axios';
import fc from 'fast-check';
import { OpenAPIBackend } from 'openapi-backend';
import { readBody } from '../emulator/body.mts';
import type { JsonObject, OperationId } from '../emulator/contract.mts';
import type { Emulator, EmulatorConfig, Fault } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';

const contract = new OpenAPIBackend({
	definition: 'contract/openapi.yaml',
	apiRoot: '/api',
	strict: true,
	customizeAjv: (ajv) => addFormats.default(ajv),
});

let emulator: Emulator;
beforeAll(async () => {
	await contract.init();
	emulator = await startEmulator({ pendingMs: 20, runningMs: 20 });
});
afterEach(() => emulator.reset());
afterAll(() => emulator.close());

/** Sends a request, and checks the response against the contract if the request belongs to it. */
async function send(
	method: string,
	path: string,
	data?: unknown,
	headers: Record<string, string> = {},
) {
	const response = await axios.request<JsonObject>({
		method,
		url: emulator.baseUrl + path,
		data,
		validateStatus: () => true,
		headers: {
			'X-API-Key': emulator.apiKey,
			...(data !== undefined && { 'content-type': 'application/json' }),
			...headers,
		},
	});
	const operation = contract.matchOperation({ method, path: `/api${path}`, headers: {} });
	if (operation) {
		const { errors } = contract.validateResponse(response.data, operation, response.status);
		expect(errors ?? []).toEqual([]);
	}
	return response;
}

const projectPath = (name = emulator.project) => `/projects/${encodeURIComponent(name)}`;
const tablePath = (id = emulator.tableId) => `${projectPath()}/tables/${id}`;
const document = {
	file: Buffer.from('Total: 12').toString('base64'),
	filename: 'invoice.txt',
	mimetype: 'text/plain',
	file_type: 'binary',
};

const upload = async () => (await send('POST', `${tablePath()}/files`, document)).data.row_id;
const startRun = async () =>
	(await send('POST', `${tablePath()}/run`, { row_id: await upload() })).data.run_id;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('responds as the contract says:', () => {
	type Call = () => Promise<[method: string, path: string, body?: unknown]>;
	const filesPath = (path: string) => `${projectPath()}/files?path=${encodeURIComponent(path)}`;
	const getRun: Call = async () => ['GET', `${tablePath()}/run/${String(await startRun())}`];
	const getFinishedRun: Call = async () => {
		const [method, path] = await getRun();
		await until(() => ['done', 'error'].includes(emulator.runs[0]!.status));
		return [method, path];
	};
	const extract =
		(body: JsonObject = document): Call =>
		async () => ['POST', `${tablePath()}/extract`, body];
	const reconcile: Call = async () => [
		'POST',
		`${tablePath(emulator.reconcileTableId)}/reconcile`,
		{ data: { lines: [{ total: '12' }] }, files: [{ id: await upload() }] },
	];
	const createTask: Call = async () => [
		'POST',
		`${tablePath(emulator.reconcileTableId)}/tasks`,
		{ data: {} },
	];
	const updateSettings: Call = async () => [
		'PATCH',
		`${tablePath()}/extraction-settings`,
		{ bounding_boxes: true },
	];

	test.each<[OperationId, number, Call, Partial<EmulatorConfig>?]>([
		['listProjects', 200, async () => ['GET', '/projects']],
		['uploadFile', 200, async () => ['POST', `${tablePath()}/files`, document]],
		['startRun', 202, async () => ['POST', `${tablePath()}/run`, { row_id: await upload() }]],
		['getRun', 200, getRun],
		['getRun', 200, getRun, { runAnswer: 'result' }],
		['getRun', 200, getFinishedRun],
		['getRun', 200, getFinishedRun, { runAnswer: 'result' }],
		['extractFile', 200, extract()],
		['extractFile', 200, extract(), { syncStatus: 'running' }],
		['extractFile', 200, extract(), { syncStatus: 'absent' }],
		['extractFile', 200, extract({ ...document, file_type: 'multipart', file: [{}] })],
		['reconcile', 200, reconcile],
		['createTask', 200, createTask],
		['updateExtractionSettings', 200, updateSettings],
		['updateExtractionSettings', 204, updateSettings, { settingsAnswer: 'empty' }],
		['readPath', 200, async () => ['GET', filesPath('/in/a.txt')]],
		['readPath', 200, async () => ['GET', filesPath('in/')]],
		['uploadToPath', 201, async () => ['PUT', filesPath('/in/new/b.txt'), document]],
		['uploadToPath', 409, async () => ['PUT', filesPath('/in/a.txt'), document]],
		['uploadToPath', 409, async () => ['PUT', filesPath('/in/a.txt/b.txt'), document]],
		['uploadToPath', 400, async () => ['PUT', filesPath('/in/../c.txt'), document]],
	])('%s with %i', async (operationId, status, call, config = {}) => {
		emulator.configure(config);
		emulator.addProjectFile(emulator.project, '/in/a.txt', 'Hello');
		emulator.addProjectFile(emulator.project, '/in/more/b.txt', 'Hello');
		const response = await send(...(await call()));
		expect(response.status).toBe(status);
		expect(emulator.requests.at(-1)).toMatchObject({ operationId, status });
	});

	test('if not, it is not sent', async () => {
		emulator.planRun({ phases: [{ status: 5 as never, ms: 'always' }] });
		const { status, data } = await send(...(await getRun()));
		expect(status).toBe(500);
		expect(data.errorMessage).toMatch(/^The emulator violates the contract: status must be string/);
	});
});

test.each<[name: string, status: number, message: string, () => Parameters<typeof send>]>([
	['a wrong key', 401, 'API key', () => ['GET', '/projects', undefined, { 'X-API-Key': 'no' }]],
	['an unknown operation', 404, 'no POST', () => ['POST', '/projects', {}]],
	['an unknown project', 404, 'project', () => ['GET', `${projectPath('None')}/files?path=/`]],
	['an unknown table', 404, 'table', () => ['POST', `${tablePath(randomUUID())}/files`, document]],
	['an unknown row', 404, 'row', () => ['POST', `${tablePath()}/run`, { row_id: randomUUID() }]],
	['an unknown run', 404, 'run', () => ['GET', `${tablePath()}/run/${randomUUID()}`]],
	['an unknown path', 404, 'nothing at', () => ['GET', `${projectPath()}/files?path=/no`]],
	['another type of table', 400, 'type', () => ['POST', `${tablePath()}/tasks`, { data: {} }]],
	['a wrong table ID', 400, 'uuid', () => ['POST', `${tablePath('12')}/files`, document]],
	['a wrong encoding', 400, 'URI', () => ['GET', '/projects/%E0/files?path=/']],
	['no path', 400, 'path', () => ['GET', `${projectPath()}/files`]],
	['a wrong body', 400, 'object', () => ['POST', `${tablePath()}/run`, [1]]],
	['no JSON', 400, 'JSON', () => ['POST', `${tablePath()}/run`, Buffer.from('{"a')]],
	['no body', 400, 'requestBody', () => ['POST', `${tablePath()}/run`, Buffer.alloc(0)]],
	['an unexpected body', 400, 'no body', () => ['GET', '/projects', {}]],
])('rejects a request that violates the contract: %s', async (_name, status, message, request) => {
	const response = await send(...request());
	expect(response.status).toBe(status);
	expect(response.data.errorMessage).toContain(message);
});

test.each<[message: string, wrong: JsonObject, headers?: Record<string, string>]>([
	['content type', {}, { 'content-type': 'text/plain' }],
	['application/pdf', { mimetype: 'image/webp' }],
	['filename', { filename: undefined }],
	['base64', { file: 'äöü' }],
	['URL', { file_type: 'uri' }],
	['multipart', { file_type: 'multipart' }],
	['binary', { file: [] }],
])('rejects a wrong document: %s', async (message, wrong, headers = {}) => {
	const body = { ...document, ...wrong };
	const { status, data } = await send('POST', `${tablePath()}/files`, body, headers);
	expect(status).toBe(400);
	expect(data.errorMessage).toContain(message);
	expect(emulator.documents).toEqual([]);
});

test('reads a document however its request is split', async () => {
	const split = (json: Buffer, size: number) =>
		Array.from({ length: Math.ceil(json.length / size) }, (_, index) =>
			json.subarray(index * size, (index + 1) * size),
		);
	await fc.assert(
		fc.asyncProperty(
			fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
			fc.string({ unit: 'grapheme' }),
			fc.boolean(),
			fc.integer({ min: 1, max: 60 }),
			async (bytes, filename, isFirst, size) => {
				const file = bytes.toString('base64');
				const body = isFirst ? { file, filename } : { filename, x: '"file":"', file };
				const json = Buffer.from(JSON.stringify(body));
				const received = await readBody(Readable.from(split(json, size)), 10);
				expect(received.value).toEqual(body);
				expect(received.file).toEqual({
					bytes: bytes.length,
					sha256: createHash('sha256').update(bytes).digest('hex'),
					content: bytes.subarray(0, 10),
				});
			},
		),
	);
	for (const file of ['Q', 'QQ', 'QQ=', 'QQ==QUJD', 'Q-_D', 'QU D', 'QUJD\n', '====', 'QQ==Q']) {
		for (const size of [1, 100]) {
			const json = Buffer.from(JSON.stringify({ file }));
			const { value, file: decoded } = await readBody(Readable.from(split(json, size)));
			expect([file, value, decoded]).toEqual([file, { file }, undefined]);
		}
	}
});

test('repeats random faults for the same seed', async () => {
	const faults: Fault[] = [
		{ kind: 'answer', status: 503 },
		{ kind: 'answer', status: 429 },
		{ operation: 'getRun', kind: 'reset' },
	];
	const round = async (seed: number) => {
		emulator.reset();
		emulator.setRandomFaults({ seed, rate: 0.4, faults });
		for (let index = 0; index < 30; index++) await send('GET', '/projects');
		return emulator.requests.map(({ status }) => status);
	};
	const first = await round(7);
	expect(new Set(first)).toEqual(new Set([200, 503, 429]));
	expect(await round(7)).toEqual(first);
	expect(await round(8)).not.toEqual(first);
});

test('can be controlled by other processes', async () => {
	const admin = async (method: string, name: string, data?: unknown) =>
		(await axios.request<JsonObject>({ method, url: `${emulator.origin}/_emulator/${name}`, data }))
			.data;
	await admin('POST', 'runs', { runningMs: 'always' });
	await admin('POST', 'config', { runAnswer: 'result' });
	const run = `${tablePath()}/run/${String(await startRun())}`;
	expect((await send('GET', run)).data).toEqual({ status: 'running' });
	const { requests, documents, runs, ...summary } = await admin('GET', 'log');
	expect(requests).toHaveLength(3);
	expect(documents).toMatchObject([{ filename: 'invoice.txt', bytes: 9 }]);
	expect(runs).toMatchObject([{ polls: [expect.any(Number)] }]);
	expect(await admin('GET', 'summary')).toEqual(summary);
	expect(summary).toMatchObject({ baseUrl: emulator.baseUrl, peakInFlight: 1 });
	await admin('POST', 'reset');
	expect([emulator.requests, emulator.runs]).toEqual([[], []]);
});

test('closes while a request is open', async () => {
	const other = await startEmulator();
	other.inject({ kind: 'silence' });
	const lost = expect(axios.get(`${other.baseUrl}/projects`)).rejects.toThrow();
	await until(() => other.inFlight === 1);
	await other.close();
	await lost;
	await until(() => other.inFlight === 0);
	expect(other.requests).toMatchObject([{ status: null, completed: false }]);
});

const runCommand = (...flags: string[]) =>
	spawn(process.execPath, ['--import', 'tsx', 'test/emulator/main.mts', ...flags], {
		timeout: 18_000,
	});

test('prints its base URL on the command line, and stops when it is told to', async () => {
	const child = runCommand('--port', '0', '--api-key', 'demo-key-0001');
	const ended = once(child, 'exit');
	const [output] = (await once(child.stdout, 'data')) as [Buffer];
	const [, baseURL] = /Base URL +(\S+)/.exec(output.toString()) ?? [];
	const headers = { 'X-API-Key': 'demo-key-0001' };
	expect((await axios.get('/projects', { baseURL, headers })).status).toBe(200);
	child.kill('SIGTERM');
	expect(await ended).toEqual([143, null]);
}, 20_000);

test('reports a port that is in use', async () => {
	const child = runCommand('--port', new URL(emulator.origin).port);
	const ended = once(child, 'exit');
	expect(await text(child.stderr)).toMatch(/Port \d+ is already in use/);
	expect(await ended).toEqual([1, null]);
}, 20_000);
