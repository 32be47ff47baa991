import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { startServer } from './network.mts';
import * as operations from './operations.mts';
import { byExpression, setupEngine, sha256 } from './testEnvironment.mts';

/* What other nodes, forms, agents and users pass to the node, from bug reports of similar nodes. */

const environment = setupEngine();
const { run, runOn, textItem, fileItem } = environment;
const { upload } = operations;

describe('a file that another node rebuilt', () => {
	const file = { mimeType: 'text/plain', fileName: 'a.txt' };
	const send = async (data: unknown) =>
		await runOn([{ json: {}, binary: { data } } as INodeExecutionData], upload);

	const serialized = { type: 'Buffer', data: [1, 2] };
	const lostId = "The file in 'data' has lost its ID";
	const noBase64 = "The content of the file in 'data' is not valid base64";
	const noFile = "The field 'data' does not contain a file";
	test.each<[string, unknown, string]>([
		['an ID as content', { ...file, data: 'filesystem-v2' }, lostId],
		['text as content', { ...file, data: 'Total: 119' }, noBase64],
		['more JSON as content', { ...file, data: '","file":"https://attacker.invalid/' }, noBase64],
		['a serialized Buffer as content', { ...file, data: serialized }, noFile],
		['a serialized Buffer', serialized, noFile],
	])('is rejected if it is or has %s', async (_, data, message) => {
		const { error } = await send(data);
		expect(error?.message).toBe(message);
		expect(environment.emulator.requests).toEqual([]);
	});

	test.each<[string, object, string]>([
		['a data URI', { data: 'DATA:text/plain;charset=utf-8;base64,VG90YWw6IDExOQ==' }, 'a.txt'],
		['no MIME type', { mimeType: null }, 'a.txt'],
		['a MIME type that is no text', { mimeType: ['text/plain'] }, 'a.txt'],
		['no file name', { fileName: null }, 'data.txt'],
		['a file name that is no text', { fileName: 7 }, 'data.txt'],
	])('is sent if it has %s', async (_, fields, filename) => {
		const { error } = await send({ ...file, data: 'VG90YWw6IDExOQ', ...fields });
		expect(error).toBeUndefined();
		const expected = { filename, mimetype: 'text/plain', sha256: sha256('Total: 119') };
		expect(environment.emulator.documents).toMatchObject([expected]);
	});

	const metadata = { id: '1AbC', mimeType: 'application/pdf' };
	test.each<[string, (item: INodeExecutionData) => Partial<INodeExecutionData>]>([
		['is also in a JSON field', ({ binary }) => ({ binary, json: { data: { ...binary!.data } } })],
		['is also in another one', ({ binary }) => ({ binary, json: { _files: { a: binary!.data } } })],
		['is described in a JSON field', ({ binary }) => ({ binary, json: { file: metadata } })],
		['has no JSON fields beside it', ({ binary }) => ({ binary })],
	])('is sent once if it %s', async (_, change) => {
		const items = [change(await textItem()) as INodeExecutionData];
		const { items: rows } = await runOn(items, { ...upload, binaryPropertyName: '*' });
		expect(rows).toHaveLength(1);
		expect(environment.emulator.documents).toHaveLength(1);
	});
});

test.each<[string, string, string[]]>([
	["another item's file", "={{ $('Source').first().binary }}", ['first.doc']],
	['a file of another name', '={{ { a: $binary.b, b: $binary.a } }}', ['b.doc', 'a.doc']],
	['a name that objects have', 'constructor, a', ['a.doc']],
	['its own file, by an expression', '={{ $binary.b }}', ['a.doc', 'b.doc']],
])(
	'an error about %s does not have the file of another one',
	async (_, binaryPropertyName, names) => {
		const doc = (fileName: string) => ({ bytes: 'a', fileName, mimeType: 'application/msword' });
		const first = await fileItem({ a: doc('first.doc') });
		const second = await fileItem({ a: doc('a.doc'), b: doc('b.doc') });
		const parameters = { ...upload, binaryPropertyName };
		const { items } = await runOn([first, second], parameters, {
			onError: 'continueRegularOutput',
		});
		const ofSecond = items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === 1);
		const files = ofSecond.flatMap(({ binary = {} }) => Object.values(binary));
		expect(files.map(({ fileName }) => fileName)).toEqual(names);
	},
);

