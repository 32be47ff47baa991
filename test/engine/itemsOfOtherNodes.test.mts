import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { unlink } from 'node:fs/promises';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Execution } from './engine.mts';
import { locator, sha256, useSetting } from './setting.mts';

/* What other nodes, forms, agents and users hand to the node, as bug reports of similar nodes have it. */

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };
const extract = { resource: 'document', operation: 'extract' };
const get = { resource: 'run', operation: 'get' };
const RUN = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
const expression = (value: unknown) => `={{ ${JSON.stringify(value)} }}`;

async function runOn(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	execution: Partial<Execution> = {},
) {
	return await setting.run({
		parameters: { ...setting.place, ...parameters },
		items,
		...execution,
	});
}

/** An item whose field `data` has this, whether it is a file or not. */
const withBinary = (data: unknown, json: IDataObject = {}) =>
	({ json, binary: { data } }) as unknown as INodeExecutionData;

describe('Zero Retention by an expression', () => {
	test.each(['true', 'TRUE', ' true', 1, '1', true])('is on for %j', async (value) => {
		const parameters = { ...extract, zeroRetention: expression(value) };
		const { error } = await runOn([await setting.textItem('a')], parameters);
		expect(error).toBeUndefined();
		expect(setting.emulator.requests[1]!.body).toMatchObject({ zero_retention: true });
	});

	test.each(['yes', '', null, 2, {}])('is refused before the upload for %j', async (value) => {
		const parameters = { ...extract, zeroRetention: expression(value) };
		const { error } = await runOn([await setting.textItem('a')], parameters);
		expect(error?.message).toMatch(/^'Zero Retention' must be true or false, not '/);
		expect(setting.emulator.requests).toEqual([]);
	});

	test.each<[string, INodeParameters]>([
		['Wait for Completion', { ...get, runId: RUN, waitForCompletion: expression('maybe') }],
		['Return All', { resource: 'project', operation: 'getAll', returnAll: expression('all') }],
		['Include Input Fields', { ...upload, options: { includeInputFields: expression('yes') } }],
		[
			'Review Mode',
			{
				resource: 'table',
				operation: 'updateSettings',
				settings: { review_mode: expression('on') },
			},
		],
	])('is not the only boolean that is checked: %s', async (label, parameters) => {
		const { error } = await runOn([await setting.textItem('a')], parameters);
		expect(error?.message).toMatch(new RegExp(`^'${label}' must be true or false`));
		expect(setting.emulator.requests).toEqual([]);
	});

	test('settings are sent as booleans', async () => {
		const settings = { review_mode: expression('TRUE'), bounding_boxes: expression('0') };
		await runOn([{ json: {} }], { resource: 'table', operation: 'updateSettings', settings });
		expect(setting.emulator.requests[0]!.body).toEqual({
			review_mode: true,
			bounding_boxes: false,
		});
	});
});

describe('a file that another node rebuilt', () => {
	const file = { mimeType: 'text/plain', fileName: 'a.txt' };

	test.each(['filesystem-v2', 'filesystem', 's3', 'azure', 'database', 'default'])(
		"is refused if it only has n8n's mark %s",
		async (data) => {
			const { error } = await runOn([withBinary({ ...file, data })], upload);
			expect(error?.message).toBe("The file in 'data' has lost its ID");
			expect(setting.emulator.requests).toEqual([]);
		},
	);

	test.each([
		['a data URI', `data:text/plain;base64,${Buffer.from('Total: 119').toString('base64')}`],
		['a data URI with parameters', 'DATA:text/plain;charset=utf-8;base64,VG90YWw6IDExOQ=='],
		['line breaks', 'VG90\r\nYWw6\nIDExOQ==\n'],
		['base64url without padding', Buffer.from('Total: 119').toString('base64url')],
	])('is sent as it is meant: %s', async (_, data) => {
		const { error } = await runOn([withBinary({ ...file, data })], upload);
		expect(error).toBeUndefined();
		expect(setting.emulator.documents[0]!.sha256).toBe(sha256('Total: 119'));
	});

	test.each<[string, object, string]>([
		['no MIME type', { mimeType: null }, 'a.txt'],
		['a MIME type that is no text', { mimeType: ['text/plain'] }, 'a.txt'],
		['no file name', { mimeType: 'text/plain', fileName: null }, 'data.txt'],
		['a file name that is no text', { mimeType: 'text/plain', fileName: 7 }, 'data.txt'],
	])('is sent if it has %s', async (_, fields, filename) => {
		const { error } = await runOn([withBinary({ ...file, ...fields, data: 'VG90' })], upload);
		expect(error).toBeUndefined();
		const expected = { filename, mimetype: 'text/plain' };
		expect(setting.emulator.documents).toMatchObject([expected]);
	});

	test("is sent once if it is among the JSON fields under its binary field's name", async () => {
		const item = await setting.textItem('a');
		const items = [{ ...item, json: { data: { ...item.binary!.data } } }];
		const { items: rows } = await runOn(items, { ...upload, binaryPropertyName: '*' });
		expect(rows).toHaveLength(1);
		expect(setting.emulator.documents).toHaveLength(1);
	});

	test('is sent if its item has no JSON fields at all', async () => {
		const { binary } = await setting.textItem('a');
		const { error } = await runOn([{ binary } as INodeExecutionData], upload);
		expect(error).toBeUndefined();
		expect(setting.emulator.documents).toHaveLength(1);
	});

	test.each(['Total: 119', 'Hello', 'Invoice 117', 'data:text/plain,Hello', '{"a":1}'])(
		'is refused if its content is plain text: %s',
		async (data) => {
			const { error } = await runOn([withBinary({ ...file, data })], upload);
			expect(error?.message).toBe("The content of the file in 'data' is not valid base64");
			expect(setting.emulator.requests).toEqual([]);
		},
	);

	test.each<[string, unknown]>([
		['null', null],
		['a text', 'a.pdf'],
		['a serialized Buffer', { type: 'Buffer', data: [1, 2] }],
		['a serialized Buffer as content', { ...file, data: { type: 'Buffer', data: [1, 2] } }],
		['nothing', {}],
	])('is refused by the name of its field: %s', async (_, data) => {
		const { error } = await runOn([withBinary(data)], upload);
		expect(error?.message).toBe("The field 'data' does not contain a file");
		expect(setting.emulator.requests).toEqual([]);
	});

	test('is refused if n8n no longer has it', async () => {
		const item = await setting.textItem('a');
		const path = setting.engine.pathOf(item.binary!.data!);
		await Promise.all([unlink(path), unlink(`${path}.metadata`)]);
		const { error } = await runOn([item], upload);
		expect(error?.message).toBe("n8n could not find the file in 'data'");
		expect(setting.emulator.requests).toEqual([]);
	});
});

describe('the type of a file', () => {
	test.each([
		['v.mp4', 'application/mp4', 'video/mp4'],
		['invoice.pdf', 'application/force-download', 'application/pdf'],
		[
			'book.xlsx',
			'application/zip',
			'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
		],
		['scan.pdf ', 'application/octet-stream', 'application/pdf'],
		['SCAN.PDF', 'application/x-unknown', 'application/pdf'],
	])('of %s labeled %s is %s', async (fileName, mimeType, expected) => {
		const item = await setting.fileItem({ data: { bytes: 'x', fileName, mimeType } });
		const { error } = await runOn([item], upload);
		expect(error).toBeUndefined();
		expect(setting.emulator.documents[0]!.mimetype).toBe(expected);
	});

	test.each([
		'https://files.example/download',
		'https://files.example/',
		'https://files.example/a/b',
	])('of %s cannot be told', async (fileUrl) => {
		const { error } = await runOn([{ json: {} }], { ...upload, inputSource: 'url', fileUrl });
		expect(error?.message).toBe("The file type could not be determined ('File URL')");
		expect(error?.description).toContain("'MIME Type'");
	});
});

describe('a field called error', () => {
	test.each(['continueErrorOutput', 'stopWorkflow'] as const)(
		'of the input item does not make a good item a failed one (%s)',
		async (onError) => {
			const item = { ...(await setting.textItem('a')), json: { error: 'E-117', order: 7 } };
			const parameters = { ...upload, options: { includeInputFields: true } };
			const { items, errorItems } = await runOn([item], parameters, { onError, maxTries: 3 });
			expect(errorItems).toEqual([]);
			expect(items[0]!.json).toMatchObject({ order: 7, error_details: 'E-117' });
			expect(items[0]!.json).not.toHaveProperty('error');
			expect(setting.emulator.rows).toHaveLength(1);
		},
	);

	test('of a row does not, either', async () => {
		const body = { status: 'error', error: 'The page is blank.', row_id: RUN };
		setting.emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body });
		const parameters = { ...get, runId: RUN, options: { onRunError: 'return' } };
		const { items, errorItems } = await runOn([{ json: {} }], parameters, {
			onError: 'continueErrorOutput',
		});
		expect(errorItems).toEqual([]);
		expect(items[0]!.json).toMatchObject({ status: 'error', error_details: 'The page is blank.' });
	});
});

