import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import axios from 'axios';
import fc from 'fast-check';
import { Base64Decoder } from '../emulator/base64.mts';
import { readBody } from '../emulator/body.mts';
import { loadContract } from '../emulator/contract.mts';
import { DocumentStore } from '../emulator/documents.mts';
import type { Emulator, Fault } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import { readLabels } from '../emulator/extraction.mts';
import { pickRandom } from '../emulator/faults.mts';
import { readPdfLines } from '../emulator/pdf.mts';
import { reconcile } from '../emulator/reconciliation.mts';
import type { JsonObject, OperationId, schemas } from '../emulator/types.mts';

let emulator: Emulator;
beforeAll(async () => {
	// Short runs, so that nothing has to be waited for; they are pending and running all the same.
	emulator = await startEmulator({ pendingMs: 20, runningMs: 20 });
});
afterEach(() => {
	jest.restoreAllMocks();
	emulator.reset();
});
afterAll(() => emulator.close());

/** Sends a request with the key, and takes any status. */
async function send<T = JsonObject>(
	method: string,
	url: string,
	data?: unknown,
	config: AxiosRequestConfig = {},
): Promise<AxiosResponse<T>> {
	return await axios.request<T>({
		baseURL: emulator.baseUrl,
		method,
		url,
		data,
		validateStatus: () => true,
		maxRedirects: 0,
		...config,
		headers: { 'X-API-Key': emulator.apiKey, ...config.headers },
	});
}

/** Does the same, and holds the answer against the contract. */
async function call<T = JsonObject>(
	operationId: OperationId,
	...request: Parameters<typeof send>
): Promise<AxiosResponse<T>> {
	const answer = await send<T>(...request);
	const contract = await loadContract();
	expect(contract.checkAnswer(operationId, answer.status, answer.data)).toBeUndefined();
	expect(emulator.requests.at(-1)?.operationId).toBe(operationId);
	return answer;
}

function projectPath(name = emulator.project): string {
	return `/projects/${encodeURIComponent(name)}`;
}

function tablePath(tableId = emulator.tableId, name = emulator.project): string {
	return `${projectPath(name)}/tables/${tableId}`;
}

function textDocument(text: string, more: JsonObject = {}): JsonObject {
	return {
		file: Buffer.from(text).toString('base64'),
		filename: 'invoice.txt',
		mimetype: 'text/plain',
		file_type: 'binary',
		...more,
	};
}

async function upload(document: JsonObject): Promise<string> {
	const { status, data } = await call('uploadFile', 'POST', `${tablePath()}/files`, document);
	expect(status).toBe(200);
	return data.row_id as string;
}

async function startRun(row_id: string, tableId = emulator.tableId): Promise<string> {
	const { data } = await call('startRun', 'POST', `${tablePath(tableId)}/run`, { row_id });
	return data.run_id as string;
}

async function getRun(run_id: string, tableId = emulator.tableId): Promise<JsonObject> {
	return (await call('getRun', 'GET', `${tablePath(tableId)}/run/${run_id}`)).data;
}

/** Asks for a run until it is done or has failed, and answers all the answers. */
async function pollToEnd(run_id: string, tableId = emulator.tableId): Promise<JsonObject[]> {
	const answers: JsonObject[] = [];
	for (;;) {
		const answer = await getRun(run_id, tableId);
		answers.push(answer);
		if (answer.status === 'done' || answer.status === 'error') return answers;
	}
}

/** Stops the clock by which runs go, so that no state can be missed; the answer moves it on. */
function stopClock(): (ms: number) => void {
	let now = Date.now();
	jest.spyOn(Date, 'now').mockImplementation(() => now);
	return (ms) => (now += ms);
}

async function extract(document: JsonObject): Promise<JsonObject> {
	const { status, data } = await call('extractFile', 'POST', `${tablePath()}/extract`, document);
	expect(status).toBe(200);
	return data;
}

