import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeListSearchResult } from 'n8n-workflow';
import { useSetting } from './setting.mts';

const setting = useSetting();

/** A base URL at which nothing listens. */
const nobody = 'http://127.0.0.1:1/api';

/** What Cloudsquid is made to answer to the list of projects, and what the user then reads. */
const hindrances = [
	[401, { errorMessage: 'Unauthorized' }, 'The API key was rejected'],
	[403, {}, 'This API key has no access to this project'],
	[404, {}, "Nothing found at the credential's 'Base URL'"],
	[429, {}, 'Cloudsquid is receiving too many requests'],
	[500, {}, 'Cloudsquid could not handle the request (status 500)'],
	[301, '', "The 'Base URL' redirects to another address"],
	[200, '<html></html>', 'Received a web page instead of JSON'],
	[200, '', 'Cloudsquid returned an empty response'],
	[200, '[{"na', 'The response from Cloudsquid could not be read'],
	[200, { projects: [] }, 'Cloudsquid returned an unexpected response'],
] as const;

describe('the list of projects', () => {
	const search = async (filter?: string, baseUrl = setting.credential.baseUrl) =>
		(await setting.engine.listSearch('getProjects', filter, {
			...setting.credential,
			baseUrl,
		})) as INodeListSearchResult;

	test('offers the names in order', async () => {
		const { results } = await search();
		const names = setting.emulator.projects.map(({ name }) => name);
		expect(results.map(({ value }) => value).sort()).toEqual([...names].sort());
		for (const { name, value } of results) expect(name).toBe(value);
	});

	test('can be searched, in any case', async () => {
		const { results } = await search('INVOICES');
		expect(results).toEqual([{ name: 'Invoices & Receipts', value: 'Invoices & Receipts' }]);
		expect((await search('no such thing')).results).toEqual([]);
	});

	test.each(hindrances)('says what is wrong: %s %j', async (status, body, message) => {
		setting.emulator.inject({ kind: 'answer', status, body, operation: 'listProjects' });
		await expect(search()).rejects.toMatchObject({
			message,
			description: expect.stringMatching(/\w+/),
		});
	});

	test('says when there is nothing to choose from', async () => {
		setting.emulator.inject({ kind: 'answer', status: 200, body: [], operation: 'listProjects' });
		await expect(search()).rejects.toMatchObject({
			message: 'No projects found for this API key',
			description: expect.stringContaining("'By Name'"),
		});
	});

	test('says when nobody answers', async () => {
		await expect(search('', nobody)).rejects.toMatchObject({
			message: 'Could not connect to Cloudsquid',
		});
	});
});

describe('the test of the credential', () => {
	const check = async (credential: Partial<typeof setting.credential> = {}) =>
		await setting.engine.testCredential({ ...setting.credential, ...credential });

	test('passes with the right key, on the list of projects', async () => {
		expect(await check()).toEqual({ status: 'OK', message: 'Connection successful' });
		expect(setting.emulator.requests).toMatchObject([{ method: 'GET', url: '/api/projects' }]);
	});

	test('does not mind a slash at the end of the address', async () => {
		const { status } = await check({ baseUrl: `${setting.credential.baseUrl}/ ` });
		expect(status).toBe('OK');
	});

	test('does not mind what was pasted around the key', async () => {
		const { status } = await check({ apiKey: ` ${setting.credential.apiKey}\n` });
		expect(status).toBe('OK');
	});

	test.each(hindrances)('says what is wrong: %s %j', async (status, body, message) => {
		setting.emulator.inject({ kind: 'answer', status, body, operation: 'listProjects' });
		const result = await check();
		expect(result.status).toBe('Error');
		expect(result.message.startsWith(`${message}. `)).toBe(true);
	});

	test.each([
		['the wrong key', { apiKey: 'another-key-1111' }, 'The API key was rejected'],
		['no key', { apiKey: '' }, "'API Key' is empty"],
		['a key of spaces', { apiKey: '  ' }, "'API Key' is empty"],
		['no address', { baseUrl: 'api.cloudsquid.io' }, "'Base URL' is not a valid URL"],
		['nobody there', { baseUrl: nobody }, 'Could not connect to Cloudsquid'],
	])('has a sentence of its own for %s', async (_, credential, message) => {
		const result = await check(credential);
		expect(result).toEqual({ status: 'Error', message: expect.stringContaining(message) });
		expect(result.message).not.toContain('another-key-1111');
	});

	test('takes the key nowhere else when it is redirected', async () => {
		const seen: unknown[] = [];
		const elsewhere: Server = createServer((request, response) => {
			seen.push(request.headers);
			response.end('[]');
		});
		await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
		const { port } = elsewhere.address() as AddressInfo;
		setting.emulator.inject({ kind: 'redirect', location: `http://127.0.0.1:${port}/projects` });
		expect((await check()).status).toBe('Error');
		await new Promise((resolve) => elsewhere.close(resolve));
		expect(seen).toEqual([]);
	});
});
