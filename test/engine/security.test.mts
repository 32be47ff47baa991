import { inspect } from 'node:util';
import { LoggerProxy, type INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import { startRecordingServer } from './network.mts';
import { download, extractSync, getFile, getProjects } from './operations.mts';
import { getRun, startRun, upload } from './operations.mts';
import { byExpression, locator, setupEngine } from './testEnvironment.mts';

const environment = setupEngine();
const { run, runOn, textItem } = environment;
const rowId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';

let otherHost: Awaited<ReturnType<typeof startRecordingServer>>;
beforeAll(async () => (otherHost = await startRecordingServer()));
beforeEach(() => (otherHost.visits.length = 0));
afterAll(async () => await otherHost.close());

test.each<Fault>([
	{ kind: 'answer', status: 400, body: { errorMessage: 'Bad request' } },
	{ kind: 'answer', status: 500, body: '' },
	{ kind: 'answer', status: 200, body: '<html></html>' },
	{ kind: 'reset' },
])('keeps the document out of the error of a failed upload: %j', async (fault) => {
	const content = 'IBAN: DE00 0000 0000 0000 0000 00';
	environment.emulator.inject({ ...fault, operation: 'uploadFile' });
	const { error, run: stored } = await runOn([await textItem(content)], upload);
	expect(error?.message).toBeTruthy();
	const text = JSON.stringify([error, stored.data.resultData.error]);
	expect(text).not.toContain(content);
	expect(text).not.toContain(Buffer.from(content).toString('base64').slice(0, 20));
});

test.each([
	'../../a',
	'x?path=/y#z',
	'a\\b',
	'a\r\nX-Injected: 1',
	"O'Brien & Söhne: 100%25 + more",
])('keeps the project and the path %j one part of the URL', async (name) => {
	const { emulator } = environment;
	const path = `/${name.replaceAll('..', '.')}`;
	const project = locator('name', byExpression(name));
	await run({ parameters: { ...getFile, project, path: byExpression(path) } });
	const [{ url, headers }] = emulator.requests as [(typeof emulator.requests)[0]];
	const { pathname, searchParams } = new URL(url, emulator.origin);
	const segments = pathname.split('/');
	expect(segments.map(decodeURIComponent)).toEqual(['', 'api', 'projects', name, 'files']);
	expect([...searchParams]).toEqual([['path', path]]);
	expect(environment.countRequests().readPath).toBe(1);
	expect(headers).not.toHaveProperty('x-injected');
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
	expect(new Set(keys)).toEqual(new Set([emulator.apiKey]));
	expect(environment.countRequests().startRun).toBe(2);
});

test('resolves expressions in the credential separately for each item', async () => {
	const { credential, emulator } = environment;
	const items = ['key-of-the-first', 'key-of-the-second'].map((key) => ({ json: { key } }));
	const byItem = { ...credential, apiKey: '={{ $json.key }}' };
	await runOn(items, getProjects, { credential: byItem, onError: 'continueRegularOutput' });
	const keys = emulator.requests.map(({ headers }) => headers['x-api-key']);
	expect(keys).toEqual(items.map(({ json }) => json.key));
});

test.each([
	['none', '', true],
	['domains', 'api.example.com, 127.0.0.1', true],
	['domains', '*.0.0.1', true],
	['domains', 'api.example.com', false],
	['domains', '', false],
] as const)(
	'sends the API key to the allowed domains: %s %j',
	async (mode, allowedDomains, allowed) => {
		const restriction = { allowedHttpRequestDomains: mode, allowedDomains };
		const credential = { ...environment.credential, ...restriction };
		const { error } = await run({ parameters: { ...startRun, rowId }, credential });
		expect(environment.countRequests().startRun).toBe(allowed ? 1 : undefined);
		if (!allowed)
			expect(error?.message).toBe('The credential does not allow requests to this domain');
	},
);

test('sends no API key with a download, even from the origin of the API', async () => {
	const { emulator, addProjectFile } = environment;
	addProjectFile('/a.txt');
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
	const file = { ftype: 'file', name: apiKey };
	const cases: Array<[INodeParameters, unknown]> = [
		[{ ...getRun, runId: rowId }, row],
		[{ ...getRun, runId: rowId, options: { output: 'data' } }, row],
		[extractSync, row],
		[upload, { row_id: rowId, [apiKey]: apiKey }],
		[getProjects, [{ name: apiKey }]],
		[{ ...getFile, path: '/a' }, file],
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
