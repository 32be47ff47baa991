import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SAMPLE_FILE } from '../host/examples.mts';
import type { Execution, ExecutionData, ExecutionItem } from '../host/execution.mts';
import { itemsOf, toExecution } from '../host/execution.mts';
import { logFile } from '../host/folders.mts';
import { waitFor } from '../host/n8nClient.mts';
import { n8nEnvironment } from '../host/n8nSettings.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { run as runProgram } from '../host/processes.mts';
import type { Workflow } from '../host/workflow.mts';
import { credentialFor } from '../host/workflow.mts';
import type { OwnEnvironment } from './testEnvironment.mts';
import { openEnvironment } from './testEnvironment.mts';
import {
	chain,
	cloudsquidNode,
	documents,
	extract,
	itemsNodes,
	makeNode,
	manualTrigger,
	source,
	summary,
	upload,
	webhookNode,
} from './workflows.mts';

/** Occurs nowhere else on this machine, so that wherever it is found, it has leaked. */
const apiKey = 'key-e2e-5b0d7f3a9c41-must-stay-secret';

let environment: OwnEnvironment;

beforeAll(async () => {
	environment = await openEnvironment({}, { apiKey, pendingMs: 50, runningMs: 100 });
});
afterAll(async () => await environment?.close());
beforeEach(() => environment.emulator.reset());

const success = expect.objectContaining({ status: 'success' });
const jsonOf = (execution: Execution, node: string) =>
	itemsOf(execution, node).map(({ json }) => json);

/** Runs a workflow. Pinned items replace the output of a node. */
async function run(
	workflow: Workflow & { pinData?: Record<string, Array<Pick<ExecutionItem, 'json'>>> },
): Promise<Execution> {
	const { client } = environment;
	const id = await client.run(await client.importWorkflow(workflow), 'Start');
	return await client.waitForExecution(id, { timeoutMs: 60_000, pollMs: 100 });
}

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
	const findType = async (name: string) => {
		const found = (await environment.client.nodeTypes()).find((type) => type.name === name);
		return found as unknown as Description;
	};
	const fetchFrom = async (file: string) => {
		const response = await fetch(`${environment.server.baseUrl}/${file}`);
		expect([file, response.status]).toEqual([file, 200]);
		return response;
	};

	test('contains the codex, which the search uses', async () => {
		const { codex } = await findType('n8n-nodes-cloudsquid.cloudsquid');
		const file = 'nodes/Cloudsquid/Cloudsquid.node.json';
		const { categories, alias } = JSON.parse(readFileSync(file, 'utf8'));
		expect(codex).toMatchObject({ categories, alias: expect.arrayContaining(alias) });
	});

	test('contains a tool for agents', async () => {
		const tool = await findType('n8n-nodes-cloudsquid.cloudsquidTool');
		expect(tool).toMatchObject({ displayName: 'Cloudsquid Tool', codex: { categories: ['AI'] } });
		expect(JSON.stringify(tool.outputs)).toContain('ai_tool');
	});

	test('contains icons for light and dark', async () => {
		const { light, dark } = (await findType('n8n-nodes-cloudsquid.cloudsquid')).iconUrl;
		expect(light).not.toBe(dark);
		for (const icon of [light, dark]) {
			const response = await fetchFrom(icon);
			expect(response.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
			expect(await response.text()).toContain('<svg');
		}
	});

	test('contains an output preview for each operation', async () => {
		const { properties } = await findType('n8n-nodes-cloudsquid.cloudsquid');
		const previews = properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ displayOptions: { show }, options }) =>
				// n8n adds an entry for the HTTP Request node.
				options
					.filter(({ value }) => value !== '__CUSTOM_API_CALL__')
					.map(({ value }) => `${show.resource[0]}/${value}`),
			);
		expect(previews).toContain('document/extract');
		for (const preview of previews) {
			const file = `schemas/n8n-nodes-cloudsquid.cloudsquid/1.0.0/${preview}.json`;
			expect(await (await fetchFrom(file)).json()).toMatchObject({ type: 'object' });
		}
	});
});

test("offers the credential to n8n's HTTP Request node", async () => {
	const { emulator, credential } = environment;
	const { id, name } = credential;
	const request = makeNode(
		'Request',
		'n8n-nodes-base.httpRequest',
		{
			url: `${emulator.baseUrl}/projects`,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'cloudsquidApi',
			options: {},
		},
		{ typeVersion: 4.2, credentials: { cloudsquidApi: { id, name } } },
	);
	const execution = await run(chain('HTTP Request', [manualTrigger(), request]));
	expect(execution).toEqual(success);
	expect(jsonOf(execution, 'Request').map((json) => json.name)).toEqual(
		emulator.projects.map((project) => project.name),
	);
});

describe('pinned data', () => {
	test('replaces a request', async () => {
		const pinned = { status: 'done', data: { vendor: 'Pinned' } };
		const nodes = [...source(), cloudsquidNode(environment, extract), summary];
		const pinData = { Cloudsquid: [{ json: pinned }] };
		const execution = await run({ ...chain('Pinned output', nodes), pinData });
		expect(execution).toEqual(success);
		expect(jsonOf(execution, 'Cloudsquid')).toEqual([pinned]);
		expect(environment.emulator.requests).toEqual([]);
	});

	test('can be the input', async () => {
		const urls = ['https://files.example/1.pdf', 'https://files.example/2.pdf'];
		const parameters = { ...upload, inputSource: 'url', fileUrl: '={{ $json.link }}' };
		const nodes = [manualTrigger(), ...itemsNodes([{ link: 'none' }])];
		const execution = await run({
			...chain('Pinned input', [...nodes, cloudsquidNode(environment, parameters)]),
			pinData: { Items: urls.map((link) => ({ json: { link } })) },
		});
		expect(execution).toEqual(success);
		const { documents: sent } = environment.emulator;
		const uris = new Map(sent.map(({ row_id, uri }) => [row_id, uri]));
		expect(
			itemsOf(execution, 'Cloudsquid').map(({ json, pairedItem }) => [
				uris.get(json.row_id as string),
				pairedItem,
			]),
		).toEqual(urls.map((url, item) => [url, { item }]));
		expect(sent).toHaveLength(2);
	});
});

