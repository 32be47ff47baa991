import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, ExecutionItem } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import { n8nCli } from '../host/n8nCli.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { freePort } from '../host/ports.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { credentialFor } from '../host/workflow.mts';
import type { OwnSetting } from './setting.mts';
import { databaseFile, openSetting } from './setting.mts';
import { importWorkflow } from './n8n.mts';
import { documents, failSecond, source, whence } from './threeDocuments.mts';
import { until } from './until.mts';
import {
	chain,
	cloudsquidNode,
	extract,
	itemsNodes,
	makeNode,
	manualTrigger,
	upload,
} from './workflows.mts';

/** Nothing else on this machine looks like it, so that wherever it is found it has leaked. */
const apiKey = 'key-e2e-5b0d7f3a9c41-must-stay-secret';

let setting: OwnSetting;

before(async () => {
	setting = await openSetting({}, { apiKey, pendingMs: 50, runningMs: 100 });
});
after(async () => await setting?.close());
beforeEach(() => setting.emulator.reset());

/** Items that take the place of what a node would give, by the node's name. */
type Pinned = Workflow & { pinData?: Record<string, Array<Pick<ExecutionItem, 'json'>>> };

async function run(workflow: Pinned): Promise<Execution> {
	const { client } = setting;
	const id = await client.run(await importWorkflow(client, workflow), 'Start');
	return await client.waitForExecution(id, { timeoutMs: 60_000, pollMs: 100 });
}

const jsonOf = (execution: Execution, node: string, output = 0) =>
	itemsOf(execution, node, output).map(({ json }) => json);

const sha256 = (text: unknown) => createHash('sha256').update(String(text)).digest('hex');

/** n8n adds an entry to every node with a credential of its own, which points to the HTTP Request node. */
const isOurs = ({ value }: { value: string }) => value !== '__CUSTOM_API_CALL__';

describe('what n8n has loaded', () => {
	interface Description {
		displayName: string;
		iconUrl: { light: string; dark: string };
		codex: { categories: string[]; alias?: string[] };
		outputs: unknown;
		properties: Array<{
			name: string;
			displayOptions: { show: { resource: string[] } };
			options: Array<{ value: string }>;
		}>;
	}
	const find = async (name: string) => {
		const found = (await setting.client.nodeTypes()).find((each) => each.name === name);
		assert.ok(found, `${name} is not loaded`);
		return found as unknown as Description;
	};

	test('the node, with the codex that the search uses', async () => {
		const node = await find('n8n-nodes-cloudsquid.cloudsquid');
		assert.equal(node.displayName, 'Cloudsquid');
		const codex = JSON.parse(
			await readFile(
				new URL('../../nodes/Cloudsquid/Cloudsquid.node.json', import.meta.url),
				'utf8',
			),
		) as { categories: string[]; alias: string[] };
		assert.deepEqual(node.codex.categories, codex.categories);
		for (const alias of ['OCR', 'PDF', 'Invoice']) assert.ok(node.codex.alias?.includes(alias));
	});

	test('the same as a tool of agents', async () => {
		const tool = await find('n8n-nodes-cloudsquid.cloudsquidTool');
		assert.equal(tool.displayName, 'Cloudsquid Tool');
		assert.deepEqual(tool.codex.categories, ['AI']);
		assert.match(JSON.stringify(tool.outputs), /ai_tool/);
	});

	test('the icons, for light and dark', async () => {
		const { iconUrl } = await find('n8n-nodes-cloudsquid.cloudsquid');
		for (const path of [iconUrl.light, iconUrl.dark]) {
			const response = await fetch(`${setting.server.baseUrl}/${path}`);
			assert.equal(response.status, 200, path);
			assert.match(response.headers.get('content-type') ?? '', /^image\/svg\+xml/);
			assert.match(await response.text(), /<svg/);
		}
		assert.notEqual(iconUrl.light, iconUrl.dark);
	});

	test('what each operation puts out, to be shown before the first run', async () => {
		const { properties } = await find('n8n-nodes-cloudsquid.cloudsquid');
		const operations = properties.filter(({ name }) => name === 'operation');
		for (const { displayOptions, options } of operations) {
			for (const { value } of options.filter(isOurs)) {
				const path = `n8n-nodes-cloudsquid.cloudsquid/1.0.0/${displayOptions.show.resource[0]}/${value}`;
				const response = await fetch(`${setting.server.baseUrl}/schemas/${path}.json`);
				assert.equal(response.status, 200, path);
				assert.equal(((await response.json()) as JsonObject).type, 'object', path);
			}
		}
	});
});