describe('Input Data Field Name', () => {
	test('can be an expression that returns the file', async () => {
		const item = await setting.textItem('Total: 1');
		const parameters = { ...upload, binaryPropertyName: '={{ $binary.data }}' };
		const { error } = await runOn([item], parameters);
		expect(error).toBeUndefined();
		expect(setting.emulator.documents[0]!.sha256).toBe(sha256('Total: 1'));
	});

	test('can be an expression that returns all files', async () => {
		const one = { bytes: 'a', fileName: 'a.txt', mimeType: 'text/plain' };
		const item = await setting.fileItem({ one, two: { ...one, bytes: 'b' } });
		const { items } = await runOn([item], { ...upload, binaryPropertyName: '={{ $binary }}' });
		expect(items.map(({ json }) => json.source_field)).toEqual(['one', 'two']);
	});

	test('is refused if it is another object', async () => {
		const parameters = { ...upload, binaryPropertyName: expression({ a: 1 }) };
		const { error } = await runOn([await setting.textItem('a')], parameters);
		expect(error?.message).toBe("'Input Data Field Name' does not refer to a file");
	});

	test.each(['*', 'data', '_files.data'])('finds files under _files: %s', async (name) => {
		const { json, binary } = await setting.textItem('a');
		const item = { json: { ...json, _files: binary } as unknown as IDataObject };
		const parameters = { ...upload, binaryPropertyName: name };
		const { error } = await runOn([item], parameters, { binaryMode: 'combined' });
		expect(error).toBeUndefined();
		expect(setting.emulator.documents).toHaveLength(1);
	});

	test('can contain a comma', async () => {
		const file = { bytes: 'a', fileName: 'a.txt', mimeType: 'text/plain' };
		const item = await setting.fileItem({ 'a, b': file });
		const { items } = await runOn([item], { ...upload, binaryPropertyName: 'a, b' });
		expect(items).toHaveLength(1);
	});
});

