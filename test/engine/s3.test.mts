import { randomBytes } from 'node:crypto';
import { download, extract, extractSync, upload, uploadFile } from './operations.mts';
import { setupEngine, sha256, until } from './testEnvironment.mts';

/* Files that n8n stores in S3, with n8n's own client and a local S3 server. */

const environment = setupEngine({ separateStorage: true }, 's3');
const { runOn, run, fileItem } = environment;
const path = '/in/scan.pdf';

/** Several of the pieces in which a file is read, and an odd number of bytes. */
const SIZE = 2 * 1024 * 1024 + 13;

/** An item with one such file, and the ID of the file in the bucket. */
async function makeItem() {
	const bytes = randomBytes(SIZE);
	const item = await fileItem({ data: { bytes, fileName: 'scan.pdf' } });
	const [mode, fileId] = item.binary!.data!.id!.split(':');
	expect(mode).toBe('s3');
	return { item, fileId: fileId!, hash: sha256(bytes) };
}

afterEach(async () => await until(() => environment.engine.s3!.countOpen() === 0));

test.each([
	['Upload', upload],
	['Extract', extract],
	['Extract in one request', extractSync],
	['Upload to a path', { ...uploadFile, path }],
])('sends a file whole with %s, and reads it once', async (_, parameters) => {
	const { emulator, engine } = environment;
	const { item, fileId, hash } = await makeItem();
	const { error } = await runOn([item], parameters);
	expect(error).toBeUndefined();
	expect(emulator.documents).toMatchObject([{ filename: 'scan.pdf', bytes: SIZE, sha256: hash }]);
	expect(engine.s3!.countReads(fileId)).toBe(1);
});

test('reads the file from its beginning for each retry', async () => {
	const { emulator, engine } = environment;
	const { item, fileId, hash } = await makeItem();
	const headers = { 'retry-after': '0' };
	emulator.inject({ kind: 'answer', status: 429, headers });
	emulator.inject({ kind: 'answer', status: 429, headers, early: true });
	const { error } = await runOn([item], upload);
	expect(error).toBeUndefined();
	expect(emulator.requests.map(({ status }) => status)).toEqual([429, 429, 200]);
	expect(emulator.documents).toMatchObject([{ bytes: SIZE, sha256: hash }]);
	expect(engine.s3!.countReads(fileId)).toBe(3);
});

test('stores a download whole, after half of one, and sends it on', async () => {
	const { emulator, engine, addProjectFile } = environment;
	const content = randomBytes(SIZE);
	addProjectFile(path, content, 'application/pdf');
	emulator.inject({ kind: 'truncate', operation: 'download' });
	const { items } = await run({ parameters: { ...download, path } });
	expect(new Set(emulator.downloads.map(({ url }) => url)).size).toBe(2);
	const file = items[0]!.binary!.data!;
	expect(file).toMatchObject({ fileName: 'scan.pdf', mimeType: 'application/pdf', bytes: SIZE });
	expect(file.id).toMatch(/^s3:/);
	expect(sha256(await engine.readFile(file))).toBe(sha256(content));
	await runOn(items, upload);
	expect(emulator.documents).toMatchObject([{ bytes: SIZE, sha256: sha256(content) }]);
});
