import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import axios from 'axios';
import fc from 'fast-check';
import { Base64Decoder } from '../emulator/base64.mts';
import { readBody } from '../emulator/body.mts';
import { DocumentStore } from '../emulator/documents.mts';
import type { Emulator, Fault } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import { readPdfLines } from '../emulator/pdf.mts';
import type { JsonObject } from '../emulator/types.mts';

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

describe('a document', () => {
	it('is the same wherever its request is cut', async () => {
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

	it('leaves nothing behind when it is refused or breaks off', async () => {
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
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	const end = performance.now() + 4000;
	while (!(await condition())) {
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

it('decodes base64 strictly, wherever it is cut', () => {
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

it('draws the same random faults for the same seed', async () => {
	const faults: Fault[] = [
		{ kind: 'answer', status: 503 },
		{ kind: 'answer', status: 429 },
		{ operation: 'getRun', kind: 'reset' },
	];
	const round = async (seed: number) => {
		emulator.reset();
		emulator.setRandomFaults({ seed, rate: 0.4, faults });
		const statuses: number[] = [];
		for (let index = 0; index < 30; index++) statuses.push((await send('GET', '/projects')).status);
		return statuses;
	};
	const first = await round(7);
	expect(new Set(first)).toEqual(new Set([200, 503, 429]));
	expect(await round(7)).toEqual(first);
	expect(await round(8)).not.toEqual(first);
});

it('can be read and controlled from other processes', async () => {
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
	const { data: row } = await send('POST', `${tablePath()}/files`, textDocument('Total: 12'));
	const { row_id } = row;
	const { data: run } = await send('POST', `${tablePath()}/run`, { row_id });
	const answer = () => send('GET', `${tablePath()}/run/${String(run.run_id)}`);
	await until(async () => (await answer()).data.status === 'error');
	expect((await answer()).data).toEqual({ status: 'error' });

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

it('closes while a request is open', async () => {
	const other = await startEmulator();
	other.inject({ kind: 'silence' });
	const open = axios.get(`${other.baseUrl}/projects`);
	const lost = expect(open).rejects.toThrow();
	await until(() => other.inFlight === 1);
	await other.close();
	await lost;
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
