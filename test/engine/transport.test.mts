import type { INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import { startStranger, startVault, type Stranger } from './network.mts';
import { sha256, until, useSetting } from './setting.mts';

const setting = useSetting({ separateStorage: true });

const extract = { resource: 'document', operation: 'extract' };
const upload = { resource: 'document', operation: 'upload' };
const start = { resource: 'run', operation: 'start' };
const listProjects = { resource: 'project', operation: 'getAll', returnAll: true };
const updateSettings = {
	resource: 'table',
	operation: 'updateSettings',
	settings: { bounding_boxes: true },
};
const uploadToPath = { resource: 'projectFile', operation: 'upload', path: '/in/note.txt' };
const someId = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';

/** Each method that does work, by an operation that uses it. */
const writes: Array<[method: string, parameters: INodeParameters]> = [
	['POST', upload],
	['PUT', uploadToPath],
	['PATCH', updateSettings],
];

/** Runs an operation with one text file at hand. */
async function runOnce(parameters: INodeParameters, options: INodeParameters = {}) {
	const { place, run, textItem } = setting;
	const items = [await textItem('Total: 12')];
	return await run({ parameters: { ...place, ...parameters, options }, items });
}

/** The failed tries need not wait for what they do not test. */
const atOnce = { 'retry-after': '0' };

describe('requests in flight', () => {
	const limits: Array<[limit: number, options: INodeParameters]> = [
		[10, {}],
		[2, { maxConcurrency: 2 }],
	];

	/** Ten items with eighteen files. */
	async function makeItems() {
		const { textItem, fileItem } = setting;
		const note = { bytes: 'Total: 1', fileName: 'note.txt', mimeType: 'text/plain' };
		const files = { data: note, more: note, last: note };
		return await Promise.all([
			...[1, 2, 3, 4].map(async () => await fileItem(files)),
			...[1, 2, 3, 4, 5, 6].map(async () => await textItem('x')),
		]);
	}

	test.each(limits)('are never more than %i, whatever the items and files', async (...each) => {
		const [limit, options] = each;
		const { emulator, place, run } = setting;
		const { items } = await run({
			parameters: { ...extract, ...place, binaryPropertyName: '*', options },
			items: await makeItems(),
		});
		expect(items).toHaveLength(18);
		expect(emulator.documents).toHaveLength(18);
		expect(emulator.runs).toHaveLength(18);
		expect(emulator.peakInFlight).toBeLessThanOrEqual(limit);
	});

	test.each(limits)('are %i, as soon as there is enough to do', async (limit, options) => {
		const { emulator, engine, credential, place, run } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'silence', times: 'always' });
		const execution = engine.execute({
			parameters: { ...upload, ...place, binaryPropertyName: '*', options },
			items: await makeItems(),
			credential,
		});
		await until(() => emulator.requests.length === limit);
		// Whatever else was on its way would arrive before this.
		await run({ parameters: listProjects });
		expect(emulator.requests).toHaveLength(limit + 1);
		execution.cancel();
		await execution;
		await until(() => emulator.inFlight === 0);
	});

	test('of started work go before new uploads', async () => {
		const { emulator, place, run, textItem } = setting;
		const items = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => await textItem('x')));
		await run({ parameters: { ...extract, ...place, options: { maxConcurrency: 1 } }, items });
		let notStarted = 0;
		const ahead = emulator.requests.map(({ operationId }) => {
			if (operationId === 'uploadFile') notStarted++;
			if (operationId === 'startRun') notStarted--;
			return notStarted;
		});
		expect(emulator.runs).toHaveLength(6);
		expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
	});
});

describe('a request is sent again', () => {
	test.each(writes)(
		'when it is a %s, after 429, with the whole body',
		async (method, parameters) => {
			const { emulator } = setting;
			emulator.inject({ kind: 'answer', status: 429, headers: atOnce });
			const { items, error } = await runOnce(parameters);
			expect(error).toBeUndefined();
			expect(items).toHaveLength(1);
			const { requests } = emulator;
			expect(requests.map((request) => [request.method, request.status])).toEqual([
				[method, 429],
				[method, expect.any(Number)],
			]);
			expect(requests[0]!.body).toEqual(requests[1]!.body);
			if (method === 'PATCH') return;
			expect(requests[1]!.body).toHaveProperty('file', { bytes: 9, sha256: sha256('Total: 12') });
			expect(emulator.documents).toHaveLength(1);
		},
	);

	test('as late as the answer asks, in seconds or with a date', async () => {
		const { emulator, run } = setting;
		const soon = new Date(Date.now() + 2000).toUTCString();
		for (const retryAfter of ['1', soon]) {
			emulator.inject({ kind: 'answer', status: 429, headers: { 'retry-after': retryAfter } });
		}
		const { error } = await run({ parameters: listProjects, items: [{ json: {} }, { json: {} }] });
		expect(error).toBeUndefined();
		const [first, second, ...again] = emulator.requests;
		expect(again).toHaveLength(2);
		const refused = Math.max(first!.endedAt!, second!.endedAt!);
		// Timers may fire a little early by the clock that the books are kept by.
		for (const { startedAt } of again) expect(startedAt - refused).toBeGreaterThan(950);
	});

	test('up to Max Retries', async () => {
		const { emulator } = setting;
		emulator.inject({ kind: 'answer', status: 503, headers: atOnce, times: 'always' });
		const { error } = await runOnce(listProjects, { maxRetries: 2 });
		expect(error?.message).toBe('Cloudsquid could not handle the request (status 503)');
		expect(emulator.requests).toHaveLength(3);
	});
});

