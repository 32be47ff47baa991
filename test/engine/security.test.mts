import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters } from 'n8n-workflow';
import { startFlood } from './network.mts';
import { locator, useSetting } from './setting.mts';

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };
const extract = { resource: 'document', operation: 'extract' };
const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const getAll = { resource: 'project', operation: 'getAll' };
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';

const byExpression = (value: string) => `={{ ${JSON.stringify(value)} }}`;

describe('the content of a document', () => {
	const content = 'IBAN: DE00 0000 0000 0000 0000 00';

	test.each([
		['refused', { kind: 'answer', status: 400, body: { errorMessage: 'Bad request' } }],
		['refused without words', { kind: 'answer', status: 500, body: '' }],
		['answered by a web page', { kind: 'answer', status: 200, body: '<html></html>' }],
		['cut off', { kind: 'reset' }],
	] as const)('is in no part of the error when the upload is %s', async (_, fault) => {
		const { emulator, place, run, textItem } = setting;
		emulator.inject({ ...fault, operation: 'uploadFile' });
		const { error, run: stored } = await run({
			parameters: { ...upload, ...place },
			items: [await textItem(content)],
		});
		expect(error?.message).toBeTruthy();
		const text = JSON.stringify([error, stored.data.resultData.error]);
		expect(text).not.toContain(content);
		expect(text).not.toContain(Buffer.from(content).toString('base64').slice(0, 20));
	});
});

describe('values in the path', () => {
	const names = [
		'../../secrets',
		'a/../../b',
		'%2e%2e',
		'%2e%2e%2fprojects',
		'...',
		'x?y=z',
		'x#y',
		'a\\b',
		'a\r\nX-Injected: 1',
		'a\u0000b',
		'a;b=c',
		'@host',
		'//host/path',
		'😀',
	];

	test.each(names)('the project %j stays one segment', async (name) => {
		const { emulator, place, run } = setting;
		const project = locator('name', byExpression(name));
		const { error } = await run({ parameters: { ...start, ...place, project, rowId } });
		expect(error?.message).toContain('Cloudsquid found nothing under');
		expect(emulator.requests).toHaveLength(1);
		const [{ url, headers }] = emulator.requests as [(typeof emulator.requests)[0]];
		const segments = url.split('/');
		expect(segments).toHaveLength(7);
		expect(decodeURIComponent(segments[3]!)).toBe(name);
		expect(segments.slice(4)).toEqual(['tables', emulator.tableId, 'run']);
		expect(headers).not.toHaveProperty('x-injected');
	});

	test.each(['.', '..', ' .. '])('the project %j is refused', async (name) => {
		const { emulator, place, run } = setting;
		const project = locator('name', byExpression(name));
		const { error } = await run({ parameters: { ...start, ...place, project, rowId } });
		expect(error?.message).toContain("'Project' cannot be");
		expect(emulator.requests).toEqual([]);
	});

	test.each(['/a?b=c&path=/d', '/a#b', '/a%2e%2e/b', '/a\r\nb', '/ü/😀'])(
		'the path %j stays one query value',
		async (path) => {
			const { emulator, place, run } = setting;
			const parameters = { resource: 'projectFile', operation: 'get', ...place };
			await run({ parameters: { ...parameters, path: byExpression(path) } });
			expect(emulator.requests).toHaveLength(1);
			const query = new URL(emulator.requests[0]!.url, emulator.origin).searchParams;
			expect([...query]).toEqual([['path', path]]);
		},
	);
});

test('a file that another node made up cannot break out of the JSON', async () => {
	const { emulator, place, run } = setting;
	const data = '","file_type":"uri","file":"https://attacker.invalid/';
	const { items } = await run({
		parameters: { ...upload, ...place },
		items: [{ json: {}, binary: { data: { data, mimeType: 'text/plain', fileName: 'a.txt' } } }],
	});
	expect(items).toHaveLength(1);
	expect(emulator.documents).toMatchObject([{ file_type: 'binary', filename: 'a.txt' }]);
});