test('runs on the command line, with n8n execute', async () => {
	const { host, emulator } = environment;
	const userFolder = await preparedUserFolder(host);
	const cli = async (...args: string[]) => {
		const log = logFile('n8n-cli');
		const env = await n8nEnvironment(host, { userFolder });
		const all = [host.n8nBin, ...args];
		const { code } = await runProgram(host.node.file, all, { cwd: userFolder, env, log });
		const output = await readFile(log, 'utf8');
		expect([code, output]).toEqual([0, output]);
		return output;
	};
	const credential = { ...credentialFor(emulator), id: 'credential1' };
	const nodes = [...source(), cloudsquidNode({ emulator, credential }, extract), summary];
	const imports = {
		credentials: [credential],
		workflow: [{ ...chain('Command line', nodes), id: 'workflow1' }],
	};
	for (const [kind, content] of Object.entries(imports)) {
		const file = path.join(userFolder, `${kind}.json`);
		writeFileSync(file, JSON.stringify(content));
		await cli(`import:${kind}`, `--input=${file}`);
	}
	const output = await cli('execute', '--id=workflow1', '--rawOutput');
	// The execution is between log messages, from a line `{` to a line `}`.
	const { data } = JSON.parse(/^\{$[\s\S]*?^\}$/m.exec(output)![0]) as { data: ExecutionData };
	const execution = toExecution({ id: '1', status: 'success' }, data);
	expect(jsonOf(execution, 'Summary').map((json) => json.source)).toEqual(
		documents.map(({ name }) => name),
	);
});

describe('a published workflow', () => {
	/** Publishes a workflow, triggers it, and returns the first execution that has ended. */
	async function whilePublished(
		workflow: Workflow,
		trigger: () => Promise<void> = async () => undefined,
	): Promise<Execution> {
		const { client } = environment;
		const stored = await client.importWorkflow(workflow);
		await client.publish(stored);
		try {
			await trigger();
			const id = await waitFor('an execution that has ended', async () => {
				const executions = await client.listExecutions(stored);
				return executions.find(({ status }) => status === 'success' || status === 'error')?.id;
			});
			return await client.execution(id);
		} finally {
			await client.unpublish(stored);
		}
	}

	test('extracts a file from a form, and responds with the result', async () => {
		const { client, emulator } = environment;
		const file = readFileSync(SAMPLE_FILE);
		const form = new FormData();
		form.append('data', new Blob([file], { type: 'application/pdf' }), 'Rechnung März.pdf');
		const nodes = [webhookNode('form', 'lastNode'), cloudsquidNode(environment, extract)];
		let response: unknown;
		const execution = await whilePublished(chain('Form', nodes), async () => {
			response = await (await client.callWebhook('form', form)).json();
		});
		expect(execution).toEqual(success);
		const sha256 = createHash('sha256').update(file).digest('hex');
		expect(response).toMatchObject({ data: { invoice_number: 'INV-2026-0042', sha256 } });
		expect(emulator.documents[0]?.filename).toBe('Rechnung März.pdf');
		expect(jsonOf(execution, 'Cloudsquid')).toEqual([response]);
	});

	test('runs on a schedule', async () => {
		const rule = { interval: [{ field: 'seconds', secondsInterval: 1 }] };
		const type = 'n8n-nodes-base.scheduleTrigger';
		const schedule = makeNode('Schedule', type, { rule }, { typeVersion: 1.2 });
		const projects = { resource: 'project', operation: 'getAll', returnAll: true };
		const nodes = [schedule, cloudsquidNode(environment, projects)];
		const execution = await whilePublished(chain('Schedule', nodes));
		expect(execution).toEqual(success);
		expect(jsonOf(execution, 'Cloudsquid').map((json) => json.name)).toEqual(
			environment.emulator.projects.map(({ name }) => name),
		);
	});
});

/** Must be the last tests: they search what the tests before them have left. */
describe('the API key', () => {
	test('is redacted in a response that contains it', async () => {
		const body = { errorMessage: `The key ${apiKey} may not upload` };
		environment.emulator.inject({ kind: 'answer', status: 400, body, operation: 'uploadFile' });
		const nodes = [...source(documents.slice(0, 1)), cloudsquidNode(environment, extract)];
		const execution = await run(chain('Echo', nodes));
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution.error)).toContain('may not upload');
		expect(JSON.stringify(execution)).not.toContain(apiKey);
	});

	test('is neither in the database nor in the log', async () => {
		const { userFolder, server } = environment;
		const database = path.join(userFolder, '.n8n/database.sqlite');
		const files = [database, `${database}-wal`, server.log!].filter(existsSync);
		const contents = await Promise.all(files.map(async (file) => await readFile(file)));
		expect(contents.some((content) => content.includes('may not upload'))).toBe(true);
		const leaks = files.filter((_file, index) => contents[index]!.includes(apiKey));
		expect(leaks).toEqual([]);
	});
});
