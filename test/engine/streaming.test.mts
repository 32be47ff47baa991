import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { truncate, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Execution } from './engine.mts';
import { startRefuser } from './network.mts';
import { sha256, until, useSetting, type Setting } from './setting.mts';

const upload = { resource: 'document', operation: 'upload' };

/** Around the size in which a file is read, and around the three bytes that base64 takes at a time. */
const sizes = [1, 2, 3, 4, 49_151, 49_152, 49_153, 5 * 1024 * 1024];

/** The same item as workflows have it that keep files among the JSON fields. */
function combine({ json, binary }: INodeExecutionData): INodeExecutionData {
	return { json: { ...json, ...binary } as INodeExecutionData['json'] };
}

/** Uploads one file and gives what became of it. */
async function send(
	{ run, place, fileItem }: Setting,
	file: { bytes: Buffer; fileName?: string; mimeType?: string },
	{ parameters = upload, binaryMode }: Partial<Execution> = {},
) {
	const item = await fileItem({ data: file });
	const items = [binaryMode === 'combined' ? combine(item) : item];
	return await run({ parameters: { ...place, ...parameters }, items, binaryMode });
}

describe.each([
	['on disk', 'filesystem', 'separate'],
	['in memory', 'default', 'separate'],
	['in an S3 bucket', 's3', 'separate'],
	['on disk, among the JSON fields', 'filesystem', 'combined'],
	['in memory, among the JSON fields', 'default', 'combined'],
] as const)('files that n8n keeps %s', (_name, storage, binaryMode) => {
	const setting = useSetting({}, storage);

	test.each(sizes)('arrive whole with %i bytes', async (size) => {
		const { emulator } = setting;
		const bytes = randomBytes(size);
		const { error } = await send(setting, { bytes, fileName: 'scan.pdf' }, { binaryMode });
		expect(error).toBeUndefined();
		expect(emulator.documents).toHaveLength(1);
		expect(emulator.documents[0]).toMatchObject({
			filename: 'scan.pdf',
			mimetype: 'application/pdf',
			file_type: 'binary',
			bytes: size,
			sha256: sha256(bytes),
		});
		const document = { filename: 'scan.pdf', mimetype: 'application/pdf', file_type: 'binary' };
		const body = JSON.stringify({ ...document, file: bytes.toString('base64') });
		const { headers } = emulator.requests[0]!;
		expect(headers['content-length']).toBe(String(body.length));
		expect(headers).not.toHaveProperty('transfer-encoding');
		expect(headers['content-type']).toBe('application/json');
	});

	test('are refused before anything is sent if they are empty', async () => {
		const { emulator } = setting;
		const empty = { bytes: Buffer.alloc(0), fileName: 'scan.pdf' };
		const { error } = await send(setting, empty, { binaryMode });
		expect(error?.message).toBe("The file 'scan.pdf' in 'data' is empty");
		expect(emulator.requests).toEqual([]);
	});

	test('are all found by *', async () => {
		const { emulator, run, place, fileItem } = setting;
		const item = await fileItem({ a: { bytes: 'A' }, b: { bytes: 'BB' }, c: { bytes: 'CCC' } });
		const { items } = await run({
			parameters: { ...upload, ...place, binaryPropertyName: '*' },
			items: [binaryMode === 'combined' ? combine(item) : item],
			binaryMode,
		});
		expect(items.map(({ json }) => json.source_field)).toEqual(['a', 'b', 'c']);
		const hashes = Object.fromEntries(emulator.documents.map((one) => [one.row_id, one.sha256]));
		expect(items.map(({ json }) => hashes[json.row_id as string])).toEqual(
			['A', 'BB', 'CCC'].map(sha256),
		);
	});
});

