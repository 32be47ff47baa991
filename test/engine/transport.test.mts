import type { INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import { startRecordingServer, startSlowFileServer } from './network.mts';
import { download, extract, getProjects, upload } from './operations.mts';
import { updateSettings, uploadFile } from './operations.mts';
import { repeat, setupEngine, sha256, until, type TestEnvironment } from './testEnvironment.mts';

const environment = setupEngine({ separateStorage: true });
const { concurrentEach, concurrent, textItem, fileItem } = environment;

/** Runs an operation on an item with one text file. */
async function runOnce(
	{ runOn }: TestEnvironment,
	parameters: INodeParameters,
	options: INodeParameters = {},
) {
	return await runOn([await textItem('Total: 12')], { ...parameters, options });
}

/** The next attempt need not wait. */
const atOnce = { 'retry-after': '0' };

const limits: Array<[limit: number, options: INodeParameters]> = [
	[10, {}],
	[2, { maxConcurrency: 2 }],
];

/** Ten items with eighteen files. */
async function makeItems() {
	const note = { bytes: 'Total: 1', fileName: 'note.txt', mimeType: 'text/plain' };
	const files = { data: note, more: note, last: note };
	return [
		...(await repeat(4, async () => await fileItem(files))),
		...(await repeat(6, async () => await textItem('x'))),
	];
}

concurrentEach(limits)(
	'keeps at most %i requests in flight',
	async ({ emulator, runOn }, [limit, options]) => {
		const parameters = { ...extract, binaryPropertyName: '*', options };
		const { items } = await runOn(await makeItems(), parameters);
		expect(items).toHaveLength(18);
		expect(emulator.documents).toHaveLength(18);
		expect(emulator.runs).toHaveLength(18);
		expect(emulator.peakInFlight).toBeLessThanOrEqual(limit);
	},
);

concurrentEach(limits)(
	'sends %i requests at once if there is enough to do',
	async ({ emulator, start, run }, [limit, options]) => {
		emulator.inject({ operation: 'uploadFile', kind: 'silence', times: 'always' });
		const execution = start(await makeItems(), { ...upload, binaryPropertyName: '*', options });
		await until(() => emulator.requests.length === limit);
		// Whatever else was on its way would arrive before this.
		await run({ parameters: getProjects });
		expect(emulator.requests).toHaveLength(limit + 1);
		execution.cancel();
		await execution;
		await until(() => emulator.inFlight === 0);
	},
);

concurrent(
	'sends requests of started work before new uploads',
	async ({ emulator, requestNames, runOn }) => {
		const items = await repeat(6, async () => await textItem('x'));
		await runOn(items, { ...extract, options: { maxConcurrency: 1 } });
		let notStarted = 0;
		const ahead = requestNames().map((name) => {
			if (name === 'uploadFile') notStarted++;
			if (name === 'startRun') notStarted--;
			return notStarted;
		});
		expect(emulator.runs).toHaveLength(6);
		expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
	},
);

/** An operation for each method that has an effect. */
const writes: Array<[method: string, parameters: INodeParameters]> = [
	['POST', upload],
	['PUT', { ...uploadFile, path: '/in/note.txt' }],
	['PATCH', { ...updateSettings, settings: { bounding_boxes: true } }],
];

concurrentEach(writes)(
	'sends a %s again with its whole body',
	async (own, [method, parameters]) => {
		own.emulator.inject({ kind: 'answer', status: 429, headers: atOnce });
		const { items, error } = await runOnce(own, parameters);
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		const { requests } = own.emulator;
		expect(requests.map((request) => [request.method, request.status])).toEqual([
			[method, 429],
			[method, expect.any(Number)],
		]);
		expect(requests[0]!.body).toEqual(requests[1]!.body);
		if (method === 'PATCH') return;
		expect(requests[1]!.body).toHaveProperty('file', { bytes: 9, sha256: sha256('Total: 12') });
		expect(own.emulator.documents).toHaveLength(1);
	},
);

concurrent(
	'retries as late as the response asks, in seconds or with a date',
	async ({ emulator, runOn }) => {
		const soon = new Date(Date.now() + 2000).toUTCString();
		for (const retryAfter of ['1', soon]) {
			emulator.inject({ kind: 'answer', status: 429, headers: { 'retry-after': retryAfter } });
		}
		const { error } = await runOn([{ json: {} }, { json: {} }], getProjects);
		expect(error).toBeUndefined();
		const [first, second, ...again] = emulator.requests;
		expect(again).toHaveLength(2);
		const refused = Math.max(first!.endedAt!, second!.endedAt!);
		// Timers may fire a little early by the clock of the emulator.
		for (const { startedAt } of again) expect(startedAt - refused).toBeGreaterThan(950);
	},
);

concurrent('retries up to Max Retries', async (own) => {
	own.emulator.inject({ kind: 'answer', status: 503, headers: atOnce, times: 'always' });
	const { error } = await runOnce(own, getProjects, { maxRetries: 2 });
	expect(error?.message).toBe('Cloudsquid could not handle the request (status 503)');
	expect(own.emulator.requests).toHaveLength(3);
});

concurrentEach([301, 302, 303, 307, 308])('follows no redirect with %i', async (own, status) => {
	const otherHost = await startRecordingServer();
	own.emulator.inject({ kind: 'redirect', location: `${otherHost.origin}/api`, status });
	const { error } = await runOnce(own, upload);
	await otherHost.close();
	expect(error?.message).toBe("The 'Base URL' redirects to another address");
	expect(otherHost.visits).toEqual([]);
	expect(own.emulator.requests).toHaveLength(1);
});

// Where a long message is cut, the rest of a key would pass for something else.
test.each([0, 280, 292, 299])(
	'masks a key that the API repeats after %i characters',
	async (length) => {
		const { emulator } = environment;
		const errorMessage = `${'.'.repeat(length)}${emulator.apiKey} is unknown. ${'.'.repeat(300)}`;
		emulator.inject({ kind: 'answer', status: 401, body: { errorMessage } });
		const { error } = await runOnce(environment, getProjects);
		expect(error?.description).toContain('Cloudsquid says: "');
		expect(error?.description).not.toContain(emulator.apiKey.slice(0, 4));
	},
);

test('shows what the API says on one line, shortened', async () => {
	const errorMessage = `Row is\n  locked. ${'x'.repeat(1000)}`;
	environment.emulator.inject({ kind: 'answer', status: 400, body: { errorMessage } });
	const { error } = await runOnce(environment, getProjects);
	expect(error?.message).toBe('Cloudsquid rejected the request');
	expect(error?.description).toContain('Cloudsquid says: "Row is locked. xxx');
	expect(error?.description!.length).toBeLessThan(500);
});

describe('a download', () => {
	const content = 'Hello. '.repeat(10_000);

	/** Downloads one file with this fault. */
	async function fetchFile(own: TestEnvironment, fault: Fault, options: INodeParameters) {
		await own.addProjectFile('/a.txt', content);
		own.emulator.inject({ ...fault, operation: 'download' });
		const requestOptions = { timeout: 1000 };
		return await runOnce(own, { ...download, path: '/a.txt', requestOptions }, options);
	}

	test('is retried with a new link', async () => {
		const { emulator, engine } = environment;
		const { items, error } = await fetchFile(environment, { kind: 'cut' }, {});
		expect(error).toBeUndefined();
		expect(String(await engine.readFile(items[0]!.binary!.data!))).toBe(content);
		expect(new Set(emulator.downloads.map(({ url }) => url)).size).toBe(2);
		expect(emulator.requests).toHaveLength(2);
	});

	test('reports another size than the one from Cloudsquid', async () => {
		const fault = { kind: 'truncate', times: 'always' } as const;
		const { error } = await fetchFile(environment, fault, { maxRetries: 0 });
		expect(error?.description).toContain(
			'The file has 35000 bytes, not 70000 as Cloudsquid reported. Download links expire after 15 minutes',
		);
	});

	test('has the type from the storage if Cloudsquid returns none, and holds its slot to the end', async () => {
		const storage = await startSlowFileServer();
		const body = { ftype: 'file', name: 'a', url: storage.origin };
		environment.emulator.inject({ kind: 'answer', status: 200, body, times: 'always' });
		const { items } = await environment.runOn(
			Array.from({ length: 8 }, () => ({ json: {} })),
			{ ...download, path: '/a', options: { maxConcurrency: 3 } },
		);
		await storage.close();
		expect(items).toHaveLength(8);
		expect(items[0]!.binary!.data).toMatchObject({ mimeType: 'audio/ogg', bytes: 50 });
		expect(storage.counts.peak).toBe(3);
	});
});