describe('an address to fetch', () => {
	test('is not opened by n8n', async () => {
		const { emulator, place, run } = setting;
		let hits = 0;
		const server = createServer((_, response) => {
			hits++;
			response.end('x');
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		const fileUrl = `http://127.0.0.1:${port}/a.pdf`;
		await run({ parameters: { ...upload, ...place, inputSource: 'url', fileUrl } });
		await new Promise((resolve) => server.close(resolve));
		expect(emulator.documents).toMatchObject([{ file_type: 'uri', uri: fileUrl }]);
		expect(hits).toBe(0);
	});
});

describe('a hostile answer', () => {
	const deep = '['.repeat(10_000) + ']'.repeat(10_000);
	const deepObject = '{"data":'.repeat(10_000) + '1' + '}'.repeat(10_000);
	const large = `{"row_id":"${'x'.repeat(30_000_000)}`;

	/** Everything that can come where an object with an ID is expected. */
	const wrongAnswers: Array<[string, string]> = [
		['a number', '12'],
		['null', 'null'],
		['a text', '"row"'],
		['a list', '[{"row_id":"x"}]'],
		['no ID', '{}'],
		['an ID that is a number', '{"row_id":1,"run_id":1}'],
		['an ID that is an object', '{"row_id":{"a":1},"run_id":{}}'],
		['an empty ID', '{"row_id":"","run_id":""}'],
		['10,000 levels of lists', deep],
		['10,000 levels of objects', deepObject],
		['30 MB that never end', large],
	];

	test.each(wrongAnswers)('to an upload: %s', async (_, body) => {
		const { emulator, place, run, textItem } = setting;
		const answer = { kind: 'answer', status: 200, contentType: 'application/json' } as const;
		emulator.inject({ ...answer, body, operation: 'uploadFile' });
		const { items, error } = await run({
			parameters: { ...upload, ...place },
			items: [await textItem('Total: 1')],
		});
		expect(items).toEqual([]);
		expect(error?.message).toMatch(/^(Cloudsquid sent an answer|The answer from Cloudsquid)/);
		expect(error?.description).toContain('may have been carried out');
		expect(emulator.requests).toHaveLength(1);
	});

	describe('without measure', () => {
		const MB = 1024 ** 2;
		const [hundred, endless] = [100 * MB, Number.POSITIVE_INFINITY];
		const tooLong = 'Cloudsquid sent an answer that is too long';
		const floods: Array<[string, INodeParameters, number, number, boolean, string]> = [
			['100 MB to Get Run', { ...get, runId: rowId }, 200, hundred, false, tooLong],
			['100 MB to Start Run', { ...start, rowId }, 200, hundred, false, tooLong],
			['100 MB to Get Many', getAll, 200, hundred, false, tooLong],
			['one that never ends', { ...get, runId: rowId }, 200, endless, false, tooLong],
			['one that never ends, packed', { ...get, runId: rowId }, 200, endless, true, tooLong],
			['a refusal', { ...start, rowId }, 400, endless, false, 'did not accept the request'],
			['a failure', { ...get, runId: rowId }, 500, endless, false, 'could not answer (status 500)'],
		];

		test.each(floods)('%s: is broken off', async (...each) => {
			const [, parameters, status, bytes, packed, message] = each;
			const { credential, place, run } = setting;
			const flood = await startFlood(status, bytes, packed);
			const { items, error } = await run({
				parameters: { ...place, options: { maxRetries: 0 }, ...parameters },
				credential: { ...credential, baseUrl: flood.origin },
			});
			await flood.close();
			expect(items).toEqual([]);
			expect(error?.message).toContain(message);
			expect(flood.requests).toBe(1);
			// What is on its way when the connection is broken off counts too, and packed that is much.
			if (!packed) expect(flood.sent).toBeLessThan(60 * MB);
		});

		test('ends the wait for a run, which goes on and whose ID is told', async () => {
			const { credential, place, run } = setting;
			const flood = await startFlood(200, hundred);
			const { error } = await run({
				parameters: { ...get, ...place, runId: rowId, waitForCompletion: true },
				credential: { ...credential, baseUrl: flood.origin },
			});
			await flood.close();
			expect(error?.message).toBe(tooLong);
			expect(error?.description).toContain(`Run ID: ${rowId}`);
			expect(flood.requests).toBe(1);
		});
	});

	test.each([
		['wrong types everywhere', { row_id: 5, status: ['done'], data: 'x', review: 7, input: null }],
		['a status that is an object', { status: { done: true }, data: [] }],
		['nothing but data', { data: [1, 2] }],
	])('to Get Run: %s comes out as it is', async (_, body) => {
		const { emulator, place, run } = setting;
		emulator.inject({ kind: 'answer', status: 200, body, operation: 'getRun' });
		const { items, error } = await run({ parameters: { ...get, ...place, runId: rowId } });
		expect(error).toBeUndefined();
		expect(items[0]!.json.data).toEqual(body.data);
	});

	test.each<[string, INodeParameters]>([
		['Get Run', { ...get, runId: rowId, options: { output: 'data' } }],
		['Get Many', { ...getAll, returnAll: true }],
	])('with __proto__ in it changes nothing: %s', async (_, parameters) => {
		const { emulator, place, run } = setting;
		const poison = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
		const body = `{"status":"done","data":${poison},"__proto__":{"polluted":true}}`;
		emulator.inject({
			kind: 'answer',
			status: 200,
			contentType: 'application/json',
			body: parameters.resource === 'project' ? `[${poison}]` : body,
		});
		const { items } = await run({ parameters: { ...place, ...parameters } });
		expect(items).toHaveLength(1);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		expect(Object.getPrototypeOf(items[0]!.json)).toBe(Object.prototype);
	});
});

test('__proto__ among the options changes nothing', async () => {
	const { place, run, textItem } = setting;
	const options = JSON.parse('{"__proto__":{"output":"data"},"constructor":1}') as INodeParameters;
	const { items } = await run({
		parameters: { ...extract, ...place, extractMode: 'sync', options },
		items: [await textItem('Total: 1')],
	});
	expect(items[0]!.json).toHaveProperty('row_id');
});
