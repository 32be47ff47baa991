import { rename, unlink, writeFile } from 'node:fs/promises';
import type { INodeParameters } from 'n8n-workflow';
import { download, getFile, getFiles, uploadFile } from './operations.mts';
import { locator, setupEngine } from './testEnvironment.mts';

/** An ID that no table has. */
const otherTable = '00000000-0000-4000-8000-000000000000';

const environment = setupEngine({ separateStorage: true });
const { run, runOn, textItem, fileItem, addProjectFile } = environment;

test('Upload puts the file at the path', async () => {
	const { emulator } = environment;
	const path = '/invoices 2026/R&D/a+b.txt';
	const { items, error } = await runOn([await textItem()], { ...uploadFile, path });
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({
		json: { ftype: 'file', name: 'a+b.txt', size: 8, path, project_name: emulator.project },
		pairedItem: { item: 0 },
	});
	const query = 'path=%2Finvoices%202026%2FR%26D%2Fa%2Bb.txt';
	const url = `/api/projects/Invoices%20%26%20Receipts/files?${query}`;
	const request = { operationId: 'uploadToPath', method: 'PUT', status: 201, url };
	expect(emulator.requests).toMatchObject([request]);
});

test('Upload keeps the names of several files in a folder', async () => {
	const item = await fileItem({
		a: { bytes: 'No: 1', fileName: 'a.txt', mimeType: 'text/plain' },
		b: { bytes: 'No: 2', fileName: 'sub/b.txt', mimeType: 'text/plain' },
		c: { bytes: 'No: 3', fileName: 'half \ud83e.txt', mimeType: 'text/plain' },
		d: { bytes: 'No: 4', fileName: '..', mimeType: 'text/plain' },
	});
	const { items } = await runOn([item], { ...uploadFile, path: '/in/', binaryPropertyName: '*' });
	expect(items.map(({ json }) => [json.path, json.source_field])).toEqual([
		['/in/a.txt', 'a'],
		['/in/sub_b.txt', 'b'],
		['/in/half _.txt', 'c'],
		['/in/_', 'd'],
	]);
	expect(environment.emulator.documents).toHaveLength(4);
});

test('Upload returns the path of the try that uploaded the file, with Retry On Fail', async () => {
	const { emulator } = environment;
	emulator.inject({ operation: 'uploadToPath', kind: 'answer', status: 422, body: {}, skip: 1 });
	const path = '=/in/{{ $itemIndex }}-{{ Math.random() }}.txt';
	const items = [await textItem('a'), await textItem('b')];
	const outcome = await runOn(items, { ...uploadFile, path }, { maxTries: 2 });
	const uploaded = emulator.requests
		.filter(({ status }) => status === 200 || status === 201)
		.map(({ url }) => new URL(url, emulator.origin).searchParams.get('path'));
	expect(outcome.items.map(({ json }) => json.path).sort()).toEqual(uploaded.sort());
});

test('Upload sends nothing if several files of one item would get the same path', async () => {
	const text = { bytes: 'Total: 1', mimeType: 'text/plain' };
	const { error } = await runOn([await textItem(), await fileItem({ a: text, b: text })], {
		...uploadFile,
		path: '={{ "/in/" + $itemIndex }}',
		binaryPropertyName: '={{ $itemIndex ? "a,b" : "data" }}',
	});
	expect(error?.context.itemIndex).toBe(1);
	expect(environment.emulator.requests).toEqual([]);
});

test('Get returns a file with its link, or a folder; Get Many returns its entries', async () => {
	addProjectFile('/in/a.txt');
	addProjectFile('/in/more/b.txt');
	const file = await run({ parameters: { ...getFile, path: '/in/a.txt' } });
	const expected = { ftype: 'file', name: 'a.txt', url: expect.any(String) };
	expect(file.items).toMatchObject([{ json: expected }]);
	const folder = await run({ parameters: { ...getFile, path: '/in' } });
	expect(folder.items).toMatchObject([{ json: { ftype: 'folder', path: '/in' } }]);
	expect(folder.items[0]!.json.entries).toHaveLength(2);
	const { items } = await run({ parameters: { ...getFiles, path: '/in/' } });
	expect(items.map(({ json }) => [json.ftype, json.path]).sort()).toEqual([
		['file', '/in/a.txt'],
		['folder', '/in/more'],
	]);
});

test.each([
	['Get Many rejects a file', getFiles, '/in/a.txt', "'Path' is a file, not a folder: '/in/a.txt'"],
	['Download rejects a folder', download, '/in', "'Path' is a folder, not a file: '/in'"],
])('%s', async (_, operation, path, message) => {
	addProjectFile('/in/a.txt');
	const { error } = await run({ parameters: { ...operation, path } });
	expect(error?.message).toBe(message);
});

test('Download fetches the file from another host without the API key', async () => {
	const { emulator, engine } = environment;
	const content = 'x'.repeat(300_000);
	addProjectFile('/in/a.txt', content);
	const { items, error } = await run({
		parameters: { ...download, path: '/in/a.txt', binaryPropertyName: 'invoice' },
	});
	expect(error).toBeUndefined();
	expect(items[0]!.json).toMatchObject({ name: 'a.txt', path: '/in/a.txt' });
	const file = items[0]!.binary!.invoice!;
	expect(file).toMatchObject({ fileName: 'a.txt', mimeType: 'text/plain' });
	expect((await engine.readFile(file)).toString()).toBe(content);
	expect(emulator.storageOrigin).not.toBe(emulator.origin);
	expect(emulator.requests.map(({ headers }) => headers['x-api-key'])).toEqual([emulator.apiKey]);
	expect(emulator.downloads).toMatchObject([{ apiKeySent: false, status: 200 }]);
});

