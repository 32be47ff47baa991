import { unlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { startServer } from './network.mts';
import * as operations from './operations.mts';
import { byExpression, locator, setupEngine, sha256 } from './testEnvironment.mts';

/* What other nodes, forms, agents and users pass to the node, from bug reports of similar nodes. */

const environment = setupEngine();
const { concurrentEach, run, runOn, textItem, fileItem } = environment;
const { extract, getRun, updateSettings, upload } = operations;
const runId = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';

/** An item whose field `data` has this, whether it is a file or not. */
const withBinary = (data: unknown) => ({ json: {}, binary: { data } }) as INodeExecutionData;

describe('Zero Retention by an expression', () => {
	test.each(['true', 'TRUE', ' true', 1, '1', true])('is on for %j', async (value) => {
		const { emulator } = environment;
		emulator.inject({ kind: 'answer', status: 400, operation: 'startRun' });
		await runOn([await textItem()], { ...extract, zeroRetention: byExpression(value) });
		expect(emulator.requests[1]!.body).toMatchObject({ zero_retention: true });
	});

	test.each(['yes', '', null, 2, {}])('is rejected before the upload for %j', async (value) => {
		const parameters = { ...extract, zeroRetention: byExpression(value) };
		const { error } = await runOn([await textItem()], parameters);
		expect(error?.message).toMatch(/^'Zero Retention' must be true or false, not '/);
		expect(environment.emulator.requests).toEqual([]);
	});
});

const [maybe, all, yes, on] = ['maybe', 'all', 'yes', 'on'].map(byExpression);
test.each<[string, INodeParameters]>([
	['Wait for Completion', { ...getRun, runId, waitForCompletion: maybe! }],
	['Return All', { ...operations.getProjects, returnAll: all! }],
	['Include Input Fields', { ...upload, options: { includeInputFields: yes! } }],
	['Review Mode', { ...updateSettings, settings: { review_mode: on! } }],
])('checks the boolean %s', async (label, parameters) => {
	const { error } = await runOn([await textItem()], parameters);
	expect(error?.message).toMatch(new RegExp(`^'${label}' must be true or false`));
	expect(environment.emulator.requests).toEqual([]);
});

test('sends settings as booleans', async () => {
	const settings = { review_mode: byExpression('TRUE'), bounding_boxes: byExpression('0') };
	await run({ parameters: { ...updateSettings, settings } });
	const body = { review_mode: true, bounding_boxes: false };
	expect(environment.emulator.requests[0]!.body).toEqual(body);
});

describe('a file that another node rebuilt', () => {
	const file = { mimeType: 'text/plain', fileName: 'a.txt' };
	const serialized = { type: 'Buffer', data: [1, 2] };
	const lostId = "The file in 'data' has lost its ID";
	const noBase64 = "The content of the file in 'data' is not valid base64";
	const noFile = "The field 'data' does not contain a file";
	const withData = (message: string, ...values: string[]) =>
		values.map((data): [string, unknown, string] => [data, { ...file, data }, message]);

	test.each<[string, unknown, string]>([
		...withData(lostId, 'filesystem-v2', 'filesystem', 's3', 'azure', 'database', 'default'),
		...withData(noBase64, 'Total: 119', 'Hello', 'Invoice 117', 'data:text/plain,Hello', '{"a":1}'),
		['null', null, noFile],
		['a text', 'a.pdf', noFile],
		['a serialized Buffer', serialized, noFile],
		['a serialized Buffer as content', { ...file, data: serialized }, noFile],
		['nothing', {}, noFile],
	])('is rejected if it is or contains: %s', async (_, data, message) => {
		const { error } = await runOn([withBinary(data)], upload);
		expect(error?.message).toBe(message);
		expect(environment.emulator.requests).toEqual([]);
	});

	test.each([
		['a data URI', `data:text/plain;base64,${Buffer.from('Total: 119').toString('base64')}`],
		['a data URI with parameters', 'DATA:text/plain;charset=utf-8;base64,VG90YWw6IDExOQ=='],
		['line breaks', 'VG90\r\nYWw6\nIDExOQ==\n'],
		['base64url without padding', Buffer.from('Total: 119').toString('base64url')],
	])('is sent as it is meant: %s', async (_, data) => {
		const { error } = await runOn([withBinary({ ...file, data })], upload);
		expect(error).toBeUndefined();
		expect(environment.emulator.documents[0]!.sha256).toBe(sha256('Total: 119'));
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
		expect(environment.emulator.documents).toMatchObject([expected]);
	});

	test("is sent once if it is also among the JSON fields under its field's name", async () => {
		const item = await textItem();
		const items = [{ ...item, json: { data: { ...item.binary!.data } } }];
		const { items: rows } = await runOn(items, { ...upload, binaryPropertyName: '*' });
		expect(rows).toHaveLength(1);
		expect(environment.emulator.documents).toHaveLength(1);
	});

	test('is sent if its item has no JSON fields at all', async () => {
		const { binary } = await textItem();
		const { error } = await runOn([{ binary } as INodeExecutionData], upload);
		expect(error).toBeUndefined();
		expect(environment.emulator.documents).toHaveLength(1);
	});

	test('is rejected if n8n no longer has it', async () => {
		const item = await textItem();
		const path = environment.engine.pathOf(item.binary!.data!);
		await Promise.all([unlink(path), unlink(`${path}.metadata`)]);
		const { error } = await runOn([item], upload);
		expect(error?.message).toBe("n8n could not find the file in 'data'");
		expect(environment.emulator.requests).toEqual([]);
	});
});

const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
test.each([
	['v.mp4', 'application/mp4', 'video/mp4'],
	['invoice.pdf', 'application/force-download', 'application/pdf'],
	['book.xlsx', 'application/zip', spreadsheet],
	['scan.pdf ', 'application/octet-stream', 'application/pdf'],
	['SCAN.PDF', 'application/x-unknown', 'application/pdf'],
])('sends %s labeled %s as %s', async (fileName, mimeType, expected) => {
	const item = await fileItem({ data: { bytes: 'x', fileName, mimeType } });
	const { error } = await runOn([item], upload);
	expect(error).toBeUndefined();
	expect(environment.emulator.documents[0]!.mimetype).toBe(expected);
});

test.each(['continueErrorOutput', 'stopWorkflow'] as const)(
	'does not take an input field called error for a failed item (%s)',
	async (onError) => {
		const item = await textItem('a', 'a.txt', { error: 'E-117', order: 7 });
		const parameters = { ...upload, options: { includeInputFields: true } };
		const { items, errorItems } = await runOn([item], parameters, { onError, maxTries: 3 });
		expect(errorItems).toEqual([]);
		expect(items[0]!.json).toMatchObject({ order: 7, error_details: 'E-117' });
		expect(items[0]!.json).not.toHaveProperty('error');
		expect(environment.emulator.rows).toHaveLength(1);
	},
);

test('does not take a field called error of a row for a failed item', async () => {
	const body = { status: 'error', error: 'The page is blank.', row_id: runId };
	environment.emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body });
	const parameters = { ...getRun, runId, options: { onRunError: 'return' } };
	const execution = { parameters, onError: 'continueErrorOutput' } as const;
	const { items, errorItems } = await run(execution);
	expect(errorItems).toEqual([]);
	expect(items[0]!.json).toMatchObject({ status: 'error', error_details: 'The page is blank.' });
});