describe('the way of a document', () => {
	it('goes from upload through pending and running to what is in it', async () => {
		const text = 'Invoice Number: 2026-117\nPosition: tea\nPosition: milk\nnothing here\n';
		const row_id = await upload(textDocument(text));
		const moveOn = stopClock();
		const run_id = await startRun(row_id);
		expect(await getRun(run_id)).toEqual({
			row_id,
			status: 'pending',
			created_at: expect.any(String) as string,
		});
		moveOn(20);
		expect(await getRun(run_id)).toMatchObject({ status: 'running' });
		moveOn(20);
		expect((await pollToEnd(run_id)).at(-1)).toMatchObject({
			row_id,
			status: 'done',
			reasoning: expect.any(String) as string,
			data: {
				file_name: 'invoice.txt',
				mimetype: 'text/plain',
				size_bytes: Buffer.byteLength(text),
				sha256: createHash('sha256').update(text).digest('hex'),
				invoice_number: '2026-117',
				position: ['tea', 'milk'],
			},
		});
	});

	it('answers in the older shape, which knows no pending', async () => {
		emulator.configure({ runAnswer: 'result' });
		const row_id = await upload(textDocument('Total: 12'));
		const moveOn = stopClock();
		const run_id = await startRun(row_id);
		expect(await getRun(run_id)).toEqual({ status: 'running' });
		moveOn(20);
		expect(await getRun(run_id)).toEqual({ status: 'running' });
		moveOn(20);
		const last = (await pollToEnd(run_id)).at(-1);
		expect(last).toMatchObject({ status: 'done', result: { total: '12' } });
	});

	it.each([
		['null', null],
		['empty', {}],
	] as const)('can show data as %s before it is done', async (dataUntilDone, shown) => {
		emulator.configure({ dataUntilDone });
		emulator.planRun({ runningMs: 'always' });
		const run_id = await startRun(await upload(textDocument('Total: 12')));
		expect(await getRun(run_id)).toMatchObject({ data: shown });
	});

	it('remembers zero retention and when it was asked', async () => {
		const row_id = await upload(textDocument('Total: 12'));
		const { data } = await call('startRun', 'POST', `${tablePath()}/run`, {
			row_id,
			zero_retention: true,
		});
		const answers = await pollToEnd(data.run_id as string);
		expect(emulator.runs).toEqual([
			expect.objectContaining({
				row_id,
				run_id: data.run_id,
				zero_retention: true,
				status: 'done',
			}),
		]);
		expect(emulator.runs[0]?.polls).toHaveLength(answers.length);
	});

	it('runs as planned: with other states, to an error, with other data', async () => {
		const row_id = await upload(textDocument('Total: 12'));
		emulator.planRun({ phases: [{ status: 'in_review', ms: 20 }], data: { total: { value: 12 } } });
		const moveOn = stopClock();
		const run_id = await startRun(row_id);
		expect(await getRun(run_id)).toMatchObject({ status: 'in_review' });
		moveOn(20);
		expect((await pollToEnd(run_id)).at(-1)).toMatchObject({ data: { total: { value: 12 } } });
		jest.restoreAllMocks();

		emulator.planRun({ filename: 'another.txt', runningMs: 'always' });
		emulator.planRun({ filename: 'invoice.txt', fail: true });
		expect((await pollToEnd(await startRun(row_id))).at(-1)).toMatchObject({ status: 'error' });
		expect((await pollToEnd(await startRun(row_id))).at(-1)).toMatchObject({ status: 'done' });
	});

	it('adds what every row is to carry', async () => {
		emulator.configure({ rowExtras: { review: { approved: false } } });
		expect(await extract(textDocument('Total: 12'))).toMatchObject({ review: { approved: false } });
	});

	it('counts what it cannot read further', async () => {
		const csv = textDocument('name,note\r\n"a","two\nlines"\r\nb,\r\n', { mimetype: 'text/csv' });
		expect((await extract(csv)).data).toMatchObject({ row_count: 3 });
		const json = textDocument('{"a":1,"b":2}', { mimetype: 'application/json' });
		expect((await extract(json)).data).toMatchObject({ key_count: 2 });
		const picture = textDocument('no: picture', { mimetype: 'image/png' });
		expect((await extract(picture)).data).toEqual({
			file_name: 'invoice.txt',
			mimetype: 'image/png',
			size_bytes: 11,
			sha256: expect.any(String) as string,
		});
		const parts = textDocument('', { file_type: 'multipart', file: [{ any: 'thing' }, 'x'] });
		expect((await extract(parts)).data).toMatchObject({ part_count: 2 });
	});
});

describe('documents that are fetched', () => {
	let host: Server;
	beforeAll(async () => {
		host = createServer((request, response) => {
			response.statusCode = request.url === '/invoice.txt' ? 200 : 404;
			response.end('Total: 14');
		});
		await once(host.listen(0, '127.0.0.1'), 'listening');
	});
	afterAll(() => host.close());

	async function runFrom(uri: string): Promise<JsonObject | undefined> {
		const row_id = await upload(textDocument('', { file_type: 'uri', file: uri }));
		return (await pollToEnd(await startRun(row_id))).at(-1);
	}

	function urlOf(file: string): string {
		return `http://127.0.0.1:${(host.address() as AddressInfo).port}${file}`;
	}

	it('come from this machine', async () => {
		const row = await runFrom(urlOf('/invoice.txt'));
		expect(row?.data).toMatchObject({ source: 'uri', total: '14', size_bytes: 9 });
		expect(emulator.documents[0]).toMatchObject({ file_type: 'uri', uri: urlOf('/invoice.txt') });
	});

	it.each([
		['when the address answers 404', () => urlOf('/gone.txt'), /answered 404/],
		['when nothing is there', () => 'http://127.0.0.1:1/', /fetch failed/],
		['from any other host', () => 'https://example.com/invoice.pdf', /loopback/],
	])('end in an error %s', async (_case, uri, problem) => {
		expect(await runFrom(uri())).toMatchObject({ status: 'error' });
		expect(emulator.runs[0]?.problem).toMatch(problem);
	});
});

