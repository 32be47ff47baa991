import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import axios from 'axios';
import { readBody } from '../emulator/body.mts';
import type { JsonObject } from '../emulator/contract.mts';
import type { Emulator, EmulatorConfig, Fault } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';

let emulator: Emulator;
let project: string;
let table: string;
let reconcileTable: string;
beforeAll(async () => {
	emulator = await startEmulator({ pendingMs: 20, runningMs: 20 });
	project = `/projects/${encodeURIComponent(emulator.project)}`;
	table = `${project}/tables/${emulator.tableId}`;
	reconcileTable = `${project}/tables/${emulator.reconcileTableId}`;
});
afterEach(() => emulator.reset());
afterAll(() => emulator.close());

type Call = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

const send = async (...[method, path, data, headers = {}]: Call) =>
	await axios.request<JsonObject>({
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

const document = {
	file: Buffer.from('Total: 12').toString('base64'),
	filename: 'invoice.txt',
	mimetype: 'text/plain',
	file_type: 'binary',
};
const uploadAndRun = async () => {
	const { row_id } = (await send('POST', `${table}/files`, document)).data;
	const { run_id } = (await send('POST', `${table}/run`, { row_id })).data;
	return { row_id, run: `${table}/run/${String(run_id)}` };
};

test.each<Partial<EmulatorConfig>>([
	{},
	{ runAnswer: 'result', syncStatus: 'running', settingsAnswer: 'empty' },
	{ syncStatus: 'absent' },
])(
	'responds as the contract says, with the configuration %j',
	async (config) => {
		emulator.configure(config);
		emulator.addProjectFile(emulator.project, '/in/a.txt', 'Hello');
		const { row_id, run } = await uploadAndRun();
		const parts = { ...document, file_type: 'multipart', file: [{}] };
		const calls: Array<[status: number, ...Call]> = [
			[200, 'GET', '/projects'],
			[202, 'POST', `${table}/run`, { row_id }],
			[200, 'GET', run],
			[200, 'POST', `${table}/extract`, document],
			[200, 'POST', `${table}/extract`, parts],
			[200, 'POST', `${reconcileTable}/reconcile`, { data: { a: [1] }, files: [{ id: row_id }] }],
			[200, 'POST', `${reconcileTable}/tasks`, { data: {} }],
			[config.settingsAnswer ? 204 : 200, 'PATCH', `${table}/extraction-settings`, {}],
			// The run has ended by now.
			[200, 'GET', run],
			[201, 'PUT', `${project}/files?path=/in/new/b.txt`, document],
			[200, 'GET', `${project}/files?path=/in/a.txt`],
			[200, 'GET', `${project}/files?path=in/`],
			[409, 'PUT', `${project}/files?path=/in/a.txt`, document],
			[409, 'PUT', `${project}/files?path=/in/a.txt/b.txt`, document],
		];
		for (const [status, ...call] of calls) {
			expect([call, (await send(...call)).status]).toEqual([call, status]);
		}
	},
	20_000,
);

test('does not send a response that violates the contract', async () => {
	emulator.addProjectFile(emulator.project, '/a.txt', 'Hello', 5 as never);
	const { status, data } = await send('GET', `${project}/files?path=/a.txt`);
	expect(status).toBe(500);
	expect(data.errorMessage).toMatch(/^The emulator violates the contract: mimetype must be string/);
});

test('rejects requests that violate the contract', async () => {
	const upload = (wrong: JsonObject): Call => ['POST', `${table}/files`, { ...document, ...wrong }];
	const calls: Array<[status: number, message: string, ...Call]> = [
		[401, 'API key', 'GET', '/projects', undefined, { 'X-API-Key': 'no' }],
		[404, 'no POST', 'POST', '/projects', {}],
		[404, 'project', 'GET', '/projects/None/files?path=/'],
		[404, 'table', 'POST', `${project}/tables/${randomUUID()}/files`, document],
		[404, 'row', 'POST', `${table}/run`, { row_id: randomUUID() }],
		[404, 'run', 'GET', `${table}/run/${randomUUID()}`],
		[404, 'nothing at', 'GET', `${project}/files?path=/no`],
		[400, 'type', 'POST', `${table}/tasks`, { data: {} }],
		[400, 'uuid', 'POST', `${project}/tables/12/files`, document],
		[400, 'URI', 'GET', '/projects/%E0/files?path=/'],
		[400, 'path', 'GET', `${project}/files`],
		[400, '..', 'PUT', `${project}/files?path=/in/../c.txt`, document],
		[400, 'object', 'POST', `${table}/run`, [1]],
		[400, 'JSON', 'POST', `${table}/run`, Buffer.from('{"a')],
		[400, 'requestBody', 'POST', `${table}/run`, Buffer.alloc(0)],
		[400, 'no body', 'GET', '/projects', {}],
		[400, 'content type', 'POST', `${table}/files`, document, { 'content-type': 'text/plain' }],
		[400, 'application/pdf', ...upload({ mimetype: 'image/webp' })],
		[400, 'filename', ...upload({ filename: undefined })],
		[400, 'base64', ...upload({ file: 'äöü' })],
		[400, 'URL', ...upload({ file_type: 'uri' })],
		[400, 'multipart', ...upload({ file_type: 'multipart' })],
		[400, 'binary', ...upload({ file: [] })],
	];
	for (const [status, message, ...call] of calls) {
		const errorMessage = expect.stringContaining(message);
		expect(await send(...call)).toMatchObject({ status, data: { errorMessage } });
	}
	expect(emulator.documents).toEqual([]);
});

test('reads a document however its request is split', async () => {
	const read = async (body: object, size: number) => {
		const json = Buffer.from(JSON.stringify(body));
		const length = Math.ceil(json.length / size);
		const chunks = Array.from({ length }, (_, i) => json.subarray(i * size, (i + 1) * size));
		return await readBody(Readable.from(chunks), 10);
	};
	const bytes = Buffer.from('Größe: 請求書');
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	const stored = { bytes: bytes.length, sha256, content: bytes.subarray(0, 10) };
	const file = bytes.toString('base64');
	for (const size of [1, 2, 3, 5, 100]) {
		for (const value of [
			{ file, filename: '請求書' },
			{ filename: '', x: '"file":"', file },
		]) {
			expect(await read(value, size)).toEqual({ value, file: stored });
		}
		for (const wrong of ['Q', 'QQ', 'QQ=', 'QQ==QUJD', 'Q-_D', 'QU D', 'QUJD\n', '====', 'QQ==Q']) {
			expect(await read({ file: wrong }, size)).toEqual({ value: { file: wrong } });
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

test('closes while a request is open', async () => {
	const other = await startEmulator();
	other.inject({ kind: 'silence' });
	const lost = expect(axios.get(`${other.baseUrl}/projects`)).rejects.toThrow();
	while (other.inFlight === 0) await nextTurn();
	await other.close();
	await lost;
	while (other.inFlight > 0) await nextTurn();
	expect(other.requests).toMatchObject([{ status: null, completed: false }]);
});

test('starts and stops on the command line, and reports a port that is in use', async () => {
	const start = (...flags: string[]) => {
		const command = ['--import', 'tsx', 'test/emulator/main.mts', ...flags];
		const child = spawn(process.execPath, command, { timeout: 18_000 });
		return { child, ended: once(child, 'exit') };
	};
	const { child, ended } = start('--port', '0', '--api-key', 'demo-key-0001');
	const [output] = (await once(child.stdout, 'data')) as [Buffer];
	const [, baseURL] = /Base URL +(\S+)/.exec(output.toString())!;
	const headers = { 'X-API-Key': 'demo-key-0001' };
	expect((await axios.get('/projects', { baseURL, headers })).status).toBe(200);
	const log = await axios.get(new URL('/_emulator/log', baseURL).href);
	expect(log.data).toMatchObject({ baseUrl: baseURL, requests: [{ operationId: 'listProjects' }] });
	const second = start('--port', new URL(baseURL!).port);
	expect(await text(second.child.stderr)).toMatch(/Port \d+ is already in use/);
	expect(await second.ended).toEqual([1, null]);
	child.kill('SIGTERM');
	expect(await ended).toEqual([143, null]);
}, 20_000);
