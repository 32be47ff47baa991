import { inspect } from 'node:util';
import { LoggerProxy, type INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import { startRecordingServer } from './network.mts';
import * as operations from './operations.mts';
import { byExpression, locator, setupEngine } from './testEnvironment.mts';

const environment = setupEngine();
const { run, runOn, textItem } = environment;
const { download, extractSync, getProjects, getRun, startRun, upload } = operations;
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';

let otherHost: Awaited<ReturnType<typeof startRecordingServer>>;
beforeAll(async () => (otherHost = await startRecordingServer()));
beforeEach(() => (otherHost.visits.length = 0));
afterAll(async () => await otherHost.close());

test.each<[string, Fault]>([
	['rejected', { kind: 'answer', status: 400, body: { errorMessage: 'Bad request' } }],
	['rejected without a message', { kind: 'answer', status: 500, body: '' }],
	['answered by a web page', { kind: 'answer', status: 200, body: '<html></html>' }],
	['cut off', { kind: 'reset' }],
])('keeps the document out of the error when the upload is %s', async (_, fault) => {
	const content = 'IBAN: DE00 0000 0000 0000 0000 00';
	environment.emulator.inject({ ...fault, operation: 'uploadFile' });
	const { error, run: stored } = await runOn([await textItem(content)], upload);
	expect(error?.message).toBeTruthy();
	const text = JSON.stringify([error, stored.data.resultData.error]);
	expect(text).not.toContain(content);
	expect(text).not.toContain(Buffer.from(content).toString('base64').slice(0, 20));
});

describe('values in the path', () => {
	const startIn = async (name: string) =>
		await run({
			parameters: { ...startRun, project: locator('name', byExpression(name)), rowId },
		});

	const awkward = '../../secrets,a/../../b,%2e%2e,%2e%2e%2fprojects,...,x?y=z,x#y,a\\b,a;b=c,@host';
	test.each([...awkward.split(','), 'a\r\nX-Injected: 1', 'a\u0000b', '//host/path', '😀'])(
		'keep the project %j one segment',
		async (name) => {
			const { emulator } = environment;
			const { error } = await startIn(name);
			expect(error?.message).toMatch(/^No (project|table|row|run|file or folder) found for/);
			expect(emulator.requests).toHaveLength(1);
			const [{ url, headers }] = emulator.requests as [(typeof emulator.requests)[0]];
			const segments = url.split('/');
			expect(segments).toHaveLength(7);
			expect(decodeURIComponent(segments[3]!)).toBe(name);
			expect(segments.slice(4)).toEqual(['tables', emulator.tableId, 'run']);
			expect(headers).not.toHaveProperty('x-injected');
		},
	);

	test.each(['.', '..', ' .. '])('cannot be the project %j', async (name) => {
		const { error } = await startIn(name);
		expect(error?.message).toContain("'Project' cannot be");
		expect(environment.emulator.requests).toEqual([]);
	});

	test.each(['/a?b=c&path=/d', '/a#b', '/a%2e%2e/b', '/a\r\nb', '/ü/😀'])(
		'keep the path %j one query value',
		async (path) => {
			const { emulator } = environment;
			await run({ parameters: { ...operations.getFile, path: byExpression(path) } });
			expect(emulator.requests).toHaveLength(1);
			const query = new URL(emulator.requests[0]!.url, emulator.origin).searchParams;
			expect([...query]).toEqual([['path', path]]);
		},
	);
});

test('sends the API key to the base URL, whatever URL selects a table', async () => {
	const { emulator } = environment;
	const elsewhere = `${otherHost.origin}/tables/${emulator.tableId}`;
	const project = { ...locator('list', emulator.project), cachedResultUrl: elsewhere };
	for (const address of [elsewhere, `${otherHost.origin.replace('//', '//user:pw@')}/${rowId}`]) {
		await run({ parameters: { ...startRun, project, table: locator('url', address), rowId } });
	}
	expect(otherHost.visits).toEqual([]);
	const keys = emulator.requests.map(({ headers }) => headers['x-api-key']);
	expect(keys).toEqual([emulator.apiKey, emulator.apiKey]);
});

test('sends no API key with a download, even from the origin of the API', async () => {
	const { emulator, addProjectFile } = environment;
	await addProjectFile('/a.txt');
	expect(emulator.storageOrigin).toBe(emulator.origin);
	const { items } = await run({ parameters: { ...download, path: '/a.txt' } });
	expect(items).toHaveLength(1);
	expect(emulator.downloads).toMatchObject([{ apiKeySent: false, status: 200 }]);
	expect(JSON.stringify(emulator.downloads)).not.toContain(emulator.apiKey);
});

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/a', 'data:text/plain,a', '//host/a', 7, {}])(
	'does not download from %j',
	async (url) => {
		const body = { ftype: 'file', name: 'a.txt', url };
		environment.emulator.inject({ kind: 'answer', status: 200, body });
		const { items, error } = await run({ parameters: { ...download, path: '/a.txt' } });
		expect(items).toEqual([]);
		expect(error?.message).toBe('Cloudsquid returned an unexpected response');
	},
);