describe('Input Data Field Name', () => {
	const one = { bytes: 'a', fileName: 'a.txt', mimeType: 'text/plain' };

	test.each([
		['={{ $binary.first }}', [undefined]],
		['={{ $binary }}', ['first', 'a, b']],
		['a, b', [undefined]],
	])('accepts the file, all files, or a name with a comma: %s', async (name, fields) => {
		const item = await fileItem({ first: one, 'a, b': { ...one, bytes: 'b' } });
		const { items } = await runOn([item], { ...upload, binaryPropertyName: name });
		expect(items.map(({ json }) => json.source_field)).toEqual(fields);
		const hashes = environment.emulator.documents.map((document) => document.sha256);
		const contents = fields.length > 1 ? ['a', 'b'] : [name === 'a, b' ? 'b' : 'a'];
		expect(hashes.sort()).toEqual(contents.map(sha256).sort());
	});

	test('sends, with *, the copy of a file that has an accepted type', async () => {
		const item = await fileItem({ data: { ...one, fileName: 'scan', mimeType: 'image/x-scan' } });
		item.binary!.relabeled = { ...item.binary!.data!, fileName: 'a.txt', mimeType: 'text/plain' };
		const { items } = await runOn([item], { ...upload, binaryPropertyName: '*' });
		expect(items.map(({ json }) => json.source_field)).toEqual(['relabeled']);
	});

	test('finds a file in the JSON field with this name', async () => {
		const { binary } = await textItem('Total: 1');
		const item = { json: { copy: { ...binary!.data } }, binary };
		const { items } = await runOn([item], { ...upload, binaryPropertyName: 'copy' });
		expect(items).toHaveLength(1);
	});

	test('rejects another object', async () => {
		const parameters = { ...upload, binaryPropertyName: byExpression({ a: 1 }) };
		const { error } = await runOn([await textItem()], parameters);
		expect(error?.message).toBe("'Input Data Field Name' does not refer to a file");
	});

	test.each(['*', 'data', '_files.data'])('finds files under _files: %s', async (name) => {
		const { json, binary } = await textItem();
		const item = { json: { ...json, _files: binary } as unknown as IDataObject };
		const parameters = { ...upload, binaryPropertyName: name };
		const { error } = await runOn([item], parameters, { binaryMode: 'combined' });
		expect(error).toBeUndefined();
		expect(environment.emulator.documents).toHaveLength(1);
	});
});

test.each(['text that repeats itself. '.repeat(500), 'short'])(
	'downloads a project file that is stored compressed, with the type from the storage',
	async (content) => {
		const packed = gzipSync(content);
		const storage = await startServer((_, response) => {
			response.setHeader('content-type', 'audio/ogg').setHeader('content-encoding', 'gzip');
			response.setHeader('content-length', packed.length).end(packed);
		});
		const url = `${storage.origin}/a.txt`;
		const body = { ftype: 'file', name: 'a.txt', size: packed.length, url };
		environment.emulator.inject({ operation: 'readPath', kind: 'answer', status: 200, body });
		const { error, items } = await run({ parameters: { ...operations.download, path: '/a.txt' } });
		await storage.close();
		expect(error).toBeUndefined();
		const file = items[0]!.binary!.data!;
		expect(file.mimeType).toBe('audio/ogg');
		expect(String(await environment.engine.readFile(file))).toBe(content);
	},
);

test('sends the numbers in Data as they are', async () => {
	const data = '{"id": 7615917337495251231, "total": 1.10, "huge": 1e400}';
	let received = '';
	const server = await startServer(async (request, response) => {
		received = await text(request);
		response.setHeader('connection', 'close').end('{"row_id":"r","status":"done"}');
	});
	const credential = { ...environment.credential, baseUrl: server.origin };
	await run({ parameters: { ...operations.reconcile, data }, credential });
	await server.close();
	expect(received).toBe(`{"data":${data}}`);
});