describe("the credential's test", () => {
	const testWith = async (data: JsonObject) => {
		const { client, credential } = setting;
		return await client.testCredential({ ...credential, data: { ...credential.data, ...data } });
	};

	test('passes', async () => {
		assert.deepEqual(await testWith({}), { status: 'OK', message: 'Connection successful' });
	});

	test('says that the key is not accepted', async () => {
		const { status, message } = await testWith({ apiKey: 'wrong' });
		assert.equal(status, 'Error');
		assert.match(message, /^The API key was rejected\. Check 'API Key'/);
	});

	test('says that nobody listens', async () => {
		const { status, message } = await testWith({ baseUrl: `http://127.0.0.1:${await freePort()}` });
		assert.equal(status, 'Error');
		assert.match(message, /Base URL/);
	});

	test('says that a web page came back', async () => {
		const web = createServer((_, response) => {
			response.setHeader('content-type', 'text/html');
			response.end('<!doctype html><title>Welcome</title>');
		});
		await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
		const { port } = web.address() as { port: number };
		try {
			const { status, message } = await testWith({ baseUrl: `http://127.0.0.1:${port}/api` });
			assert.equal(status, 'Error');
			assert.match(message, /^Received a web page instead of JSON/);
		} finally {
			web.close();
		}
	});
});

test("the credential works in n8n's HTTP Request node, for what the node does not offer", async () => {
	const { emulator, credential } = setting;
	const request = makeNode(
		'Request',
		'n8n-nodes-base.httpRequest',
		{
			url: `${emulator.baseUrl}/projects`,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'cloudsquidApi',
			options: {},
		},
		{
			typeVersion: 4.2,
			credentials: { cloudsquidApi: { id: credential.id, name: credential.name } },
		},
	);
	const execution = await run(chain('HTTP Request', [manualTrigger(), request]));
	assert.equal(execution.status, 'success', execution.error?.message);
	assert.deepEqual(
		jsonOf(execution, 'Request').map(({ name }) => name),
		emulator.projects.map(({ name }) => name),
	);
});

describe('several items', () => {
	test('come out in order, each linked to the item it came from', async () => {
		const execution = await run(
			chain('Several items', [...source(), cloudsquidNode(setting, extract), whence]),
		);
		assert.equal(execution.status, 'success', execution.error?.message);
		const rows = jsonOf(execution, 'Cloudsquid');
		assert.deepEqual(
			rows.map(({ status, data }) => [status, (data as JsonObject).sha256]),
			documents.map(({ text }) => ['done', sha256(text)]),
		);
		assert.deepEqual(
			itemsOf(execution, 'Cloudsquid').map(({ pairedItem }) => pairedItem),
			[{ item: 0 }, { item: 1 }, { item: 2 }],
		);
		assert.deepEqual(
			jsonOf(execution, 'Whence').map((json) => [json.source, json.vendor]),
			documents.map(({ name }) => [name, `The ${String(name).replace('.txt', '')} one`]),
		);
	});

	test('one that fails ends the workflow, with its number and the IDs', async () => {
		failSecond(setting.emulator);
		const execution = await run(
			chain('Stop at an error', [...source(), cloudsquidNode(setting, extract)]),
		);
		assert.equal(execution.status, 'error');
		assert.equal(execution.lastNode, 'Cloudsquid');
		const { message, description } = execution.error ?? {};
		assert.equal(message, "The run ended with the status 'error' [Item 1]");
		const failed = setting.emulator.runs.find(({ status }) => status === 'error');
		assert.ok(description?.includes('Cloudsquid says: "The page is blank."'), description ?? '');
		assert.ok(description?.includes(failed?.run_id ?? 'none'), description ?? '');
	});

	test('one that fails goes to the error output, linked to its item', async () => {
		failSecond(setting.emulator);
		const node = cloudsquidNode(setting, extract, { onError: 'continueErrorOutput' });
		const failed = { ...whence, id: 'failed', name: 'Failed whence' };
		const execution = await run(chain('Error output', [...source(), node, whence], failed));
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(
			jsonOf(execution, 'Whence').map((json) => json.source),
			['first.txt', 'third.txt'],
		);
		const [error, ...others] = jsonOf(execution, 'Cloudsquid', 1);
		assert.deepEqual(others, []);
		assert.deepEqual(Object.keys(error ?? {}), ['error']);
		assert.deepEqual(
			jsonOf(execution, 'Failed whence').map((json) => [json.source, json.error]),
			[['second.txt', "The run ended with the status 'error' [Item 1]"]],
		);
	});

	test('one that fails stays in its place on the regular output', async () => {
		failSecond(setting.emulator);
		const node = cloudsquidNode(setting, extract, { onError: 'continueRegularOutput' });
		const execution = await run(chain('Regular output', [...source(), node, whence]));
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(
			jsonOf(execution, 'Whence').map((json) => [json.source, Boolean(json.error)]),
			[
				['first.txt', false],
				['second.txt', true],
				['third.txt', false],
			],
		);
	});
});

