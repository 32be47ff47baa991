import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { truncate, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { INodeExecutionData } from 'n8n-workflow';
import { startEarlyResponseServer } from './network.mts';
import { upload } from './operations.mts';
import { setupEngine, sha256, until } from './testEnvironment.mts';

/** Around the size in which a file is read, and around the three bytes that base64 takes at a time. */
const sizes = [1, 2, 3, 4, 49_151, 49_152, 49_153, 1024 * 1024];

/** The item as workflows have it that keep files among the JSON fields. */
function combine({ json, binary }: INodeExecutionData): INodeExecutionData {
	return { json: { ...json, ...binary } as INodeExecutionData['json'] };
}

describe.each([
	['on disk', 'filesystem', 'separate'],
	['in memory', 'default', 'separate'],
	['in an S3 bucket', 's3', 'separate'],
	['on disk, among the JSON fields', 'filesystem', 'combined'],
	['in memory, among the JSON fields', 'default', 'combined'],
] as const)('with files that n8n stores %s', (_name, storage, binaryMode) => {
	const environment = setupEngine({}, storage);

	/** Uploads the files of one item. */
	async function send(files: Parameters<typeof environment.fileItem>[0]) {
		const item = await environment.fileItem(files);
		const items = [binaryMode === 'combined' ? combine(item) : item];
		const binaryPropertyName = Object.keys(files).length > 1 ? '*' : 'data';
		const parameters = { ...upload, binaryPropertyName };
		return await environment.runOn(items, parameters, { binaryMode });
	}

	test.each(sizes)('sends %i bytes whole', async (size) => {
		const { emulator } = environment;
		const bytes = randomBytes(size);
		const { error } = await send({ data: { bytes, fileName: 'scan.pdf' } });
		expect(error).toBeUndefined();
		const document = { filename: 'scan.pdf', mimetype: 'application/pdf', file_type: 'binary' };
		const expected = { ...document, bytes: size, sha256: sha256(bytes) };
		expect(emulator.documents).toMatchObject([expected]);
		const body = JSON.stringify({ ...document, file: bytes.toString('base64') });
		const { headers } = emulator.requests[0]!;
		expect(headers['content-length']).toBe(String(body.length));
		expect(headers).not.toHaveProperty('transfer-encoding');
		expect(headers['content-type']).toBe('application/json');
	});

	test('rejects an empty file before anything is sent', async () => {
		const { error } = await send({ data: { bytes: Buffer.alloc(0), fileName: 'scan.pdf' } });
		expect(error?.message).toBe("The file 'scan.pdf' in 'data' is empty");
		expect(environment.emulator.requests).toEqual([]);
	});

	test('finds all files with *', async () => {
		const { items } = await send({ a: { bytes: 'A' }, b: { bytes: 'BB' }, c: { bytes: 'CCC' } });
		expect(items.map(({ json }) => json.source_field)).toEqual(['a', 'b', 'c']);
		const { documents } = environment.emulator;
		const hashes = new Map(documents.map((each) => [each.row_id, each.sha256]));
		expect(items.map(({ json }) => hashes.get(json.row_id as string))).toEqual(
			['A', 'BB', 'CCC'].map(sha256),
		);
	});
});

describe('a file', () => {
	const environment = setupEngine();
	const { runOn, fileItem } = environment;

	test.each(
		[
			'Rechnung „Ü“ – 2026.pdf',
			'請求書.pdf',
			'🦑🦑🦑.pdf',
			'a "quoted" \\ name.pdf',
			'line\nbreak\tand\u0000nothing.pdf',
			'in/a/folder.pdf',
			'..pdf',
			'EPERM.pdf',
			'%2e%2e%2f.pdf',
			'half a character \ud83e.pdf',
			`${'long'.repeat(60)}.pdf`,
			`${'請'.repeat(10_240)}.pdf`,
			'{"file":"x"}.pdf',
		].map((name) => [name.slice(0, 30), name]),
	)('keeps its name: %j', async (_, fileName) => {
		const bytes = randomBytes(1000);
		const { items } = await runOn([await fileItem({ data: { bytes, fileName } })], upload);
		expect(items[0]?.json.filename).toBe(fileName);
		const expected = { filename: fileName, sha256: sha256(bytes) };
		expect(environment.emulator.documents).toMatchObject([expected]);
	});

	/** How often a file is open in this process, according to Linux. */
	const countOpen = (path: string) =>
		readdirSync('/proc/self/fd').filter((descriptor) => {
			const link = `/proc/self/fd/${descriptor}`;
			return existsSync(link) && readlinkSync(link) === path;
		}).length;
	const onLinux = existsSync('/proc/self/fd') ? test : test.skip;

	onLinux.each([
		['reset at once', {}, { kind: 'reset', early: true }],
		['never responded to', {}, { kind: 'silence', early: true }],
		['rejected at once', {}, { kind: 'answer', status: 401, early: true }],
		['impossible with such a key', { apiKey: 'key-→-key' }, undefined],
	] as const)('is closed after an upload that is %s', async (_name, wrong, fault) => {
		const { emulator, engine, credential } = environment;
		const item = await fileItem({ data: { bytes: randomBytes(5_000_000) } });
		if (fault) emulator.inject(fault);
		const parameters = { ...upload, requestOptions: { timeout: 300 } };
		const { error } = await runOn([item], parameters, { credential: { ...credential, ...wrong } });
		expect(error).toBeDefined();
		expect(emulator.documents).toEqual([]);
		await until(() => countOpen(engine.pathOf(item.binary!.data!)) === 0);
	});

	test('becomes no document if it was truncated since it was stored', async () => {
		const item = await fileItem({ data: { bytes: randomBytes(300_000), fileName: 'scan.pdf' } });
		await truncate(environment.engine.pathOf(item.binary!.data!), 200_000);
		const { error } = await runOn([item], upload);
		expect(error?.message).toBe('The request could not be completed');
		expect(error?.description).toContain('not 300000 as n8n recorded');
		expect(environment.emulator.documents).toEqual([]);
	});

	test('is reported as missing, not as a network failure, if it was deleted', async () => {
		const item = await fileItem({ data: { bytes: randomBytes(300_000), fileName: 'scan.pdf' } });
		await unlink(environment.engine.pathOf(item.binary!.data!));
		const { error } = await runOn([item], upload);
		expect(error?.context.kind).toBe('fileAccessFailed');
		expect(error?.message).toBe('n8n could not read or write the file');
		expect(error?.description).not.toContain('may have succeeded');
		expect(environment.emulator.documents).toEqual([]);
	});

	test('is reported as too large if it is rejected before all of it was sent', async () => {
		const proxy = await startEarlyResponseServer('413 Content Too Large');
		const credential = { ...environment.credential, baseUrl: proxy.origin };
		const items = [await fileItem({ data: { bytes: randomBytes(20_000_000) } })];
		const { error } = await runOn(items, upload, { credential });
		await proxy.close();
		expect(error?.message).toBe('The document is too large for Cloudsquid');
	});

	test('may be longer than any JavaScript string, and takes little memory', async () => {
		const size = 520 * 1024 * 1024;
		const piece = Buffer.alloc(1024 * 1024, 'All work and no play makes Jack a dull boy. ');
		const content = Readable.from(Array.from({ length: 520 }, () => piece));
		const item = await fileItem({ data: { bytes: content, fileName: 'film.pdf' } });
		let peak = 0;
		const before = process.memoryUsage().rss;
		const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
		const { error } = await runOn([item], upload);
		clearInterval(sampling);
		expect(error).toBeUndefined();
		const expected = { filename: 'film.pdf', bytes: size };
		expect(environment.emulator.documents).toMatchObject([expected]);
		expect(peak - before).toBeLessThan(300 * 1024 * 1024);
	}, 120_000);
});