describe('the blocking calls', () => {
	it.each([
		['done', 'done'],
		['running', 'running'],
		['absent', undefined],
	] as const)('answer the row with status %s', async (syncStatus, status) => {
		emulator.configure({ syncStatus });
		const row = await extract(textDocument('Total: 12'));
		expect(row).toMatchObject({ data: { total: '12' } });
		expect(row.status).toBe(status);
	});

	it('reconcile honestly with the reference data', async () => {
		emulator.setReference([
			{ vendor: 'Tea House', vat: 'DE1' },
			{ vendor: 'Dairy', vat: 'DE2' },
		]);
		const { status, data } = await call(
			'reconcile',
			'POST',
			`${tablePath(emulator.reconcileTableId)}/reconcile`,
			{ data: { vendors: [{ vendor: 'Dairy' }, { vendor: 'Tea House', vat: 'DE9' }] } },
		);
		expect(status).toBe(200);
		expect(data.data).toEqual({
			compared_count: 2,
			reference_count: 2,
			matched_count: 1,
			matches: [
				{
					source: 'data.vendors[0]',
					candidate: { vendor: 'Dairy' },
					reference: { vendor: 'Dairy', vat: 'DE2' },
				},
			],
			unmatched: [{ source: 'data.vendors[1]', candidate: { vendor: 'Tea House', vat: 'DE9' } }],
		});
		expect(data.input).toEqual({
			data: { vendors: [{ vendor: 'Dairy' }, { vendor: 'Tea House', vat: 'DE9' }] },
		});
	});

	it('reconcile rows of documents, and refuse rows that are not there', async () => {
		emulator.setReference([{ total: '12' }]);
		const { row_id } = await extract(textDocument('Total: 12'));
		const url = `${tablePath(emulator.reconcileTableId)}/reconcile`;
		const { data } = await call('reconcile', 'POST', url, { files: [{ id: row_id }] });
		expect(data.data).toMatchObject({ compared_count: 1, matched_count: 1 });
		const unknown = await call('reconcile', 'POST', url, { files: [{ id: randomUUID() }] });
		expect(unknown.status).toBe(404);
		expect((await call('reconcile', 'POST', url, {})).status).toBe(400);
	});
});

it('creates a task that can be run', async () => {
	const { reconcileTableId } = emulator;
	const { data } = await call('createTask', 'POST', `${tablePath(reconcileTableId)}/tasks`, {
		data: { vendor: 'Dairy' },
	});
	const run_id = await startRun(data.task_id as string, reconcileTableId);
	const row = (await pollToEnd(run_id, reconcileTableId)).at(-1);
	expect(row).toMatchObject({
		row_id: data.task_id,
		data: { compared_count: 1, matched_count: 0 },
		input: { data: { vendor: 'Dairy' } },
	});
});

it('keeps the extraction settings, and answers them or nothing', async () => {
	const url = `${tablePath()}/extraction-settings`;
	const operation = 'updateExtractionSettings';
	const first = await call(operation, 'PATCH', url, { active_pipeline: 'cloudsquid-pro-v3' });
	expect(first.data).toEqual({ active_pipeline: 'cloudsquid-pro-v3' });
	const second = await call(operation, 'PATCH', url, { review_mode: true });
	expect(second.data).toEqual({ active_pipeline: 'cloudsquid-pro-v3', review_mode: true });

	emulator.configure({ settingsAnswer: 'empty' });
	const third = await call(operation, 'PATCH', url, { bounding_boxes: true });
	expect([third.status, third.data]).toEqual([204, '']);
});

describe('projects', () => {
	it('are listed as a bare array', async () => {
		const { data } = await call<Array<schemas['Project']>>('listProjects', 'GET', '/projects');
		expect(data.map(({ name }) => name)).toEqual(emulator.projects.map(({ name }) => name));
		expect(data[0]?.name).toBe('Invoices & Receipts');
	});

	it('are found under names that must be encoded', async () => {
		const added = emulator.addProject('一/二 %2F?');
		expect(emulator.projects.at(-1)).toEqual(added);
		for (const { name, tableId } of emulator.projects) {
			const url = `${tablePath(tableId, name)}/files`;
			expect((await call('uploadFile', 'POST', url, textDocument('x'))).status).toBe(200);
			expect(emulator.documents.at(-1)?.project_name).toBe(name);
		}
	});

	it('can be given tables, whose rows are their own', async () => {
		const other = emulator.addTable(emulator.project);
		const row_id = await upload(textDocument('Total: 12'));
		const { status } = await call('startRun', 'POST', `${tablePath(other)}/run`, { row_id });
		expect(status).toBe(404);
		const run_id = await startRun(row_id);
		expect((await call('getRun', 'GET', `${tablePath(other)}/run/${run_id}`)).status).toBe(404);
	});
});