test('Download reports a size mismatch', async () => {
	addProjectFile('/a.txt', 'x'.repeat(70_000));
	environment.emulator.inject({ kind: 'truncate', operation: 'download', times: 'always' });
	const parameters = { ...download, path: '/a.txt', options: { maxRetries: 0 } };
	const { error } = await run({ parameters });
	expect(error?.description).toContain(
		'The file has 35000 bytes, not 70000 as Cloudsquid reported. Download links expire after 15 minutes',
	);
});

test('Download reports a disk error without requesting another link', async () => {
	const { emulator, engine } = environment;
	addProjectFile('/in/a.txt');
	const [file] = Object.values((await textItem()).binary!);
	const folder = engine.pathOf(file!).split('/workflows/')[0]! + '/workflows';
	await rename(folder, `${folder}.moved`);
	await writeFile(folder, 'no folder can be created here');
	const { error } = await run({ parameters: { ...download, path: '/in/a.txt' } });
	await unlink(folder);
	await rename(`${folder}.moved`, folder);
	expect(error?.context.kind).toBe('fileAccessFailed');
	expect(error?.message).toBe('n8n could not read or write the file');
	expect(error?.description).toMatch(/ENOTDIR|EEXIST/);
	expect(emulator.downloads).toHaveLength(1);
});

describe('a project file as input', () => {
	const place = { inputSource: 'projectFile', projectFilePath: '/in/a.txt' };
	const upload = { resource: 'document', operation: 'upload', ...place };
	const extract = { resource: 'document', operation: 'extract', ...place };

	beforeEach(async () => await addProjectFile('/in/a.txt', 'Total: 1'));

	test.each([
		['Upload', upload, ['readPath', 'uploadFile']],
		['Extract', extract, ['readPath', 'uploadFile', 'startRun']],
		['Extract, synchronously', { ...extract, extractMode: 'sync' }, ['readPath', 'extractFile']],
	])('%s sends the link, not the content', async (_, parameters, names) => {
		const { emulator, requestNames } = environment;
		const { items, error } = await run({ parameters });
		expect(error).toBeUndefined();
		expect(items[0]!.json).toMatchObject({ path: '/in/a.txt', row_id: expect.any(String) });
		expect(emulator.documents).toMatchObject([
			{ filename: 'a.txt', mimetype: 'text/plain', file_type: 'uri' },
		]);
		expect(emulator.documents[0]!.uri).toContain(`${emulator.storageOrigin}/storage/`);
		expect(requestNames().slice(0, names.length)).toEqual(names);
	});

	test('each link is used immediately, and each retry uses a new one', async () => {
		const { emulator, requestNames } = environment;
		const rejected = { kind: 'answer', status: 429, headers: { 'retry-after': '0' } } as const;
		emulator.inject({ ...rejected, operation: 'uploadFile', skip: 1 });
		const options = { maxConcurrency: 1, mimeType: 'text/csv', filename: 'b.csv' };
		const { error } = await runOn(Array(3).fill({ json: {} }), { ...upload, options });
		expect(error).toBeUndefined();
		expect(requestNames().lastIndexOf('readPath')).toBeGreaterThan(
			requestNames().indexOf('uploadFile'),
		);
		expect(emulator.documents).toMatchObject([{ filename: 'b.csv', mimetype: 'text/csv' }, {}, {}]);
		const links = emulator.requests.flatMap(({ body }) => (body as { file?: string })?.file ?? []);
		expect(new Set(links).size).toBe(4);
	});

	test("n8n's Retry On Fail continues after the upload, even if the file is gone", async () => {
		const { emulator } = environment;
		emulator.inject({ kind: 'answer', status: 422, operation: 'startRun' });
		emulator.inject({ kind: 'answer', status: 404, operation: 'readPath', skip: 1 });
		const { error, items } = await run({ parameters: extract, maxTries: 2 });
		expect(error).toBeUndefined();
		expect(items[0]!.json).toMatchObject({ status: 'done', data: { total: '1' } });
		expect(emulator.documents).toHaveLength(1);
	});

	test("n8n's Retry On Fail sends another link after an upload that failed", async () => {
		const { emulator, requestNames } = environment;
		emulator.inject({ kind: 'answer', status: 422, operation: 'uploadFile' });
		const { error } = await run({ parameters: upload, maxTries: 2 });
		expect(error).toBeUndefined();
		expect(requestNames()).toEqual(['readPath', 'uploadFile', 'readPath', 'uploadFile']);
	});

	test.each<[string, INodeParameters, string]>([
		['a folder', { projectFilePath: '/in' }, "'Path' is a folder, not a file: '/in'"],
		['no file', { projectFilePath: '/b.txt' }, "No file or folder found for this 'Path'"],
		['an empty file', { projectFilePath: '/in/empty.txt' }, "The file at '/in/empty.txt' is empty"],
		['no path', { projectFilePath: ' ' }, "'Path' is empty"],
		[
			'another type',
			{ options: { mimeType: 'image/tiff', filename: 'a.tiff' } },
			"Cloudsquid does not accept 'a.tiff'",
		],
		['another table', { table: locator('id', otherTable) }, "No table found for this 'Table'"],
	])('reports %s, and uploads nothing', async (_, parameters, message) => {
		await addProjectFile('/in/empty.txt', '');
		const { error } = await run({ parameters: { ...upload, ...parameters } });
		expect(error?.message).toBe(message);
		expect(environment.emulator.documents).toEqual([]);
	});
});