describe('a project file that is stored compressed', () => {
	test.each(['text that repeats itself. '.repeat(500), 'short', 'x'])(
		'is delivered',
		async (text) => {
			const packed = gzipSync(text);
			const server = createServer((_, response) => {
				response.writeHead(200, {
					'content-type': 'text/plain',
					'content-encoding': 'gzip',
					'content-length': packed.length,
				});
				response.end(packed);
			});
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.txt`;
			const body = { ftype: 'file', name: 'a.txt', size: packed.length, url };
			setting.emulator.inject({ operation: 'readPath', kind: 'answer', status: 200, body });
			const parameters = { resource: 'projectFile', operation: 'download', path: '/a.txt' };
			const { error, items } = await runOn([{ json: {} }], parameters);
			await new Promise((resolve) => server.close(resolve));
			expect(error).toBeUndefined();
			expect(String(await setting.engine.readFile(items[0]!.binary!.data!))).toBe(text);
		},
	);
});

describe('the project and the table', () => {
	test.each([
		['list', 'Invoices ', 'Invoices%20'],
		['list', ' A', '%20A'],
		['name', ' Invoices ', 'Invoices'],
	])('from the %s: %j is asked for as %s', async (mode, name, segment) => {
		await runOn([await setting.textItem('a')], { ...upload, project: locator(mode, name) });
		expect(setting.emulator.requests[0]!.url).toContain(`/projects/${segment}/tables/`);
	});

	const table = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
	test.each([
		`https://app.example.com/tables/${table}/rows/${RUN}`,
		`https://app.example.com/projects/${RUN}/tables/${table}/rows/${RUN}?tab=${RUN}`,
		`https://app.example.com/projects/${RUN}/t/${table}`,
	])('from the URL %s', async (url) => {
		await runOn([await setting.textItem('a')], { ...upload, table: locator('url', url) });
		expect(setting.emulator.requests[0]!.url).toContain(`/tables/${table}/files`);
	});
});