describe('what does not fit', () => {
	const unknown = randomUUID();
	const good = textDocument('Total: 12');

	it.each<[string, number, string, () => [string, string, unknown?]]>([
		['an unknown project', 404, 'project', () => ['GET', `${projectPath('None')}/files?path=/`]],
		['an unknown table', 404, 'table', () => ['POST', `${tablePath(unknown)}/files`, good]],
		['an unknown row', 404, 'row', () => ['POST', `${tablePath()}/run`, { row_id: unknown }]],
		['an unknown run', 404, 'run', () => ['GET', `${tablePath()}/run/${unknown}`]],
		['an unknown path', 404, 'nothing at', () => ['GET', `${projectPath()}/files?path=/no`]],
		['an unknown operation', 404, 'no POST', () => ['POST', '/projects', {}]],
		['a table of another type', 400, 'type', () => ['POST', `${tablePath()}/tasks`, { data: {} }]],
		['a table ID that is none', 400, 'uuid', () => ['POST', `${tablePath('12')}/files`, good]],
		['a path that is encoded wrongly', 400, 'encoded', () => ['GET', '/projects/%E0/files?path=/']],
		['no path', 400, 'path', () => ['GET', `${projectPath()}/files`]],
		[
			'a type that is not accepted',
			400,
			'application/pdf',
			() => ['POST', `${tablePath()}/files`, { ...good, mimetype: 'image/webp' }],
		],
		[
			'a missing field',
			400,
			'filename',
			() => ['POST', `${tablePath()}/files`, { ...good, filename: undefined }],
		],
		[
			'what is no base64',
			400,
			'base64',
			() => ['POST', `${tablePath()}/files`, { ...good, file: 'äöü' }],
		],
		[
			'base64 that ends too early',
			400,
			'base64',
			() => ['POST', `${tablePath()}/extract`, { ...good, file: 'QUJDR' }],
		],
		[
			'what is no address',
			400,
			'URL',
			() => ['POST', `${tablePath()}/files`, { ...good, file_type: 'uri' }],
		],
		[
			'parts that are no array',
			400,
			'array',
			() => ['POST', `${tablePath()}/files`, { ...good, file_type: 'multipart' }],
		],
		[
			'an array that is no parts',
			400,
			'string',
			() => ['POST', `${tablePath()}/files`, { ...good, file: [] }],
		],
		['a body that is no object', 400, 'object', () => ['POST', `${tablePath()}/run`, [1]]],
		[
			'a body that is not JSON',
			400,
			'JSON',
			() => ['POST', `${tablePath()}/run`, Buffer.from('{"a')],
		],
		['no body', 400, 'no body', () => ['POST', `${tablePath()}/run`, Buffer.alloc(0)]],
		['a body where there is none', 400, 'takes no body', () => ['GET', '/projects', {}]],
	])('is refused: %s', async (_case, status, message, request) => {
		const headers = { 'content-type': 'application/json' };
		const [method, url, body] = request();
		const answer = await send(method, url, body, { headers });
		expect(answer.status).toBe(status);
		expect(answer.data.errorMessage).toContain(message);
		expect(emulator.documents).toHaveLength(0);
	});

	it('is refused: another content type', async () => {
		const headers = { 'content-type': 'text/plain' };
		const answer = await send('POST', `${tablePath()}/run`, Buffer.from('{}'), { headers });
		expect(answer.status).toBe(400);
	});

	it.each([undefined, '', 'another-key'])('is refused: the key %j', async (key) => {
		const headers = { 'X-API-Key': key };
		const answer = await send('GET', '/projects', undefined, { headers });
		expect(answer.status).toBe(401);
		expect(answer.data.errorMessage).toEqual(expect.any(String));
		const posted = await send('POST', `${tablePath()}/files`, good, { headers });
		expect(posted.status).toBe(401);
	});
});

