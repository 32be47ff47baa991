import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import axios from 'axios';
import fc from 'fast-check';
import { readBody } from '../emulator/body.mts';
import { DocumentStore } from '../emulator/documents.mts';
import type { Emulator, Fault } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import { readPdfLines } from '../emulator/extraction.mts';
import type { JsonObject } from '../emulator/types.mts';

let emulator: Emulator;
beforeAll(async () => {
	emulator = await startEmulator({ pendingMs: 20, runningMs: 20 });
});
afterEach(() => emulator.reset());
afterAll(async () => await emulator.close());

/** Sends a request with the key, and accepts any status. */
async function send<T = JsonObject>(
	method: string,
	url: string,
	data?: unknown,
	config: AxiosRequestConfig = {},
): Promise<AxiosResponse<T>> {
	const headers = { 'X-API-Key': emulator.apiKey, ...config.headers };
	const { baseUrl: baseURL } = emulator;
	const options = { baseURL, method, url, data, validateStatus: () => true };
	return await axios.request<T>({ ...options, ...config, headers });
}

const projectPath = (name = emulator.project) => `/projects/${encodeURIComponent(name)}`;
const tablePath = (tableId = emulator.tableId) => `${projectPath()}/tables/${tableId}`;

const textDocument = (text: string, more: JsonObject = {}): JsonObject => ({
	file: Buffer.from(text).toString('base64'),
	filename: 'invoice.txt',
	mimetype: 'text/plain',
	file_type: 'binary',
	...more,
});

describe('an invalid request', () => {
	const unknown = randomUUID();
	const good = textDocument('Total: 12');
	const upload = (more: JsonObject) => ['POST', `${tablePath()}/files`, { ...good, ...more }];
	const start = (body: unknown) => ['POST', `${tablePath()}/run`, body];

	test.each<[problem: string, status: number, message: string, request: () => unknown[]]>([
		['project', 404, 'project', () => ['GET', `${projectPath('None')}/files?path=/`]],
		['table', 404, 'table', () => ['POST', `${tablePath(unknown)}/files`, good]],
		['row', 404, 'row', () => start({ row_id: unknown })],
		['run', 404, 'run', () => ['GET', `${tablePath()}/run/${unknown}`]],
		['path', 404, 'nothing at', () => ['GET', `${projectPath()}/files?path=/no`]],
		['operation', 404, 'no POST', () => ['POST', '/projects', {}]],
		['type of table', 400, 'type', () => ['POST', `${tablePath()}/tasks`, { data: {} }]],
		['table ID', 400, 'uuid', () => ['POST', `${tablePath('12')}/files`, good]],
		['encoding of the path', 400, 'encoded', () => ['GET', '/projects/%E0/files?path=/']],
		['missing query', 400, 'path', () => ['GET', `${projectPath()}/files`]],
		['MIME type', 400, 'application/pdf', () => upload({ mimetype: 'image/webp' })],
		['missing field', 400, 'filename', () => upload({ filename: undefined })],
		['base64', 400, 'base64', () => upload({ file: 'äöü' })],
		['end of base64', 400, 'base64', () => upload({ file: 'QUJDR' })],
		['base64url', 400, 'base64', () => upload({ file: 'Q-_D' })],
		['padding', 400, 'base64', () => upload({ file: 'QQ==QUJD' })],
		['URL', 400, 'URL', () => upload({ file_type: 'uri' })],
		['parts', 400, 'array', () => upload({ file_type: 'multipart' })],
		['file', 400, 'string', () => upload({ file: [] })],
		['type of body', 400, 'object', () => start([1])],
		['JSON', 400, 'JSON', () => start(Buffer.from('{"a'))],
		['missing body', 400, 'no body', () => start(Buffer.alloc(0))],
		['unexpected body', 400, 'takes no body', () => ['GET', '/projects', {}]],
	])('is rejected: %s', async (_problem, status, message, request) => {
		const headers = { 'content-type': 'application/json' };
		const [method, url, body] = request() as [string, string, unknown];
		const response = await send(method, url, body, { headers });
		expect(response.status).toBe(status);
		expect(response.data.errorMessage).toContain(message);
		expect(emulator.documents).toEqual([]);
	});

	test('is rejected: content type or API key', async () => {
		const text = { headers: { 'content-type': 'text/plain' } };
		expect((await send('POST', `${tablePath()}/run`, Buffer.from('{}'), text)).status).toBe(400);
		for (const key of [undefined, '', 'another-key']) {
			const config = { headers: { 'X-API-Key': key } };
			expect((await send('GET', '/projects', undefined, config)).status).toBe(401);
			expect((await send('POST', `${tablePath()}/files`, good, config)).status).toBe(401);
		}
	});
});

