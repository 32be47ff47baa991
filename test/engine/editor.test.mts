import type { INodeParameters } from 'n8n-workflow';
import { startRecordingServer } from './network.mts';
import { extract, getRun, startAndWait, startRun, upload, waitForRun } from './operations.mts';
import { setupEngine } from './testEnvironment.mts';

const environment = setupEngine();

/** Nothing listens at this base URL. */
const nobody = 'http://127.0.0.1:1/api';

/** Responses to the list of projects, and what the user then reads. */
const failures = [
	[403, {}, 'This API key has no access to this project'],
	[404, {}, "Nothing found at the credential's 'Base URL'"],
	[500, {}, 'Cloudsquid could not handle the request (status 500)'],
	[301, '', "The 'Base URL' redirects to another address"],
	[200, '<html></html>', 'Received a web page instead of JSON'],
	[200, { projects: [] }, 'Cloudsquid returned an unexpected response'],
] as const;

function respond(status: number, body: unknown): void {
	environment.emulator.inject({ kind: 'answer', status, body, operation: 'listProjects' });
}

const search = async (filter?: string, baseUrl = environment.credential.baseUrl) => {
	const credential = { ...environment.credential, baseUrl };
	return await environment.engine.searchProjects(filter, credential);
};
const check = async (credential: Partial<typeof environment.credential> = {}) =>
	await environment.engine.testCredential({ ...environment.credential, ...credential });

test.each(failures)('both report what is wrong: %s %j', async (status, body, message) => {
	respond(status, body);
	const description = expect.stringMatching(/\w+/);
	await expect(search()).rejects.toMatchObject({ message, description });
	respond(status, body);
	const result = await check();
	expect(result.status).toBe('Error');
	expect(result.message.startsWith(`${message}. `)).toBe(true);
});

describe('the list of projects', () => {
	test('contains the names, and can be searched in any case', async () => {
		const all = environment.emulator.projects.map(({ name }) => ({ name, value: name }));
		expect(await search()).toEqual(expect.arrayContaining(all));
		expect(await search()).toHaveLength(all.length);
		const name = 'Invoices & Receipts';
		expect(await search('INVOICES')).toEqual([{ name, value: name }]);
		expect(await search('no such thing')).toEqual([]);
	});

	test('reports that there are no projects', async () => {
		respond(200, []);
		await expect(search()).rejects.toMatchObject({
			message: 'No projects found for this API key',
			description: expect.stringContaining("'By Name'"),
		});
	});

	test('reports that there is no connection', async () => {
		await expect(search('', nobody)).rejects.toThrow('Could not connect to Cloudsquid');
	});
});

describe('the credential test', () => {
	test('passes with the right key, on the list of projects', async () => {
		expect(await check()).toEqual({ status: 'OK', message: 'Connection successful' });
		const request = { method: 'GET', url: '/api/projects' };
		expect(environment.emulator.requests).toMatchObject([request]);
	});

	test('ignores a slash at the end of the URL, and spaces around URL and key', async () => {
		const { apiKey, baseUrl } = environment.credential;
		expect((await check({ baseUrl: `${baseUrl}/ ` })).status).toBe('OK');
		expect((await check({ apiKey: ` ${apiKey}\n` })).status).toBe('OK');
	});

	test.each([
		['the wrong key', { apiKey: 'another-key-1111' }, 'The API key was rejected'],
		['no key', { apiKey: '' }, "'API Key' is empty"],
		['a key of spaces', { apiKey: '  ' }, "'API Key' is empty"],
		['no URL', { baseUrl: 'api.cloudsquid.io' }, "'Base URL' is not a valid URL"],
		['no connection', { baseUrl: nobody }, 'Could not connect to Cloudsquid'],
	])('has a message of its own for %s', async (_, credential, message) => {
		const result = await check(credential);
		expect(result).toEqual({ status: 'Error', message: expect.stringContaining(message) });
		expect(result.message).not.toContain('another-key-1111');
	});

	test('follows no redirect', async () => {
		const otherHost = await startRecordingServer();
		environment.emulator.inject({ kind: 'redirect', location: `${otherHost.origin}/projects` });
		expect((await check()).status).toBe('Error');
		await otherHost.close();
		expect(otherHost.visits).toEqual([]);
	});
});

describe('the hints above the output', () => {
	const returnUnfinished = { options: { onTimeout: 'return' } };
	const unfinished = /do not finish within 'Max Wait \(Seconds\)'/;

	test.each<[string, INodeParameters, RegExp | undefined]>([
		['Start Run', startRun, /^Start Run does not wait/],
		['Start Run that waits', startAndWait, undefined],
		['Get Run', getRun, /run is still in progress/],
		['Get Run that waits', waitForRun, undefined],
		['Get Run that may return early', { ...waitForRun, ...returnUnfinished }, unfinished],
		['Extract', extract, undefined],
		['Extract that may return early', { ...extract, ...returnUnfinished }, unfinished],
	])('of %s say how to wait, unless it does', async (_, parameters, expected) => {
		const hints = await environment.engine.hintsFor(parameters, [{ json: {} }]);
		expect(hints).toEqual(expected ? [expect.stringMatching(expected)] : []);
	});

	test.each<[files: string[], skip: RegExp | undefined]>([
		[['a.pdf|application/pdf', 'b.txt|text/plain; charset=utf-8'], undefined],
		[['a.pdf|application/pdf', 'logo.gif|image/gif'], /^Files that/],
		[['a.PDF|application/octet-stream', 'offer.docx|application/octet-stream'], /^Files that/],
		[['scan.mp3|audio/x-mpeg', 'photo.heic|'], /^Files that/],
		[['logo.gif|image/gif'], /^Items that have no files/],
		[[], /^Items that have no files/],
		[['scan|'], undefined],
		[['Letter No.May|application/octet-stream'], undefined],
		[['pdf|image/gif'], /^Items that have no files/],
		[['scan|application/octet-stream', 'a.csv|application/x-unknown'], undefined],
	])('say that something of %j was skipped if it was', async (files, skip) => {
		const content = Object.fromEntries(
			files.map((file, index) => {
				const [fileName, mimeType] = file.split('|');
				return [`file_${index}`, { bytes: 'Total: 1', fileName, mimeType }];
			}),
		);
		const parameters = { ...upload, binaryPropertyName: '*' };
		const items = [await environment.fileItem(content)];
		const hints = await environment.engine.hintsFor(parameters, items);
		expect(hints).toEqual(skip ? [expect.stringMatching(skip)] : []);
		const outcome = await environment.runOn(items, parameters);
		const skipped = outcome.items.flatMap(({ json }) => json.skipped_files ?? []);
		expect([skipped.length > 0, outcome.items.length === 0 && !outcome.error]).toEqual([
			skip?.source === '^Files that',
			skip?.source === '^Items that have no files',
		]);
		const strict = { ...parameters, options: { onUnsupportedFile: 'error' } };
		expect(await environment.engine.hintsFor(strict, items)).toEqual([]);
	});
});