describe('project files', () => {
	const url = (file: string) => `${projectPath()}/files?path=${encodeURIComponent(file)}`;
	const put = (file: string, text = 'Total: 12') =>
		call('uploadToPath', 'PUT', url(file), textDocument(text));
	const get = (file: string) => call('readPath', 'GET', url(file));

	it('are put into folders that are made on the way', async () => {
		const { status, data } = await put('/2026/März & April/a b.txt');
		expect(status).toBe(201);
		expect(data).toMatchObject({ ftype: 'file', name: 'a b.txt', size: 9, mimetype: 'text/plain' });
		await put('/2026/b.txt');

		const root = await get('/');
		expect(root.data).toMatchObject({
			ftype: 'folder',
			entries: [{ ftype: 'folder', name: '2026' }],
		});
		const folder = await get('2026');
		expect(folder.data).toMatchObject({
			name: '2026',
			entries: [
				{ ftype: 'folder', name: 'März & April' },
				{ ftype: 'file', name: 'b.txt', size: 9 },
			],
		});
		expect((await get('/2026/März & April/a b.txt')).data).toMatchObject({ ftype: 'file' });
	});

	it('are never overwritten', async () => {
		await put('/a/b.txt');
		expect((await put('/a/b.txt')).status).toBe(409);
		expect((await put('/a')).status).toBe(409);
		expect((await put('/a/b.txt/c.txt')).status).toBe(409);
	});

	it('have no path with .. and none without a name', async () => {
		expect((await put('/a/../b.txt')).status).toBe(400);
		expect((await get('/..')).status).toBe(400);
		expect((await put('/')).status).toBe(400);
	});

	it('are downloaded without the key, which is noticed', async () => {
		const content = randomBytes(300_000);
		await emulator.addProjectFile(emulator.project, '/a.png', content, 'image/png');
		const { data } = await get('/a.png');
		const address = data.url as string;
		expect(new URL(address).pathname).not.toMatch(/^\/api/);

		const answer = await axios.get<Buffer>(address, { responseType: 'arraybuffer' });
		expect(answer.headers['content-type']).toBe('image/png');
		expect(content.equals(answer.data)).toBe(true);
		await axios.get(address, { headers: { 'X-API-Key': 'demo-key-0000' } });
		expect(emulator.downloads.map(({ apiKeySent }) => apiKeySent)).toEqual([false, true]);
	});

	it('have addresses that expire, and answer XML then', async () => {
		emulator.configure({ urlTtlMs: 0 });
		await emulator.addProjectFile(emulator.project, '/a.txt', 'Total: 12');
		const { data } = await get('/a.txt');
		const answer = await axios.get<string>(data.url as string, { validateStatus: () => true });
		expect(answer.status).toBe(403);
		expect(answer.data).toMatch(/^<\?xml .*<Error>/);
		const unknown = `${emulator.storageOrigin}/storage/none/a.txt`;
		expect((await axios.get(unknown, { validateStatus: () => true })).status).toBe(404);
	});

	it('can be broken off on the way', async () => {
		emulator.inject({ operation: 'download', kind: 'cut' });
		await emulator.addProjectFile(emulator.project, '/a.txt', 'x'.repeat(200_000));
		const { data } = await get('/a.txt');
		await expect(axios.get(data.url as string)).rejects.toThrow();
		expect(emulator.downloads[0]).toMatchObject({ status: 200, completed: false });
	});

	it('can be served from another origin', async () => {
		const other = await startEmulator({ separateStorage: true });
		try {
			await other.addProjectFile(other.project, '/a.txt', 'Total: 12');
			const { data } = await send('GET', url('/a.txt'), undefined, { baseURL: other.baseUrl });
			const address = data.url as string;
			expect(new URL(address).origin).toBe(other.storageOrigin);
			expect(other.storageOrigin).not.toBe(other.origin);
			expect((await axios.get(address)).data).toBe('Total: 12');
			const misled = address.replace(other.storageOrigin, other.origin);
			expect((await axios.get(misled, { validateStatus: () => true })).status).toBe(401);
		} finally {
			await other.close();
		}
	});
});

