import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { truncate, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { IDataObject } from 'n8n-workflow';
import { upload } from './operations.mts';
import { setupEngine, sha256, until } from './testEnvironment.mts';

/** Around the size in which a file is read, and around the three bytes that base64 takes at a time. */
const sizes = [1, 2, 3, 4, 49_151, 49_152, 49_153, 1024 * 1024];

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
		const { binary } = await environment.fileItem(files);
		const json = binaryMode === 'combined' ? (binary as unknown as IDataObject) : {};
		const items = [{ json, ...(binaryMode === 'separate' && { binary }) }];
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

const truncateFile = async (path: string) => await truncate(path, 200_000);
const deleteAll = async (path: string) =>
	await Promise.all([unlink(path), unlink(`${path}.metadata`)]);

/** How often a file is open in this process. Only Linux can tell. */
const countOpen = (path: string) =>
	(process.platform === 'linux' ? readdirSync('/proc/self/fd') : []).filter((descriptor) => {
		const link = `/proc/self/fd/${descriptor}`;
		return existsSync(link) && readlinkSync(link) === path;
	}).length;

describe.each(['filesystem', 's3'] as const)('a file in the store %s', (storage) => {
	const environment = setupEngine({}, storage);

	test.each([
		['reset at once', {}, { kind: 'reset', early: true }, /connection/],
		['never responded to', {}, { kind: 'silence', early: true }, /in time/],
		['rejected at once', {}, { kind: 'answer', status: 413, early: true }, /document is too large/],
		['impossible with such a key', { apiKey: 'key-→-key' }, undefined, /./],
	] as const)('is closed after an upload that is %s', async (_name, wrong, fault, message) => {
		const { emulator, engine } = environment;
		const item = await environment.fileItem({ data: { bytes: randomBytes(8_000_000) } });
		if (fault) emulator.inject(fault);
		const parameters = { ...upload, requestOptions: { timeout: 300 } };
		const credential = { ...environment.credential, ...wrong };
		const { error } = await environment.runOn([item], parameters, { credential });
		expect(error?.message).toMatch(message);
		expect(emulator.documents).toEqual([]);
		const { s3 } = engine;
		await until(() => (s3?.countOpen() ?? countOpen(engine.pathOf(item.binary!.data!))) === 0);
	});
});

describe('a file', () => {
	const environment = setupEngine();
	const { runOn, fileItem } = environment;

	test.each(
		[
			'請求書.pdf',
			'a "quoted" \\ name.pdf',
			'in/a/folder.pdf',
			'..pdf',
			'EPERM.pdf',
			'%2e%2e%2f.pdf',
			'half a character \ud83e.pdf',
			`${'請'.repeat(10_240)}.pdf`,
		].map((name) => [name.slice(0, 30), name]),
	)('keeps its name: %j', async (_, fileName) => {
		const bytes = randomBytes(1000);
		const { items } = await runOn([await fileItem({ data: { bytes, fileName } })], upload);
		expect(items[0]?.json.filename).toBe(fileName);
		const expected = { filename: fileName, sha256: sha256(bytes) };
		expect(environment.emulator.documents).toMatchObject([expected]);
	});

	const read = 'n8n could not read or write the file';
	test.each<[string, (path: string) => Promise<unknown>, string, RegExp]>([
		['truncated', truncateFile, 'The request could not be completed', /not 300000 as n8n recorded/],
		['deleted', unlink, read, /^Details: "File not found\." Check that [^.]*\. File: scan\.pdf\.$/],
		['deleted with its metadata', deleteAll, "n8n could not find the file in 'data'", /./],
	])('becomes no document if it was %s since it was stored', async (_, change, message, hint) => {
		const item = await fileItem({ data: { bytes: randomBytes(300_000), fileName: 'scan.pdf' } });
		await change(environment.engine.pathOf(item.binary!.data!));
		const { error } = await runOn([item], upload);
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(hint);
		expect(environment.emulator.documents).toEqual([]);
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