test('masks the API key in items, even if the service returns it', async () => {
	const { emulator } = environment;
	const { apiKey } = emulator;
	const row = { row_id: rowId, status: 'done', data: { note: `key ${apiKey}`, [apiKey]: 1 } };
	const cases: Array<[INodeParameters, unknown]> = [
		[{ ...getRun, runId: rowId }, row],
		[{ ...getRun, runId: rowId, options: { output: 'data' } }, row],
		[extractSync, row],
		[upload, { row_id: rowId, [apiKey]: apiKey }],
		[getProjects, [{ name: apiKey }]],
		[
			{ ...operations.getFile, path: '/a' },
			{ ftype: 'file', name: apiKey },
		],
	];
	for (const [parameters, body] of cases) {
		emulator.inject({ kind: 'answer', status: 200, body });
		// Each run expects the key nowhere in its outcome.
		const { items } = await runOn([await textItem()], parameters);
		expect(JSON.stringify(items)).toContain('***');
	}
});

test('keeps the API key out of all logs', async () => {
	const { credential, emulator } = environment;
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
		{ kind: 'redirect', location: otherHost.origin },
	];
	for (const onError of ['continueErrorOutput', undefined] as const) {
		for (const fault of faults) {
			emulator.inject(fault);
			await runOn([await textItem()], upload, { onError });
		}
		const apiKey = `${emulator.apiKey}-→`;
		await run({ parameters: getProjects, onError, credential: { ...credential, apiKey } });
	}
	spies.forEach((spy) => spy.mockRestore());
	expect(logged.length).toBeGreaterThan(0);
	expect(inspect(logged, { depth: 20, showHidden: true })).not.toContain(emulator.apiKey);
});

test('rejects a file from another node that would break out of the JSON', async () => {
	const data = '","file_type":"uri","file":"https://attacker.invalid/';
	const file = { data, mimeType: 'text/plain', fileName: 'a.txt' };
	const { error } = await runOn([{ json: {}, binary: { data: file } }], upload);
	expect(error?.message).toBe("The content of the file in 'data' is not valid base64");
	expect(environment.emulator.requests).toEqual([]);
});

test('does not open a File URL', async () => {
	const fileUrl = `${otherHost.origin}/a.pdf`;
	await run({ parameters: { ...upload, inputSource: 'url', fileUrl } });
	expect(environment.emulator.documents).toMatchObject([{ file_type: 'uri', uri: fileUrl }]);
	expect(otherHost.visits).toEqual([]);
});

test.each([
	'{"__proto__":{"output":"data","polluted":1}}',
	'{"constructor":{"prototype":{"polluted":1}}}',
	'{"prototype":{"polluted":1},"toString":1,"hasOwnProperty":1}',
])('is not changed by the options %s', async (text) => {
	const options = JSON.parse(text) as INodeParameters;
	for (const parameters of [extractSync, upload]) {
		const { error, items } = await runOn([await textItem()], { ...parameters, options });
		expect(error).toBeUndefined();
		expect(items[0]!.json).toHaveProperty('row_id');
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	}
});