describe('large bodies', () => {
	it('go into a file while they come, and keep their hash', async () => {
		const piece = randomBytes(3 * 100_000);
		const count = 20;
		const hash = createHash('sha256');
		for (let index = 0; index < count; index++) hash.update(piece);
		const sent = function* () {
			yield '{"filename":"scan.pdf","file":"';
			for (let index = 0; index < count; index++) yield piece.toString('base64');
			yield '","file_type":"binary","mimetype":"application/pdf"}';
		};
		const headers = { 'content-type': 'application/json' };
		const answer = await send('POST', `${tablePath()}/files`, Readable.from(sent()), { headers });
		expect(answer.status).toBe(200);
		const sha256 = hash.digest('hex');
		expect(emulator.documents[0]).toMatchObject({ bytes: piece.length * count, sha256 });
		expect(emulator.requests[0]?.body).toMatchObject({
			file: { bytes: piece.length * count, sha256 },
			filename: 'scan.pdf',
		});
		const row = (await pollToEnd(await startRun(answer.data.row_id as string))).at(-1);
		expect(row?.data).toMatchObject({ size_bytes: piece.length * count, sha256 });
	});

	it('are the same wherever they are cut', async () => {
		const store = new DocumentStore();
		const document = fc.record({
			file: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
			other: fc.jsonValue(),
			name: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('a "quoted" \\ name')),
			before: fc.boolean(),
			escape: fc.constantFrom('none', 'slash', 'unicode'),
			cuts: fc.oneof(fc.array(fc.nat(400), { maxLength: 12 }), fc.constant('everywhere' as const)),
			indent: fc.constantFrom('', '\t'),
		});
		try {
			await fc.assert(
				fc.asyncProperty(document, async ({ file, other, name, before, escape, cuts, indent }) => {
					const base64 = file.toString('base64');
					const rest = {
						[`x${name}`]: other,
						nested: { file: name, list: [name, { file: 'file' }] },
					};
					const value = before ? { file: base64, ...rest } : { ...rest, file: base64 };
					let json = JSON.stringify(value, null, indent);
					const written = { none: base64, slash: base64.replace(/\//g, '\\/'), unicode: '' };
					written.unicode = base64.replace(/[+/=]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
					json = json.replace(`${JSON.stringify(base64)}`, () => `"${written[escape]}"`);
					const received = await readBody(Readable.from(cut(Buffer.from(json), cuts)), store);
					expect(received.value).toEqual(JSON.parse(JSON.stringify(value)));
					expect(received.file).toEqual({
						text: base64,
						stored: {
							path: expect.any(String) as string,
							bytes: file.length,
							sha256: createHash('sha256').update(file).digest('hex'),
						},
					});
				}),
				{ numRuns: 150 },
			);
		} finally {
			store.remove();
		}
	});

	it('leave nothing behind when they are refused or break off', async () => {
		const temporaryFolder = mkdtempSync(path.join(os.tmpdir(), 'emulator-test-'));
		const other = await startEmulator({ temporaryFolder });
		const folder = path.join(temporaryFolder, readdirSync(temporaryFolder)[0] ?? '');
		try {
			const wrong = textDocument('x'.repeat(200_000), { mimetype: 'image/webp' });
			const url = `${other.baseUrl}${tablePath()}/files`;
			expect((await send('POST', url, wrong)).status).toBe(400);
			const noBase64 = textDocument('', { file: `${'QUJD'.repeat(50_000)}!` });
			expect((await send('POST', url, noBase64)).status).toBe(400);
			expect(readdirSync(folder)).toEqual([]);

			const broken = httpRequest(url, { method: 'POST', headers: { 'X-API-Key': other.apiKey } });
			broken.on('error', () => undefined);
			broken.write(`{"file":"${'QUJD'.repeat(50_000)}`);
			await until(() => readdirSync(folder).length === 1);
			broken.destroy();
			await until(() => other.requests[2]?.endedAt !== undefined);
			await until(() => readdirSync(folder).length === 0);
			expect(other.requests[2]).toMatchObject({ status: null, completed: false });

			expect((await send('POST', url, textDocument('Total: 12'))).status).toBe(200);
			expect(readdirSync(folder)).toHaveLength(1);
			other.reset();
			expect(readdirSync(folder)).toHaveLength(0);

			await other.close();
			expect(readdirSync(temporaryFolder)).toEqual([]);
		} finally {
			await other.close();
			rmSync(temporaryFolder, { recursive: true });
		}
	});
});

/** Waits for a condition, turn by turn of the event loop, and gives up before the test would. */
async function until(condition: () => boolean): Promise<void> {
	const end = performance.now() + 4000;
	while (!condition()) {
		if (performance.now() > end) throw new Error(`Waited in vain for ${String(condition)}`);
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function* cut(whole: Buffer, cuts: readonly number[] | 'everywhere'): Generator<Buffer> {
	const places = [...new Set(cuts === 'everywhere' ? whole.keys() : cuts)]
		.filter((place) => place < whole.length)
		.sort((a, b) => a - b);
	let start = 0;
	for (const place of [...places, whole.length]) {
		if (place > start) yield whole.subarray(start, place);
		start = place;
	}
}

it('decodes base64 strictly, however it is cut', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 30 }), fc.array(fc.nat(40)), (bytes, cuts) => {
			const decoder = new Base64Decoder();
			const text = Buffer.from(Buffer.from(bytes).toString('base64'));
			const pieces = [...cut(text, cuts)].map((piece) => decoder.decode(piece.toString()));
			expect(decoder.finish()).toBe(true);
			expect(Buffer.concat(pieces).equals(Buffer.from(bytes))).toBe(true);
		}),
	);
	for (const wrong of ['Q', 'QQ', 'QQ=', 'QQ==QUJD', 'Q-_D', 'QU D', 'QUJD\n', '====', 'QQ==Q']) {
		const whole = new Base64Decoder();
		whole.decode(wrong);
		expect(whole.finish()).toBe(false);
		const single = new Base64Decoder();
		for (const character of wrong) single.decode(character);
		expect(single.finish()).toBe(false);
	}
});

describe('reading', () => {
	it('takes lines with labels, and no times or addresses', () => {
		const lines = [
			'  Net Total (EUR) : 12:30 ',
			'10:30',
			'https://x.example',
			'Empty:',
			'Größe: 3',
		];
		expect(Object.fromEntries(readLabels(lines))).toEqual({ net_total_eur: '12:30', größe: '3' });
	});

	it('finds the text of a PDF that is not compressed', () => {
		const pdf = [
			'BT /F1 12 Tf 72 720 Td (Invoice Number: 2026-117) Tj',
			String.raw`0 -14 Td [(To) -20 (tal: ) (12 \(net\))] TJ T* (a \101\
b) Tj (c \(d) ' ET`,
			'BT (nested (round) brackets) Tj ET',
		].join('\n');
		expect(readPdfLines(pdf)).toEqual([
			'Invoice Number: 2026-117',
			'Total: 12 (net)',
			'a Ab',
			'c (d',
			'nested (round) brackets',
		]);
	});

	it('matches a candidate only on fields that both have', () => {
		const candidate = { source: 'data', fields: { a: 1, b: 2 } };
		expect(reconcile([candidate], [{ c: 1 }]).data).toMatchObject({ matched_count: 0 });
		expect(reconcile([candidate], [{ a: 1, c: 1 }]).data).toMatchObject({ matched_count: 1 });
		expect(reconcile([candidate], [{ a: 1, b: 1 }]).data).toMatchObject({ matched_count: 0 });
	});
});

