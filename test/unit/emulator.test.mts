import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import axios from 'axios';
import type { JsonObject } from '../emulator/contract.mts';
import type { Emulator } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';

let emulator: Emulator;
let project: string;
let table: string;
beforeAll(async () => {
	emulator = await startEmulator();
	project = `/projects/${encodeURIComponent(emulator.project)}`;
	table = `${project}/tables/${emulator.tableId}`;
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
test('does not send a response that violates the contract', async () => {
	emulator.addProjectFile(emulator.project, '/a.txt', 'Hello', 5 as never);
	const { status, data } = await send('GET', `${project}/files?path=/a.txt`);
	expect(status).toBe(500);
	expect(data.errorMessage).toMatch(/^The emulator violates the contract: mimetype must be string/);
});

test('rejects requests that violate the contract', async () => {
	emulator.addProjectFile(emulator.project, '/in/a.txt', 'Hello');
	const upload = (wrong: JsonObject): Call => ['POST', `${table}/files`, { ...document, ...wrong }];
	const calls: Array<[status: number, message: string, ...Call]> = [
		[401, 'API key', 'GET', '/projects', undefined, { 'X-API-Key': 'no' }],
		[404, 'no POST', 'POST', '/projects', {}],
		[404, 'project', 'GET', '/projects/None/files?path=/'],
		[404, 'table', 'POST', `${project}/tables/${randomUUID()}/files`, document],
		[404, 'row', 'POST', `${table}/run`, { row_id: randomUUID() }],
		[404, 'run', 'GET', `${table}/run/${randomUUID()}`],
		[404, 'nothing at', 'GET', `${project}/files?path=/no`],
		[409, 'already', 'PUT', `${project}/files?path=/in/a.txt`, document],
		[409, 'not a folder', 'PUT', `${project}/files?path=/in/a.txt/b.txt`, document],
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
});
