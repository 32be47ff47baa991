import { inspect } from 'node:util';
import { LoggerProxy, type INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import { startStranger, type Stranger } from './network.mts';
import { locator, useSetting } from './setting.mts';

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };
const extract = { resource: 'document', operation: 'extract' };
const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const download = { resource: 'projectFile', operation: 'download', binaryPropertyName: 'data' };
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
		expect(error?.message).toMatch(/^No (project|table|row|run|file or folder) found for/);
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

describe('the API key', () => {
	let stranger: Stranger;
	beforeAll(async () => {
		stranger = await startStranger();
	});
	beforeEach(() => (stranger.visits.length = 0));
	afterAll(async () => await stranger.close());

	test('goes to the base URL, whatever address a table is picked by', async () => {
		const { emulator, place, run } = setting;
		const elsewhere = `${stranger.origin}/tables/${emulator.tableId}`;
		const project = { ...locator('list', emulator.project), cachedResultUrl: elsewhere };
		for (const address of [elsewhere, `${stranger.origin.replace('//', '//user:pw@')}/${rowId}`]) {
			const table = locator('url', address);
			await run({ parameters: { ...start, ...place, project, table, rowId } });
		}
		expect(stranger.visits).toEqual([]);
		expect(emulator.requests.map(({ headers }) => headers['x-api-key'])).toEqual(
			Array(2).fill(emulator.apiKey),
		);
	});

	test('goes along with no download, not even from the address of the API', async () => {
		const { emulator, place, run } = setting;
		await emulator.addProjectFile(emulator.project, '/a.txt', 'Hello');
		expect(emulator.storageOrigin).toBe(emulator.origin);
		const { items } = await run({ parameters: { ...download, ...place, path: '/a.txt' } });
		expect(items).toHaveLength(1);
		expect(emulator.downloads).toMatchObject([{ apiKeySent: false, status: 200 }]);
		expect(JSON.stringify(emulator.downloads)).not.toContain(emulator.apiKey);
	});

	test.each(['file:///etc/passwd', 'ftp://127.0.0.1/a', 'data:text/plain,a', '//host/a', 7, {}])(
		'%j is no link to download from',
		async (url) => {
			const { emulator, place, run } = setting;
			const body = { ftype: 'file', name: 'a.txt', url };
			emulator.inject({ kind: 'answer', status: 200, body });
			const { items, error } = await run({ parameters: { ...download, ...place, path: '/a.txt' } });
			expect(items).toEqual([]);
			expect(error?.message).toBe('Cloudsquid returned an unexpected response');
		},
	);

	test('is in no item, even if the service puts it there', async () => {
		const { emulator, place, run, textItem } = setting;
		const { apiKey } = emulator;
		const row = { row_id: rowId, status: 'done', data: { note: `key ${apiKey}`, [apiKey]: 1 } };
		const cases: Array<[INodeParameters, unknown]> = [
			[{ ...get, runId: rowId }, row],
			[{ ...get, runId: rowId, options: { output: 'data' } }, row],
			[{ ...extract, extractMode: 'sync' }, row],
			[{ ...upload }, { row_id: rowId, [apiKey]: apiKey }],
			[{ ...getAll }, [{ name: apiKey }]],
			[
				{ resource: 'projectFile', operation: 'get', path: '/a' },
				{ ftype: 'file', name: apiKey },
			],
		];
		for (const [parameters, body] of cases) {
			emulator.inject({ kind: 'answer', status: 200, body });
			const items = [await textItem('Total: 1')];
			// Each run makes sure that the key is nowhere in it.
			const outcome = await run({ parameters: { ...place, ...parameters }, items });
			expect(JSON.stringify(outcome.items)).toContain('***');
		}
	});

	test('is in no log, whatever goes wrong', async () => {
		const { credential, emulator, place, run, textItem } = setting;
		const logged: unknown[] = [];
		const log = (...line: unknown[]) => void logged.push(...line);
		LoggerProxy.init({ debug: log, error: log, info: log, warn: log });
		const spies = (['debug', 'error', 'info', 'log', 'warn'] as const).map((level) =>
			jest.spyOn(console, level).mockImplementation(log),
		);
		const errorMessage = `The key ${emulator.apiKey} is unknown`;
		const faults: Fault[] = [
			{ kind: 'answer', status: 401, body: { errorMessage } },
			{ kind: 'answer', status: 500, body: errorMessage },
			{ kind: 'reset' },
			{ kind: 'redirect', location: stranger.origin },
		];
		for (const onError of ['continueErrorOutput', undefined] as const) {
			for (const fault of faults) {
				emulator.inject(fault);
				const items = [await textItem('Total: 1')];
				await run({ parameters: { ...upload, ...place }, items, onError });
			}
			const apiKey = `${emulator.apiKey}-→`;
			await run({ parameters: { ...getAll }, onError, credential: { ...credential, apiKey } });
		}
		spies.forEach((spy) => spy.mockRestore());
		expect(logged.length).toBeGreaterThan(0);
		expect(inspect(logged, { depth: 20, showHidden: true })).not.toContain(emulator.apiKey);
	});
});

test('a file that another node made up cannot break out of the JSON', async () => {
	const { emulator, place, run } = setting;
	const data = '","file_type":"uri","file":"https://attacker.invalid/';
	const { error } = await run({
		parameters: { ...upload, ...place },
		items: [{ json: {}, binary: { data: { data, mimeType: 'text/plain', fileName: 'a.txt' } } }],
	});
	expect(error?.message).toBe("The content of the file in 'data' is not valid base64");
	expect(emulator.requests).toEqual([]);
});

describe('an address to fetch', () => {
	test('is not opened by n8n', async () => {
		const { emulator, place, run } = setting;
		const stranger = await startStranger();
		const fileUrl = `${stranger.origin}/a.pdf`;
		await run({ parameters: { ...upload, ...place, inputSource: 'url', fileUrl } });
		await stranger.close();
		expect(emulator.documents).toMatchObject([{ file_type: 'uri', uri: fileUrl }]);
		expect(stranger.visits).toEqual([]);
	});
});

test.each([
	'{"__proto__":{"output":"data","polluted":1}}',
	'{"constructor":{"prototype":{"polluted":1}}}',
	'{"prototype":{"polluted":1},"toString":1,"hasOwnProperty":1}',
])('the options %s change nothing', async (text) => {
	const { place, run, textItem } = setting;
	const options = JSON.parse(text) as INodeParameters;
	for (const parameters of [{ ...extract, extractMode: 'sync' }, upload]) {
		const items = [await textItem('Total: 1')];
		const outcome = await run({ parameters: { ...place, ...parameters, options }, items });
		expect(outcome.error).toBeUndefined();
		expect(outcome.items[0]!.json).toHaveProperty('row_id');
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	}
});