describe('faults', () => {
	const list = () => send<unknown>('GET', '/projects', undefined, { transformResponse: [] });

	it('answer what they are told to', async () => {
		emulator.inject({
			kind: 'answer',
			status: 503,
			body: { errorMessage: 'later' },
			headers: { 'Retry-After': '2' },
		});
		emulator.inject({ kind: 'answer', status: 502, body: '<html>Bad gateway</html>' });
		emulator.inject({ kind: 'answer', status: 200, body: '{}', contentType: 'image/png' });
		const first = await list();
		expect([first.status, first.data]).toEqual([503, '{"errorMessage":"later"}']);
		expect(first.headers['retry-after']).toBe('2');
		const second = await list();
		expect([second.status, second.headers['content-type']]).toEqual([
			502,
			'text/html; charset=utf-8',
		]);
		expect((await list()).headers['content-type']).toBe('image/png');
		expect((await list()).status).toBe(200);
		expect(emulator.requests.map(({ fault }) => fault?.kind)).toEqual([
			'answer',
			'answer',
			'answer',
			undefined,
		]);
	});

	it.each<[string, Fault]>([
		['a reset', { kind: 'reset' }],
		['an answer that breaks off', { kind: 'cut' }],
	])('break the connection: %s', async (_case, fault) => {
		emulator.inject(fault);
		await expect(list()).rejects.toMatchObject({ isAxiosError: true });
		await until(() => emulator.requests[0]?.endedAt !== undefined);
		expect(emulator.requests[0]?.completed).toBe(false);
	});

	it('keep silent', async () => {
		emulator.inject({ kind: 'silence' });
		const giveUp = new AbortController();
		const answer = send('GET', '/projects', undefined, { signal: giveUp.signal });
		await until(() => emulator.inFlight === 1);
		giveUp.abort();
		await expect(answer).rejects.toThrow();
		await until(() => emulator.inFlight === 0);
		expect(emulator.requests[0]).toMatchObject({ status: null });
	});

	it('send half, nothing, drops, or elsewhere', async () => {
		const whole = (await list()).data as string;
		emulator.inject({ kind: 'truncate' });
		const truncated = (await list()).data as string;
		expect(whole.startsWith(truncated)).toBe(true);
		expect(() => JSON.parse(truncated) as unknown).toThrow();
		emulator.inject({ kind: 'empty' });
		const empty = await list();
		expect([empty.status, empty.data]).toEqual([200, '']);
		emulator.inject({ kind: 'drip', pieceBytes: 200, pauseMs: 1 });
		expect((await list()).data).toBe(whole);
		emulator.inject({ kind: 'redirect', location: 'http://127.0.0.1:1/' });
		const redirect = await list();
		expect([redirect.status, redirect.headers.location]).toEqual([307, 'http://127.0.0.1:1/']);
		emulator.inject({ kind: 'delay', delayMs: 1 });
		expect((await list()).data).toBe(whole);
	});

	it('lose the request or only its answer', async () => {
		const document = textDocument('Total: 12');
		emulator.inject({ operation: 'uploadFile', kind: 'reset', when: 'before' });
		emulator.inject({ operation: 'uploadFile', kind: 'reset', when: 'after' });
		const url = `${tablePath()}/files`;
		await expect(send('POST', url, document)).rejects.toThrow();
		expect(emulator.documents).toHaveLength(0);
		// The body is in the books all the same.
		expect(emulator.requests[0]?.body).toMatchObject({ file: { bytes: 9 } });
		await expect(send('POST', url, document)).rejects.toThrow();
		expect(emulator.documents).toHaveLength(1);
	});

	it('may come before the body has', async () => {
		emulator.inject({ kind: 'answer', status: 503, early: true });
		const never = new Readable({ read: () => undefined });
		never.push('{"file":"QUJD');
		const request = httpRequest(`${emulator.baseUrl}${tablePath()}/files`, { method: 'POST' });
		never.pipe(request);
		const [response] = (await once(request, 'response')) as [{ statusCode: number }];
		expect(response.statusCode).toBe(503);
		request.destroy();
	});

	it('hit the operation, after some, as often as told', async () => {
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 500, times: 'always' });
		emulator.inject({ operation: 'listProjects', kind: 'answer', status: 500, skip: 1, times: 2 });
		const statuses = [];
		for (let index = 0; index < 4; index++) statuses.push((await list()).status);
		expect(statuses).toEqual([200, 500, 500, 200]);
		const run = `${tablePath()}/run/${randomUUID()}`;
		expect((await send('GET', run)).status).toBe(500);
		expect((await send('GET', run)).status).toBe(500);
		emulator.clearFaults();
		expect((await send('GET', run)).status).toBe(404);
	});

	it('come by chance, the same for the same seed', async () => {
		const faults: Fault[] = [
			{ kind: 'answer', status: 503 },
			{ kind: 'answer', status: 429 },
			{ operation: 'getRun', kind: 'reset' },
		];
		const round = async (seed: number) => {
			emulator.reset();
			emulator.setRandomFaults({ seed, rate: 0.4, faults });
			const statuses: number[] = [];
			for (let index = 0; index < 30; index++) statuses.push((await list()).status);
			return statuses;
		};
		const first = await round(7);
		expect(new Set(first)).toEqual(new Set([200, 503, 429]));
		expect(await round(7)).toEqual(first);
		expect(await round(8)).not.toEqual(first);
	});

	it('come about as often as the rate says', () => {
		const faults: Fault[] = [{ kind: 'reset' }];
		const hits = (seed: number) =>
			Array.from({ length: 5000 }, (_, index) =>
				pickRandom({ seed, rate: 0.1, faults }, 'getRun', index + 1),
			).filter(Boolean).length;
		for (const seed of [0, 1, 2, 42, -5]) {
			expect(hits(seed)).toBeGreaterThan(400);
			expect(hits(seed)).toBeLessThan(600);
		}
	});
});