describe('a file', () => {
	const setting = useSetting();

	const names = [
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
	];
	const named = names.map((name) => [name.slice(0, 30), name]);
	test.each(named)('keeps its name: %j', async (_, fileName) => {
		const { emulator } = setting;
		const bytes = randomBytes(1000);
		const { items } = await send(setting, { bytes, fileName });
		expect(items[0]?.json.filename).toBe(fileName);
		expect(emulator.documents).toHaveLength(1);
		expect(emulator.documents[0]).toMatchObject({ filename: fileName, sha256: sha256(bytes) });
	});

	test('without a name gets one from its field and type', async () => {
		const { emulator } = setting;
		await send(setting, { bytes: randomBytes(10), mimeType: 'image/png' });
		expect(emulator.documents[0]).toMatchObject({ filename: 'data.png', mimetype: 'image/png' });
	});

	const ways: Array<[name: string, parameters: INodeParameters]> = [
		['Extract', { resource: 'document', operation: 'extract' }],
		['Extract in one call', { resource: 'document', operation: 'extract', extractMode: 'sync' }],
		['an upload to a path', { resource: 'projectFile', operation: 'upload', path: '/in/' }],
	];
	test.each(ways)('arrives whole by %s too', async (_name, parameters) => {
		const { emulator } = setting;
		const bytes = randomBytes(400_001);
		const { error } = await send(setting, { bytes, fileName: 'scan.pdf' }, { parameters });
		expect(error).toBeUndefined();
		expect(emulator.documents.map((document) => document.sha256)).toEqual([sha256(bytes)]);
	});

	/** How often a file is open in this process, as Linux tells. */
	const countOpen = (path: string) =>
		readdirSync('/proc/self/fd').filter((descriptor) => {
			const link = `/proc/self/fd/${descriptor}`;
			return existsSync(link) && readlinkSync(link) === path;
		}).length;
	const onLinux = existsSync('/proc/self/fd') ? test : test.skip;

	onLinux.each([
		['reset at once', {}, { kind: 'reset', early: true }],
		['never answered', {}, { kind: 'silence', early: true }],
		['refused at once', {}, { kind: 'answer', status: 401, early: true }],
		['impossible with such a key', { apiKey: 'key-→-key' }, undefined],
	] as const)('is closed again by an upload that is %s', async (_name, wrong, fault) => {
		const { emulator, engine, credential, run, place, fileItem } = setting;
		const item = await fileItem({ data: { bytes: randomBytes(5_000_000) } });
		if (fault) emulator.inject(fault);
		const { error } = await run({
			parameters: { ...upload, ...place, requestOptions: { timeout: 300 } },
			items: [item],
			credential: { ...credential, ...wrong },
		});
		expect(error).toBeDefined();
		expect(emulator.documents).toEqual([]);
		await until(() => countOpen(engine.pathOf(item.binary!.data!)) === 0);
	});

	test('that was cut short since it was stored becomes no document', async () => {
		const { emulator, engine, run, place, fileItem } = setting;
		const item = await fileItem({ data: { bytes: randomBytes(300_000), fileName: 'scan.pdf' } });
		await truncate(engine.pathOf(item.binary!.data!), 200_000);
		const { error } = await run({ parameters: { ...upload, ...place }, items: [item] });
		expect(error?.message).toBe('The request could not be completed');
		expect(error?.description).toContain('not 300000 as n8n recorded');
		expect(emulator.documents).toEqual([]);
	});

	test('is told as missing, not as a network fault, if it vanished since it was stored', async () => {
		const { emulator, engine, run, place, fileItem } = setting;
		const item = await fileItem({ data: { bytes: randomBytes(300_000), fileName: 'scan.pdf' } });
		await unlink(engine.pathOf(item.binary!.data!));
		const { error } = await run({ parameters: { ...upload, ...place }, items: [item] });
		expect(error?.context.kind).toBe('fileAccessFailed');
		expect(error?.message).toBe('n8n could not read or write the file');
		expect(error?.description).not.toContain('may have succeeded');
		expect(emulator.documents).toEqual([]);
	});

	test('that is refused before it was sent whole is refused in the words for it', async () => {
		const { credential, run, place, fileItem } = setting;
		const proxy = await startRefuser('413 Content Too Large');
		const { error } = await run({
			parameters: { ...upload, ...place },
			items: [await fileItem({ data: { bytes: randomBytes(20_000_000) } })],
			credential: { ...credential, baseUrl: proxy.origin },
		});
		await proxy.close();
		expect(error?.message).toBe('The document is too large for Cloudsquid');
	});

	test('may be longer than any text of JavaScript, and takes little memory', async () => {
		const { emulator, run, place, fileItem } = setting;
		const size = 520 * 1024 * 1024;
		const piece = Buffer.alloc(1024 * 1024, 'All work and no play makes Jack a dull boy. ');
		const content = Readable.from(Array.from({ length: 520 }, () => piece));
		const item = await fileItem({ data: { bytes: content, fileName: 'film.pdf' } });
		let peak = 0;
		const before = process.memoryUsage().rss;
		const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
		const { error } = await run({ parameters: { ...upload, ...place }, items: [item] });
		clearInterval(sampling);
		expect(error).toBeUndefined();
		expect(emulator.documents).toMatchObject([{ filename: 'film.pdf', bytes: size }]);
		expect(peak - before).toBeLessThan(300 * 1024 * 1024);
	}, 120_000);
});