describe('Input Data Field Name', () => {
	const one = { bytes: 'a', fileName: 'a.txt', mimeType: 'text/plain' };

	test('accepts an expression that returns the file', async () => {
		const parameters = { ...upload, binaryPropertyName: '={{ $binary.data }}' };
		const { error } = await runOn([await textItem('Total: 1')], parameters);
		expect(error).toBeUndefined();
		expect(environment.emulator.documents[0]!.sha256).toBe(sha256('Total: 1'));
	});

	test('accepts an expression that returns all files', async () => {
		const item = await fileItem({ one, two: { ...one, bytes: 'b' } });
		const { items } = await runOn([item], { ...upload, binaryPropertyName: '={{ $binary }}' });
		expect(items.map(({ json }) => json.source_field)).toEqual(['one', 'two']);
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

	test('accepts a name with a comma', async () => {
		const item = await fileItem({ 'a, b': one });
		const { items } = await runOn([item], { ...upload, binaryPropertyName: 'a, b' });
		expect(items).toHaveLength(1);
	});
});

test.each(['text that repeats itself. '.repeat(500), 'short', 'x'])(
	'downloads a project file that is stored compressed',
	async (text) => {
		const { emulator, engine } = environment;
		const packed = gzipSync(text);
		const storage = await startServer((_, response) => {
			response.writeHead(200, {
				'content-type': 'text/plain',
				'content-encoding': 'gzip',
				'content-length': packed.length,
			});
			response.end(packed);
		});
		const url = `${storage.origin}/a.txt`;
		const body = { ftype: 'file', name: 'a.txt', size: packed.length, url };
		emulator.inject({ operation: 'readPath', kind: 'answer', status: 200, body });
		const { error, items } = await run({ parameters: { ...operations.download, path: '/a.txt' } });
		await storage.close();
		expect(error).toBeUndefined();
		expect(String(await engine.readFile(items[0]!.binary!.data!))).toBe(text);
	},
);

const table = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
const app = 'https://app.example.com';
test.each([
	['project', 'list', 'Invoices ', '/projects/Invoices%20/tables/'],
	['project', 'list', ' A', '/projects/%20A/tables/'],
	['project', 'name', ' Invoices ', '/projects/Invoices/tables/'],
	['table', 'url', `${app}/tables/${table}/rows/${runId}`, `/tables/${table}/files`],
	[
		'table',
		'url',
		`${app}/projects/${runId}/tables/${table}/rows/${runId}?tab=${runId}`,
		`/tables/${table}/files`,
	],
	['table', 'url', `${app}/projects/${runId}/t/${table}`, `/tables/${table}/files`],
])('requests the %s by %s: %j as %s', async (parameter, mode, value, path) => {
	await runOn([await textItem()], { ...upload, [parameter]: locator(mode, value) });
	expect(environment.emulator.requests[0]!.url).toContain(path);
});

test.each(['{"id": 7615917337495251231}', '{"total": 1.10}', '{"a": 1e400}'])(
	'sends Data as it is: %s',
	async (data) => {
		const received: string[] = [];
		const server = await startServer((request, response) => {
			request.on('data', (chunk: Buffer) => received.push(String(chunk)));
			request.on('end', () => {
				response.setHeader('connection', 'close').end('{"row_id":"r","status":"done"}');
			});
		});
		const { reconcilePlace, credential } = environment;
		await run({
			parameters: { ...reconcilePlace, ...operations.reconcile, data },
			credential: { ...credential, baseUrl: server.origin },
		});
		await server.close();
		expect(received.join('')).toBe(`{"data":${data}}`);
	},
);

test.each([
	['HTTPS://EXAMPLE.COM/a.pdf', 'https://example.com/a.pdf'],
	['https://example.com/an invoice.pdf', 'https://example.com/an%20invoice.pdf'],
	['https://example.com/x/../a.pdf', 'https://example.com/a.pdf'],
])('sends the File URL as it was checked: %s', async (fileUrl, uri) => {
	await run({ parameters: { ...upload, inputSource: 'url', fileUrl } });
	expect(environment.emulator.documents).toMatchObject([{ uri }]);
});

const page = '<!doctype html><html><body>Blocked</body></html>';
test.each([
	[403, 'Received a web page instead of JSON'],
	[404, 'Received a web page instead of JSON'],
	[451, 'Received a web page instead of JSON'],
	[407, 'The proxy requires authentication'],
])('recognizes a web page with status %i from a proxy', async (status, message) => {
	environment.emulator.inject({ kind: 'answer', status, body: page });
	const { error } = await runOn([await textItem()], upload);
	expect(error?.message).toBe(message);
	expect(error?.description).toContain('proxy');
});

test.each([
	{ detail: 'No such page.' },
	{ errors: [{ message: 'No such page.' }] },
	{ error: { message: 'No such page.' } },
	'No such page.',
])('reports a reason wherever it is: %j', async (body) => {
	environment.emulator.inject({ kind: 'answer', status: 422, body });
	const { error } = await runOn([await textItem()], upload);
	expect(error?.description).toContain('Cloudsquid says: "No such page."');
});

concurrentEach([507, 522, 425])('polls on after a status check with %i', async (own, status) => {
	own.emulator.inject({ operation: 'getRun', kind: 'answer', status });
	const { error, items } = await own.runOn([await textItem()], extract);
	expect(error).toBeUndefined();
	expect(items[0]!.json.status).toBe('done');
});
