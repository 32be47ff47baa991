import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { operations } from '../docs/operations.mts';
import type { Execution, ExecutionData } from '../host/execution.mts';
import { toExecution } from '../host/execution.mts';
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
	folderNodes,
	jsonOf,
	makeNode,
	manualTrigger,
	source,
	summary,
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

async function run(workflow: Workflow): Promise<Execution> {
	const { client } = environment;
	const id = await client.run(await client.importWorkflow(workflow), 'Start');
	return await client.waitForExecution(id, { timeoutMs: 60_000, pollMs: 100 });
}

describe('what n8n has loaded', () => {
	const fetchFrom = async (file: string) => {
		const response = await fetch(`${environment.server.baseUrl}/${file}`);
		expect([file, response.status]).toEqual([file, 200]);
		return response;
	};

	test('contains icons for light and dark', async () => {
		const types = await environment.client.nodeTypes();
		const node = types.find(({ name }) => name === 'n8n-nodes-cloudsquid.cloudsquid')!;
		const { light, dark } = node.iconUrl as { light: string; dark: string };
		expect(light).not.toBe(dark);
		for (const icon of [light, dark]) {
			const response = await fetchFrom(icon);
			expect(response.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
			expect(await response.text()).toContain('<svg');
		}
	});

	test('contains an output preview for each operation', async () => {
		for (const { key } of operations) {
			const file = `schemas/n8n-nodes-cloudsquid.cloudsquid/1.0.0/${key.replace('.', '/')}.json`;
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

test('an active trigger starts its workflow with each file once, across a restart', async () => {
	const { client, emulator, server } = environment;
	const addFile = (name: string) =>
		emulator.addProjectFile(emulator.project, `/in/${name}`, `Vendor: ${name}`);
	addFile('old.txt');
	const workflow = await client.importWorkflow(chain('Files', folderNodes(environment)));
	await client.publish(workflow);
	const waitForExecutions = async (count: number) =>
		await waitFor(
			`${count} executions`,
			async () => (await client.listExecutions(workflow)).length >= count,
			{ timeoutMs: 90_000 },
		);
	addFile('while-active.txt');
	await waitForExecutions(1);
	await server.restart();
	addFile('after-restart.txt');
	await waitForExecutions(2);
	await client.unpublish(workflow);
	const executions = await client.listExecutions(workflow);
	const paths = executions.map(async ({ id }) =>
		jsonOf(await client.waitForExecution(id), 'Cloudsquid').map(({ path: name }) => name),
	);
	expect((await Promise.all(paths)).reverse()).toEqual([
		['/in/while-active.txt'],
		['/in/after-restart.txt'],
	]);
}, 240_000);

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