describe('what is typed', () => {
	test.each(['{"id": 7615917337495251231}', '{"total": 1.10}', '{"a": 1e400}'])(
		'as Data is sent as it is: %s',
		async (data) => {
			const received: string[] = [];
			const server = createServer((request, response) => {
				request.on('data', (chunk: Buffer) => received.push(String(chunk)));
				request.on('end', () => response.end('{"row_id":"r","status":"done"}'));
			});
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
			const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			await setting.run({
				parameters: {
					...setting.reconcilePlace,
					resource: 'reconciliation',
					operation: 'reconcile',
					data,
				},
				items: [{ json: {} }],
				credential: { ...setting.credential, baseUrl },
			});
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			expect(received.join('')).toBe(`{"data":${data}}`);
		},
	);

	test.each([
		['HTTPS://EXAMPLE.COM/a.pdf', 'https://example.com/a.pdf'],
		['https://example.com/an invoice.pdf', 'https://example.com/an%20invoice.pdf'],
		['https://example.com/x/../a.pdf', 'https://example.com/a.pdf'],
	])('as File URL is sent as it was checked: %s', async (fileUrl, uri) => {
		await runOn([{ json: {} }], { ...upload, inputSource: 'url', fileUrl });
		expect(setting.emulator.documents).toMatchObject([{ uri }]);
	});
});

describe('what comes from elsewhere', () => {
	const page = '<!doctype html><html><body>Blocked</body></html>';
	test.each([403, 404, 451])('a web page with the status %i is told as one', async (status) => {
		setting.emulator.inject({ operation: 'uploadFile', kind: 'answer', status, body: page });
		const { error } = await runOn([await setting.textItem('a')], upload);
		expect(error?.message).toBe('Received a web page instead of JSON');
		expect(error?.description).toContain('proxy');
	});

	test('the status 407 is that of a proxy', async () => {
		setting.emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 407, body: page });
		const { error } = await runOn([await setting.textItem('a')], upload);
		expect(error?.message).toBe('The proxy requires authentication');
	});

	test.each([
		{ detail: 'No such page.' },
		{ errors: [{ message: 'No such page.' }] },
		{ error: { message: 'No such page.' } },
		'No such page.',
	])('a reason is told wherever it is: %j', async (body) => {
		setting.emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body });
		const { error } = await runOn([await setting.textItem('a')], upload);
		expect(error?.description).toContain('Cloudsquid says: "No such page."');
	});

	test.each([507, 522, 425])(
		'a status check that returns %i does not end the wait',
		async (status) => {
			setting.emulator.inject({ operation: 'getRun', kind: 'answer', status });
			const { error, items } = await runOn([await setting.textItem('a')], extract);
			expect(error).toBeUndefined();
			expect(items[0]!.json.status).toBe('done');
		},
	);
});