describe('limits and books', () => {
	it('refuse what is above the limit and tell when to come again', async () => {
		emulator.configure({ maxInFlight: 2, retryAfterSeconds: 3, latencyMs: 50 });
		const answers = await Promise.all(Array.from({ length: 6 }, () => send('GET', '/projects')));
		const refused = answers.filter(({ status }) => status === 429);
		expect(refused.length).toBeGreaterThan(0);
		expect(refused[0]?.headers['retry-after']).toBe('3');
		expect(emulator.peakInFlight).toBeGreaterThan(2);
	});

	it('begin anew after a reset', async () => {
		emulator.addProject('For a while');
		emulator.configure({ runAnswer: 'result' });
		await upload(textDocument('Total: 12'));
		emulator.reset();
		const { requests, documents, rows, runs, downloads, peakInFlight } = emulator;
		expect([requests, documents, rows, runs, downloads, peakInFlight]).toEqual([
			[],
			[],
			[],
			[],
			[],
			0,
		]);
		expect(emulator.projects.map(({ name }) => name)).not.toContain('For a while');
		expect(
			(await pollToEnd(await startRun(await upload(textDocument('x'))))).at(-1),
		).toHaveProperty('row_id');
	});

	it('can be seen and steered from other processes', async () => {
		const admin = (method: string, name: string, data?: unknown) =>
			axios.request<JsonObject>({
				method,
				url: `${emulator.origin}/_emulator/${name}`,
				data,
				validateStatus: () => true,
			});
		await admin('POST', 'faults', [{ kind: 'answer', status: 503 }]);
		expect((await send('GET', '/projects')).status).toBe(503);
		await admin('POST', 'faults', { kind: 'answer', status: 503, times: 'always' });
		await admin('DELETE', 'faults');
		expect((await send('GET', '/projects')).status).toBe(200);
		await admin('POST', 'runs', { fail: true });
		await admin('POST', 'behaviour', { runAnswer: 'result' });
		const answers = await pollToEnd(await startRun(await upload(textDocument('Total: 12'))));
		expect(answers.at(-1)).toEqual({ status: 'error' });

		const { data } = await admin('GET', 'summary');
		expect(data).toMatchObject({
			apiKey: emulator.apiKey,
			requestsByOperation: { listProjects: 2, uploadFile: 1, startRun: 1 },
			requestsByStatus: { 503: 1, 202: 1 },
			faultsByKind: { answer: 1 },
			runsByStatus: { error: 1 },
		});
		const books = (await admin('GET', 'books')).data;
		expect(books.requests).toHaveLength(emulator.requests.length);

		await admin('POST', 'random-faults', { seed: 1, rate: 1, faults: [{ kind: 'empty' }] });
		expect((await send('GET', '/projects')).data).toBe('');
		expect((await admin('POST', 'faults', { kind: 'wrong' })).status).toBe(400);
		expect((await admin('POST', 'random-faults', { seed: 1 })).status).toBe(400);
		expect((await admin('GET', 'nothing')).status).toBe(404);
		expect((await admin('POST', 'reset')).status).toBe(204);
		expect(emulator.requests).toHaveLength(0);
	});

	it('close while a request is open', async () => {
		const other = await startEmulator();
		other.inject({ kind: 'silence' });
		const open = axios.get(`${other.baseUrl}/projects`);
		const lost = expect(open).rejects.toThrow();
		await until(() => other.inFlight === 1);
		await other.close();
		await lost;
	});
});

describe('the command', () => {
	const run = (...flags: string[]) =>
		spawn(process.execPath, ['--import', 'tsx', 'test/emulator/main.mts', ...flags]);

	async function readAll(stream: Readable): Promise<string> {
		let text = '';
		for await (const piece of stream) text += String(piece);
		return text;
	}

	it('tells where it is, and ends when told to', async () => {
		const child = run('--port', '0', '--api-key', 'demo-key-0001', '--run-answer', 'result');
		const ended = once(child, 'exit');
		let text = '';
		for await (const piece of child.stdout) {
			text += String(piece);
			if (text.includes('/_emulator/summary')) break;
		}
		const [, baseURL] = /Base URL +(\S+)/.exec(text) ?? [];
		const headers = { 'X-API-Key': 'demo-key-0001' };
		expect((await axios.get<unknown[]>('/projects', { baseURL, headers })).data).not.toHaveLength(
			0,
		);
		child.kill('SIGTERM');
		expect(await ended).toEqual([0, null]);
	}, 20_000);

	it('says in one sentence that the port is taken', async () => {
		const { port } = new URL(emulator.origin);
		const child = run('--port', port);
		const ended = once(child, 'exit');
		expect(await readAll(child.stderr)).toBe(
			`Port ${port} is in use; choose another one with --port.\n`,
		);
		expect(await ended).toEqual([1, null]);
	}, 20_000);
});
