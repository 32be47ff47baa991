import { randomBytes } from 'node:crypto';
import { sha256, until, useSetting } from './setting.mts';

/* Files that n8n keeps in S3, with n8n's own client and a local S3 server. */

const setting = useSetting({ separateStorage: true }, 's3');
const upload = { resource: 'document', operation: 'upload' };
const extract = { resource: 'document', operation: 'extract' };
const projectFile = { resource: 'projectFile', path: '/in/scan.pdf' };

/** Some MB, and an odd number of bytes. */
const SIZE = 7 * 1024 * 1024 + 13;

/** An item with one such file, and the ID that the file has in the bucket. */
async function makeItem() {
	const bytes = randomBytes(SIZE);
	const item = await setting.fileItem({ data: { bytes, fileName: 'scan.pdf' } });
	const [mode, fileId] = item.binary!.data!.id!.split(':');
	expect(mode).toBe('s3');
	return { item, fileId: fileId!, hash: sha256(bytes) };
}

test.each([
	['Upload', upload],
	['Extract', extract],
	['Extract in one call', { ...extract, extractMode: 'sync' }],
	['an upload to a path', { ...projectFile, operation: 'upload' }],
])('a file arrives whole by %s, and is read once', async (_, parameters) => {
	const { emulator, engine, place, run } = setting;
	const { item, fileId, hash } = await makeItem();
	const { error } = await run({ parameters: { ...place, ...parameters }, items: [item] });
	expect(error).toBeUndefined();
	expect(emulator.documents).toMatchObject([{ filename: 'scan.pdf', bytes: SIZE, sha256: hash }]);
	expect(engine.s3!.countReads(fileId)).toBe(1);
	await until(() => engine.s3!.countOpen() === 0);
});

test('a second try reads the file anew, from its beginning', async () => {
	const { emulator, engine, place, run } = setting;
	const { item, fileId, hash } = await makeItem();
	const headers = { 'retry-after': '0' };
	emulator.inject({ kind: 'answer', status: 429, headers });
	emulator.inject({ kind: 'answer', status: 429, headers, early: true });
	const { error } = await run({ parameters: { ...upload, ...place }, items: [item] });
	expect(error).toBeUndefined();
	expect(emulator.requests.map(({ status }) => status)).toEqual([429, 429, 200]);
	expect(emulator.documents).toMatchObject([{ bytes: SIZE, sha256: hash }]);
	expect(engine.s3!.countReads(fileId)).toBe(3);
	await until(() => engine.s3!.countOpen() === 0);
});

test.each([
	['reset', { kind: 'reset', early: true }],
	['refused', { kind: 'answer', status: 401, early: true }],
	['never answered', { kind: 'silence', early: true }],
] as const)('an upload that is %s lets go of the file', async (_, fault) => {
	const { emulator, engine, place, run } = setting;
	const { item } = await makeItem();
	emulator.inject(fault);
	const { error } = await run({
		parameters: { ...upload, ...place, requestOptions: { timeout: 300 } },
		items: [item],
	});
	expect(error).toBeDefined();
	expect(emulator.documents).toEqual([]);
	await until(() => engine.s3!.countOpen() === 0);
});

test('several files of several items arrive, each as its own', async () => {
	const { emulator, fileItem, place, run } = setting;
	const all = Array.from({ length: 6 }, () => randomBytes(300_001));
	const items = await Promise.all(
		[0, 2, 4].map(
			async (at) => await fileItem({ a: { bytes: all[at]! }, b: { bytes: all[at + 1]! } }),
		),
	);
	const { items: rows } = await run({
		parameters: { ...upload, ...place, binaryPropertyName: '*' },
		items,
	});
	const hashes = new Map(emulator.documents.map((one) => [one.row_id, one.sha256]));
	expect(rows.map(({ json }) => hashes.get(json.row_id as string))).toEqual(all.map(sha256));
});

test('a download is put there, and can be sent on', async () => {
	const { emulator, engine, place, run } = setting;
	const content = randomBytes(SIZE);
	await emulator.addProjectFile(emulator.project, projectFile.path, content, 'application/pdf');
	const download = { ...projectFile, operation: 'download', binaryPropertyName: 'data' };
	const { items } = await run({ parameters: { ...place, ...download } });
	const file = items[0]!.binary!.data!;
	expect(file).toMatchObject({ fileName: 'scan.pdf', mimeType: 'application/pdf', bytes: SIZE });
	expect(file.id).toMatch(/^s3:/);
	expect(sha256(await engine.readFile(file))).toBe(sha256(content));
	await run({ parameters: { ...upload, ...place }, items });
	expect(emulator.documents).toMatchObject([{ bytes: SIZE, sha256: sha256(content) }]);
});

test('a download that comes only by half is not put there', async () => {
	const { emulator, place, run } = setting;
	await emulator.addProjectFile(emulator.project, projectFile.path, randomBytes(SIZE));
	emulator.inject({ kind: 'truncate', operation: 'download' });
	const download = { ...projectFile, operation: 'download', binaryPropertyName: 'data' };
	const { items } = await run({ parameters: { ...place, ...download } });
	expect(items[0]!.binary!.data).toMatchObject({ bytes: SIZE });
	expect(emulator.downloads).toHaveLength(2);
});