describe('the API key', () => {
	let stranger: Stranger;
	beforeAll(async () => {
		stranger = await startStranger();
	});
	afterAll(async () => await stranger.close());

	test.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
		const { emulator } = setting;
		emulator.inject({ kind: 'redirect', location: `${stranger.origin}/api`, status });
		const { error } = await runOnce(upload);
		expect(error?.message).toBe("The 'Base URL' redirects to another address");
		expect(stranger.visits).toEqual([]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('goes with every request to Cloudsquid and with none to the storage', async () => {
		const { emulator } = setting;
		await emulator.addProjectFile(emulator.project, '/a.txt', 'Hello');
		const download = { resource: 'projectFile', operation: 'download', binaryPropertyName: 'data' };
		const { items } = await runOnce({ ...download, path: '/a.txt' });
		expect(items).toHaveLength(1);
		expect(emulator.requests.map(({ headers }) => headers['x-api-key'])).toEqual([emulator.apiKey]);
		expect(emulator.downloads.map(({ apiKeySent }) => apiKeySent)).toEqual([false]);
	});

	test('is not taken along by a storage that points elsewhere', async () => {
		const { emulator } = setting;
		const location = `${stranger.origin}/elsewhere`;
		await emulator.addProjectFile(emulator.project, '/a.txt', 'Hello');
		emulator.inject({ operation: 'download', kind: 'redirect', location });
		const download = { resource: 'projectFile', operation: 'download', binaryPropertyName: 'data' };
		await runOnce({ ...download, path: '/a.txt' });
		expect(stranger.visits.map(({ url }) => url)).toEqual(['/elsewhere']);
		expect(JSON.stringify(stranger.visits)).not.toContain(emulator.apiKey);
		stranger.visits.length = 0;
	});

	// Just where a long message is cut, what is left of a key would pass for something else.
	test.each([0, 280, 292, 299])(
		'is masked where the API repeats it after %i characters',
		async (length) => {
			const { emulator } = setting;
			const errorMessage = `${'.'.repeat(length)}${emulator.apiKey} is unknown. ${'.'.repeat(300)}`;
			emulator.inject({ kind: 'answer', status: 401, body: { errorMessage } });
			const { error } = await runOnce(listProjects);
			expect(error?.description).toContain('Cloudsquid says: "');
			expect(error?.description).not.toContain(emulator.apiKey.slice(0, 4));
		},
	);
});

describe('a download', () => {
	const download = { resource: 'projectFile', operation: 'download', binaryPropertyName: 'data' };
	const content = 'Hello. '.repeat(10_000);
	/** Downloads one file, with this going wrong. */
	async function fetchFile(fault: Fault, options: INodeParameters) {
		const { emulator } = setting;
		await emulator.addProjectFile(emulator.project, '/a.txt', content);
		emulator.inject({ ...fault, operation: 'download' });
		const requestOptions = { timeout: 1000 };
		return await runOnce({ ...download, path: '/a.txt', requestOptions }, options);
	}

	test('is made anew with a fresh link', async () => {
		const { emulator, engine } = setting;
		const { items, error } = await fetchFile({ kind: 'cut' }, {});
		expect(error).toBeUndefined();
		expect(String(await engine.readFile(items[0]!.binary!.data!))).toBe(content);
		expect(new Set(emulator.downloads.map(({ url }) => url)).size).toBe(2);
		expect(emulator.requests).toHaveLength(2);
	});

	test('of another size than Cloudsquid says is told so', async () => {
		const { error } = await fetchFile({ kind: 'truncate', times: 'always' }, { maxRetries: 0 });
		expect(error?.description).toContain(
			'The file has 35000 bytes, not 70000 as Cloudsquid reported. Download links expire after 15 minutes',
		);
	});

	test('has the type that the storage tells, where Cloudsquid tells none', async () => {
		const { emulator, place, run } = setting;
		const vault = await startVault();
		const body = { ftype: 'file', name: 'a', url: vault.origin };
		emulator.inject({ kind: 'answer', status: 200, body });
		const { items } = await run({ parameters: { ...place, ...download, path: '/a' } });
		await vault.close();
		expect(items[0]!.binary!.data).toMatchObject({ mimeType: 'audio/ogg', bytes: 50 });
	});

	test('holds its slot until the file is there', async () => {
		const { emulator, place, run } = setting;
		const vault = await startVault();
		const body = { ftype: 'file', name: 'a.txt', mimetype: 'text/plain', url: vault.origin };
		emulator.inject({ kind: 'answer', status: 200, body, times: 'always' });
		const { items } = await run({
			parameters: { ...place, ...download, path: '/a.txt', options: { maxConcurrency: 3 } },
			items: Array.from({ length: 8 }, () => ({ json: {} })),
		});
		await vault.close();
		expect(items).toHaveLength(8);
		expect(vault.peak).toBe(3);
	});
});

test('what the API says is shown, in one line and cut to a length that can be read', async () => {
	const { emulator } = setting;
	const errorMessage = `Row is\n  locked. ${'x'.repeat(1000)}`;
	emulator.inject({ kind: 'answer', status: 400, body: { errorMessage } });
	const { error } = await runOnce({ ...start, rowId: someId });
	expect(error?.message).toBe('Cloudsquid rejected the request');
	expect(error?.description).toContain('Cloudsquid says: "Row is locked. xxx');
	expect(error?.description!.length).toBeLessThan(500);
});