describe('a document', () => {
	test('is read wherever its request is split', async () => {
		const store = new DocumentStore();
		const documents = fc.record({
			file: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
			other: fc.jsonValue(),
			name: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('a "quoted" \\ name')),
			isFirst: fc.boolean(),
			escape: fc.constantFrom('none', 'slash', 'unicode'),
			cuts: fc.oneof(fc.array(fc.nat(400), { maxLength: 12 }), fc.constant('everywhere' as const)),
			indent: fc.constantFrom('', '\t'),
		});
		try {
			await fc.assert(
				fc.asyncProperty(
					documents,
					async ({ file, other, name, isFirst, escape, cuts, indent }) => {
						const base64 = file.toString('base64');
						const rest = {
							[`x${name}`]: other,
							nested: { file: name, list: [name, { file: 'file' }] },
						};
						const value = isFirst ? { file: base64, ...rest } : { ...rest, file: base64 };
						const escaped = {
							none: base64,
							slash: base64.replace(/\//g, '\\/'),
							unicode: base64.replace(/[+/=]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
						};
						const json = JSON.stringify(value, null, indent).replace(
							JSON.stringify(base64),
							() => `"${escaped[escape]}"`,
						);
						const received = await readBody(Readable.from(split(Buffer.from(json), cuts)), store);
						expect(received.value).toEqual(JSON.parse(JSON.stringify(value)));
						const sha256 = createHash('sha256').update(file).digest('hex');
						const stored = { path: expect.any(String) as string, bytes: file.length, sha256 };
						expect(received.file).toEqual({ text: base64, stored });
					},
				),
				{ numRuns: 150 },
			);
		} finally {
			store.remove();
		}
	});

	test('leaves no file behind if it is rejected or incomplete', async () => {
		const temporaryFolder = mkdtempSync(path.join(os.tmpdir(), 'emulator-test-'));
		const other = await startEmulator({ temporaryFolder });
		const folder = path.join(temporaryFolder, readdirSync(temporaryFolder)[0]!);
		try {
			const url = `${other.baseUrl}${tablePath()}/files`;
			const wrongType = textDocument('x'.repeat(200_000), { mimetype: 'image/webp' });
			const notBase64 = textDocument('', { file: `${'QUJD'.repeat(50_000)}!` });
			for (const document of [wrongType, notBase64]) {
				expect((await send('POST', url, document)).status).toBe(400);
			}
			expect(readdirSync(folder)).toEqual([]);

			const headers = { 'X-API-Key': other.apiKey };
			const incomplete = httpRequest(url, { method: 'POST', headers }).on('error', () => undefined);
			incomplete.write(`{"file":"${'QUJD'.repeat(50_000)}`);
			await until(() => readdirSync(folder).length === 1);
			incomplete.destroy();
			await until(() => readdirSync(folder).length === 0);
			await until(() => other.requests[2]?.endedAt !== undefined);
			expect(other.requests[2]).toMatchObject({ status: null, completed: false });

			expect((await send('POST', url, textDocument('Total: 12'))).status).toBe(200);
			expect(readdirSync(folder)).toHaveLength(1);
			other.reset();
			expect(readdirSync(folder)).toEqual([]);
			await other.close();
			expect(readdirSync(temporaryFolder)).toEqual([]);
		} finally {
			await other.close();
			rmSync(temporaryFolder, { recursive: true });
		}
	});
});

/** Waits for a condition. */
async function until(condition: () => boolean): Promise<void> {
	const end = performance.now() + 4000;
	while (!condition()) {
		if (performance.now() > end) throw new Error(`Not seen: ${String(condition)}`);
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function* split(whole: Buffer, cuts: readonly number[] | 'everywhere'): Generator<Buffer> {
	const places = [...new Set(cuts === 'everywhere' ? whole.keys() : cuts)]
		.filter((place) => place < whole.length)
		.sort((a, b) => a - b);
	let start = 0;
	for (const place of [...places, whole.length]) {
		if (place > start) yield whole.subarray(start, place);
		start = place;
	}
}

test('finds the text of a PDF that is not compressed', () => {
	const pdf = [
		'BT /F1 12 Tf 72 720 Td (Invoice Number: 2026-117) Tj',
		String.raw`0 -14 Td [(To) -20 (tal: ) (12 \(net\))] TJ T* (a \101\
b) Tj (c \(d) ' ET`,
		'BT (nested (round) brackets) Tj ET',
	].join('\n');
	const lines = ['Invoice Number: 2026-117', 'Total: 12 (net)', 'a Ab', 'c (d'];
	expect(readPdfLines(pdf)).toEqual([...lines, 'nested (round) brackets']);
});

test('repeats random faults for the same seed', async () => {
	const faults: Fault[] = [
		{ kind: 'answer', status: 503 },
		{ kind: 'answer', status: 429 },
		{ operation: 'getRun', kind: 'reset' },
	];
	const statusesFor = async (seed: number) => {
		emulator.reset();
		emulator.setRandomFaults({ seed, rate: 0.4, faults });
		const statuses: number[] = [];
		for (let count = 0; count < 30; count++) statuses.push((await send('GET', '/projects')).status);
		return statuses;
	};
	const first = await statusesFor(7);
	expect(new Set(first)).toEqual(new Set([200, 503, 429]));
	expect(await statusesFor(7)).toEqual(first);
	expect(await statusesFor(8)).not.toEqual(first);
});

test('can be read and controlled by other processes', async () => {
	const baseURL = `${emulator.origin}/_emulator`;
	const post = async (name: string, data?: unknown) =>
		(await axios.post(name, data, { baseURL, validateStatus: () => true })).status;
	expect(await post('runs', { fail: true, pendingMs: 0, runningMs: 0 })).toBe(204);
	expect(await post('config', { runAnswer: 'result' })).toBe(204);
	const { row_id } = (await send('POST', `${tablePath()}/files`, textDocument('Total: 12'))).data;
	const { run_id } = (await send('POST', `${tablePath()}/run`, { row_id })).data;
	await until(() => emulator.runs[0]?.status === 'error');
	expect((await send('GET', `${tablePath()}/run/${run_id}`)).data).toEqual({ status: 'error' });
	const { data: log } = await axios.get<JsonObject>('log', { baseURL });
	expect(log).toMatchObject({ apiKey: emulator.apiKey, runs: [{ run_id }] });
	expect(log.requests).toHaveLength(emulator.requests.length);
	expect(await post('nothing')).toBe(404);
	expect(await post('reset')).toBe(204);
	expect(emulator.requests).toEqual([]);
});

test('closes while a request is open', async () => {
	const other = await startEmulator();
	other.inject({ kind: 'silence' });
	const rejection = expect(axios.get(`${other.baseUrl}/projects`)).rejects.toThrow();
	await until(() => other.inFlight === 1);
	await other.close();
	await rejection;
});