describe('what n8n itself does around the node', () => {
	const fromUrl = (fileUrl: string) => ({ ...upload, inputSource: 'url', fileUrl });

	test('pinned data comes in place of a call', async () => {
		const pinned = { status: 'done', data: { vendor: 'Pinned' } };
		const execution = await run({
			...chain('Pinned output', [...source(), cloudsquidNode(setting, extract), whence]),
			pinData: { Cloudsquid: [{ json: pinned }] },
		});
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(jsonOf(execution, 'Cloudsquid'), [pinned]);
		assert.deepEqual(setting.emulator.requests, []);
	});

	test('pinned data before the node is worked on like any other', async () => {
		const urls = ['https://files.example/1.pdf', 'https://files.example/2.pdf'];
		const nodes = [manualTrigger(), ...itemsNodes([{ link: 'none' }])];
		const execution = await run({
			...chain('Pinned input', [...nodes, cloudsquidNode(setting, fromUrl('={{ $json.link }}'))]),
			pinData: { Items: urls.map((link) => ({ json: { link } })) },
		});
		assert.equal(execution.status, 'success', execution.error?.message);
		// Both are under way at once; which comes first is open.
		const addresses = new Map(setting.emulator.documents.map(({ row_id, uri }) => [row_id, uri]));
		assert.deepEqual(
			itemsOf(execution, 'Cloudsquid').map(({ json, pairedItem }) => [
				addresses.get(json.row_id as string),
				pairedItem,
			]),
			urls.map((url, item) => [url, { item }]),
		);
		assert.equal(addresses.size, urls.length);
	});

	test('Stop ends the waiting', async () => {
		const { client, emulator } = setting;
		emulator.planRun({ phases: [{ status: 'running', ms: 'always' }], times: 'always' });
		const node = cloudsquidNode(setting, { ...extract, options: { pollInterval: 1 } });
		const workflow = await client.createWorkflow(chain('Stop', [...source(), node]));
		const id = await client.run(workflow);
		const polls = () => emulator.runs.map((each) => each.polls.length);
		await until('a look at each of the three runs', async () => {
			return (polls().length === 3 && polls().every((count) => count > 0)) || undefined;
		});
		await client.stopExecution(id);
		const { status } = await client.waitForExecution(id, { timeoutMs: 10_000, pollMs: 50 });
		assert.equal(status, 'canceled');
		await until('no request under way', () => emulator.inFlight === 0);
		const settled = polls();
		// Looks came once a second; two seconds without one show that none is to come.
		await sleep(2000);
		assert.deepEqual(polls(), settled);
	});
});

describe('the command line', () => {
	test('n8n execute runs the node', async () => {
		const { host, emulator } = setting;
		const cli = n8nCli(host, { userFolder: await preparedUserFolder(host) });
		const credential = { ...credentialFor(emulator), id: 'credential1' };
		const nodes = [...source(), cloudsquidNode({ emulator, credential }, extract), whence];
		await cli.importCredentials([credential]);
		await cli.importWorkflows([{ ...chain('Command line', nodes), id: 'workflow1' }]);
		const execution = await cli.execute('workflow1');
		assert.equal(execution.error, undefined);
		assert.deepEqual(
			jsonOf(execution, 'Whence').map((json) => json.source),
			documents.map(({ name }) => name),
		);
	});
});

/** Comes last: it looks through all that the tests before it have left. */
describe('the API key', () => {
	test('is hidden where the service itself repeats it', async () => {
		setting.emulator.inject({
			kind: 'answer',
			status: 400,
			body: { errorMessage: `The key ${apiKey} may not upload` },
			operation: 'uploadFile',
		});
		const execution = await run(
			chain('Echo', [...source(documents.slice(0, 1)), cloudsquidNode(setting, extract)]),
		);
		assert.equal(execution.status, 'error');
		assert.match(JSON.stringify(execution.error), /may not upload/);
		assert.ok(!JSON.stringify(execution).includes(apiKey));
	});

	test('is in no execution that n8n gives', async () => {
		const { client } = setting;
		const { results } = await client.send<{ results: Array<{ id: string }> }>(
			'GET',
			'/rest/executions?limit=100',
		);
		assert.ok(results.length >= 8, `only ${results.length} executions`);
		for (const { id } of results) {
			const row = JSON.stringify(await client.send('GET', `/rest/executions/${id}`));
			assert.ok(row.includes('Cloudsquid'), `the execution ${id} holds nothing`);
			assert.ok(!row.includes(apiKey), `the execution ${id} holds the key`);
		}
	});

	test('is neither in the database nor in the log', async () => {
		const { userFolder, server } = setting;
		const database = databaseFile(userFolder);
		const files = [database, `${database}-wal`, server.log ?? ''].filter(existsSync);
		assert.ok(files.length >= 2, files.join());
		const contents = await Promise.all(files.map(async (file) => await readFile(file)));
		assert.ok(contents.some((content) => content.includes('The page is blank.')));
		contents.forEach((content, index) => {
			assert.ok(!content.includes(apiKey), `${files[index]} holds the key`);
		});
	});
});
