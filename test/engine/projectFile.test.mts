import { rename, unlink, writeFile } from 'node:fs/promises';
import { useSetting } from './setting.mts';

const setting = useSetting({ separateStorage: true });
const projectFile = { resource: 'projectFile' };
const upload = { ...projectFile, operation: 'upload' };
const download = { ...projectFile, operation: 'download' };
const get = { ...projectFile, operation: 'get' };
const getAll = { ...projectFile, operation: 'getAll' };

async function addFile(path: string, content = 'Total: 1') {
	await setting.emulator.addProjectFile(setting.emulator.project, path, content, 'text/plain');
}

describe('Project File → Upload', () => {
	test('puts the file at the path', async () => {
		const { emulator, place, run, textItem } = setting;
		const path = '/invoices 2026/R&D/a+b.txt';
		const { items, error } = await run({
			parameters: { ...upload, ...place, path },
			items: [await textItem('Total: 1')],
		});
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({
			json: { ftype: 'file', name: 'a+b.txt', size: 8, path, project_name: emulator.project },
			pairedItem: { item: 0 },
		});
		expect(emulator.requests).toMatchObject([
			{
				operationId: 'uploadToPath',
				method: 'PUT',
				status: 201,
				url: '/api/projects/Invoices%20%26%20Receipts/files?path=%2Finvoices%202026%2FR%26D%2Fa%2Bb.txt',
			},
		]);
	});

	test('keeps the names of several files in a folder', async () => {
		const { emulator, place, run, fileItem } = setting;
		const item = await fileItem({
			a: { bytes: 'No: 1', fileName: 'a.txt', mimeType: 'text/plain' },
			b: { bytes: 'No: 2', fileName: 'sub/b.txt', mimeType: 'text/plain' },
		});
		const { items } = await run({
			parameters: { ...upload, ...place, path: '/in/', binaryPropertyName: '*' },
			items: [item],
		});
		expect(items.map(({ json }) => [json.path, json.source_field])).toEqual([
			['/in/a.txt', 'a'],
			['/in/sub_b.txt', 'b'],
		]);
		expect(emulator.documents).toHaveLength(2);
	});

	test('sends nothing if several files of one item would get the same path', async () => {
		const { emulator, place, run, fileItem, textItem } = setting;
		const text = { bytes: 'Total: 1', mimeType: 'text/plain' };
		const { error } = await run({
			parameters: {
				...upload,
				...place,
				path: '={{ "/in/" + $itemIndex }}',
				binaryPropertyName: '={{ $itemIndex ? "a,b" : "data" }}',
			},
			items: [await textItem('Total: 1'), await fileItem({ a: text, b: text })],
		});
		expect(error?.message).toMatch(/\[Item 1\]$/);
		expect(emulator.requests).toEqual([]);
	});

	test('says when a file is there already', async () => {
		const { place, run, textItem } = setting;
		await addFile('/in/a.txt');
		const { error } = await run({
			parameters: { ...upload, ...place, path: '/in/a.txt' },
			items: [await textItem('Total: 2')],
		});
		expect(error?.message).toBe("A file already exists at '/in/a.txt'");
		expect(error?.description).toContain('does not overwrite');
	});
});

describe('Project File → Get and Get Many', () => {
	beforeEach(async () => {
		await addFile('/in/a.txt');
		await addFile('/in/more/b.txt');
	});

	test('Get gives a file with its link, or a folder with its entries', async () => {
		const { place, run } = setting;
		const file = await run({ parameters: { ...get, ...place, path: '/in/a.txt' } });
		expect(file.items[0]!.json).toMatchObject({
			ftype: 'file',
			name: 'a.txt',
			url: expect.any(String),
		});
		const folder = await run({ parameters: { ...get, ...place, path: '/in' } });
		expect(folder.items[0]!.json).toMatchObject({ ftype: 'folder', path: '/in' });
		expect(folder.items[0]!.json.entries).toHaveLength(2);
	});

	test('Get Many gives one item per entry, with its path', async () => {
		const { place, run } = setting;
		const { items } = await run({ parameters: { ...getAll, ...place, path: '/in/' } });
		const entries = items.map(({ json }) => [json.ftype, json.path]);
		expect(entries.sort()).toEqual([
			['file', '/in/a.txt'],
			['folder', '/in/more'],
		]);
	});

	test('Get Many does not take a file for a folder, nor Download a folder for a file', async () => {
		const { place, run } = setting;
		const list = await run({ parameters: { ...getAll, ...place, path: '/in/a.txt' } });
		expect(list.error?.message).toBe("'Path' is a file, not a folder: '/in/a.txt'");
		const file = await run({ parameters: { ...download, ...place, path: '/in' } });
		expect(file.error?.message).toBe("'Path' is a folder, not a file: '/in'");
	});
});

describe('Project File → Download', () => {
	test('fetches the file from another host without the API key', async () => {
		const { emulator, engine, place, run } = setting;
		const content = 'x'.repeat(300_000);
		await addFile('/in/a.txt', content);
		const { items, error } = await run({
			parameters: { ...download, ...place, path: '/in/a.txt', binaryPropertyName: 'invoice' },
		});
		expect(error).toBeUndefined();
		expect(items[0]!.json).toMatchObject({ name: 'a.txt', path: '/in/a.txt' });
		const file = items[0]!.binary!.invoice!;
		expect(file).toMatchObject({ fileName: 'a.txt', mimeType: 'text/plain' });
		expect((await engine.readFile(file)).toString()).toBe(content);
		expect(emulator.storageOrigin).not.toBe(emulator.origin);
		expect(emulator.downloads).toMatchObject([{ apiKeySent: false, status: 200 }]);
	});

	test('tells a fault of the disk as one, and requests no other link for it', async () => {
		const { emulator, engine, place, run, textItem } = setting;
		await addFile('/in/a.txt');
		const [file] = Object.values((await textItem('any')).binary!);
		const folder = engine.pathOf(file!).split('/workflows/')[0]! + '/workflows';
		await rename(folder, `${folder}.moved`);
		await writeFile(folder, 'no folder can be created here');
		const { error } = await run({ parameters: { ...download, ...place, path: '/in/a.txt' } });
		await unlink(folder);
		await rename(`${folder}.moved`, folder);
		expect(error?.context.kind).toBe('fileAccessFailed');
		expect(error?.message).toBe('n8n could not read or write the file');
		expect(error?.description).toMatch(/ENOTDIR|EEXIST/);
		expect(emulator.downloads).toHaveLength(1);
	});
});
