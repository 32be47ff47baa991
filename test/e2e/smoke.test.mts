import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExample, SAMPLE_FILE, STEPS } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import type { StoredWorkflow } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { manualTriggerOf, withCredential } from '../host/workflow.mts';
import { hashOf } from './batches.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openAnyEnvironment } from './testEnvironment.mts';
import {
	chain,
	cloudsquidNode,
	documents,
	extract,
	folderNodes,
	jsonOf,
	source,
	summary,
	webhookNode,
} from './workflows.mts';

/*
 * What the node is for, on every n8n that it is tested on, and on one that is already running. Uses
 * only what all versions offer in the same way.
 */

let environment: TestEnvironment;
const stored: StoredWorkflow[] = [];

beforeAll(async () => {
	environment = await openAnyEnvironment({ pendingMs: 50, runningMs: 100 });
});
afterAll(async () => {
	if (!environment) return;
	const { client, credential } = environment;
	for (const workflow of stored) await client.removeWorkflow(workflow);
	await client.removeCredential(credential);
	await environment.close();
});
beforeEach(() => environment.emulator.reset());

async function store(workflow: Workflow): Promise<StoredWorkflow> {
	const imported = await environment.client.importWorkflow(workflow);
	stored.push(imported);
	return imported;
}

async function run(workflow: Workflow, trigger = 'Start'): Promise<Execution> {
	const { client } = environment;
	const id = await client.run(await store(workflow), trigger);
	return await client.waitForExecution(id, { timeoutMs: 60_000, pollMs: 100 });
}

/** Runs a workflow that must succeed. */
async function succeed(workflow: Workflow, trigger?: string): Promise<Execution> {
	const execution = await run(workflow, trigger);
	expect(execution).toEqual(expect.objectContaining({ status: 'success' }));
	return execution;
}

test('loads the node, its tool variant, and the trigger', async () => {
	const names = (await environment.client.nodeTypes()).map(({ name }) => name);
	expect(names).toContain('n8n-nodes-cloudsquid.cloudsquid');
	expect(names).toContain('n8n-nodes-cloudsquid.cloudsquidTool');
	expect(names).toContain('n8n-nodes-cloudsquid.cloudsquidTrigger');
});

test('tests the credential', async () => {
	const { client, credential } = environment;
	const testWith = async (data: JsonObject) =>
		await client.testCredential({ ...credential, data: { ...credential.data, ...data } });
	expect(await testWith({})).toEqual({ status: 'OK', message: 'Connection successful' });
	expect(await testWith({ apiKey: 'wrong' })).toEqual({
		status: 'Error',
		message: expect.stringMatching(/^The API key was rejected\. .*Check 'API Key'/),
	});
});

test('returns the same from Upload, Start Run, and Get Run with their defaults as from Extract', async () => {
	const example = withCredential(readExample('first-steps.json'), environment.credential);
	const execution = await succeed(example, manualTriggerOf(example));
	const [inOneStep] = jsonOf(execution, STEPS.extract);
	const [inThreeSteps] = jsonOf(execution, STEPS.get);
	const data = { invoice_number: 'INV-2026-0042' };
	expect(inOneStep).toMatchObject({ status: 'done', data });
	expect(inThreeSteps?.data).toEqual(inOneStep?.data);
	const operations = environment.emulator.requests.map(({ operationId }) => operationId);
	expect(operations.filter((name) => name !== 'getRun').sort()).toEqual([
		'startRun',
		'startRun',
		'uploadFile',
		'uploadFile',
	]);
});

describe('with several items', () => {
	const failure = "The run ended with the status 'error'";

	/** Lets the run of the second document fail. */
	const failSecond = () => {
		const data = { error: 'The page is blank.' };
		environment.emulator.planRun({ filename: 'second.txt', fail: true, data });
	};
	const failedRun = () => environment.emulator.runs.find(({ status }) => status === 'error')!;

	test('returns them in order, paired with their input items', async () => {
		const node = cloudsquidNode(environment, extract);
		const execution = await succeed(chain('Several items', [...source(), node, summary]));
		expect(jsonOf(execution, 'Cloudsquid')).toMatchObject(
			documents.map(({ text }) => ({ data: { sha256: hashOf(text) } })),
		);
		expect(jsonOf(execution, 'Summary').map((json) => json.source)).toEqual(
			documents.map(({ name }) => name),
		);
	});

	test.each([
		['sends a failed item to the error output', 'continueErrorOutput', [0, 2], [1]],
		['keeps a failed item in its place', 'continueRegularOutput', [0, 1, 2], []],
	] as const)('%s, with the ID of its run', async (_, onError, regularOutput, errorOutput) => {
		failSecond();
		const node = cloudsquidNode(environment, extract, { onError });
		const nodes = [...source(), node, summary];
		const failed = { ...summary, id: 'failed', name: 'Failed' };
		const execution = await succeed(chain('Continue on errors', nodes, failed));
		const expected = [
			{ source: 'first.txt', error: null, run_id: null },
			{ source: 'second.txt', error: failure, run_id: failedRun().run_id },
			{ source: 'third.txt', error: null, run_id: null },
		];
		expect(jsonOf(execution, 'Summary')).toEqual(regularOutput.map((item) => expected[item]));
		expect(jsonOf(execution, 'Failed')).toEqual(errorOutput.map((item) => expected[item]));
	});

	test('stops the workflow at a failed item, and says why', async () => {
		failSecond();
		const node = cloudsquidNode(environment, extract);
		const execution = await run(chain('Stop at an error', [...source(), node]));
		const error = { message: failure };
		expect(execution).toMatchObject({ status: 'error', lastNode: 'Cloudsquid', error });
		expect(execution.error?.description).toContain('Cloudsquid says: "The page is blank."');
		expect(execution.error?.description).toContain(failedRun().run_id);
	});

	test('sends no document twice, and starts no run twice, with Retry On Fail', async () => {
		const { emulator } = environment;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
		emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {}, skip: 1 });
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };
		const node = cloudsquidNode(environment, extract, settings);
		const execution = await succeed(chain('Retry On Fail', [...source(), node]));
		expect(jsonOf(execution, 'Cloudsquid')).toHaveLength(3);
		expect([emulator.rows.length, emulator.runs.length]).toEqual([3, 3]);
	});
});

test('stops polling when the execution is stopped', async () => {
	const { client, emulator } = environment;
	emulator.planRun({ pendingMs: 0, runningMs: 'always', times: 'always' });
	const parameters = { ...extract, options: { pollInterval: 1 } };
	const nodes = [...source(), cloudsquidNode(environment, parameters)];
	const id = await client.run(await store(chain('Stop', nodes)), 'Start');
	const pollCounts = () => emulator.runs.map(({ polls }) => polls.length);
	await waitFor('a poll of each run', () => {
		return pollCounts().length === 3 && pollCounts().every((count) => count > 0);
	});
	await client.stopExecution(id);
	const { status } = await client.waitForExecution(id, { timeoutMs: 10_000, pollMs: 50 });
	expect(status).toBe('canceled');
	await waitFor('the end of all requests', () => emulator.inFlight === 0);
	const counts = pollCounts();
	// Polls came once a second. Two seconds without one show that none will come.
	await sleep(2000);
	expect(pollCounts()).toEqual(counts);
});

test('extracts a document sent to a webhook, and responds with the result', async () => {
	const { client, emulator } = environment;
	const path = `smoke-${Date.now()}`;
	const nodes = [webhookNode(path, 'lastNode'), cloudsquidNode(environment, extract)];
	await client.publish(await store(chain('Webhook', nodes)));
	const file = await readFile(SAMPLE_FILE);
	const response = await client.callWebhook(path, new Blob([file], { type: 'application/pdf' }));
	expect(await response.json()).toMatchObject({ data: { sha256: hashOf(file) } });
	expect(emulator.documents).toHaveLength(1);
});

test('starts a workflow once for each new file of a project', async () => {
	const { client, emulator } = environment;
	const addFile = (name: string) =>
		emulator.addProjectFile(emulator.project, `/in/${name}`, `Vendor: ${name}`);
	addFile('old.txt');
	const workflow = await store(chain('New files', folderNodes(environment)));
	// n8n polls when a workflow is published, and then every minute.
	await client.publish(workflow);
	for (const name of ['a.txt', 'b.txt']) {
		await client.unpublish(workflow);
		addFile(name);
		await client.publish(workflow);
	}
	const executions = await waitFor('two executions', async () => {
		const found = await client.listExecutions(workflow);
		return found.length >= 2 && found;
	});
	const results = await Promise.all(
		executions.map(async ({ id }) => await client.waitForExecution(id)),
	);
	const items = results.flatMap((execution) => jsonOf(execution, 'Cloudsquid'));
	expect(items.map(({ path }) => path).sort()).toEqual(['/in/a.txt', '/in/b.txt']);
	expect(emulator.documents).toMatchObject([{ file_type: 'uri' }, { file_type: 'uri' }]);
	await client.unpublish(workflow);
});

/** Must be the last test: it searches what the tests before it have left. */
test('keeps the API key out of all executions', async () => {
	const { client, emulator } = environment;
	for (const workflow of stored) {
		const executions = await client.listExecutions(workflow);
		expect(executions).not.toEqual([]);
		for (const { id } of executions) {
			const row = JSON.stringify(await client.send('GET', `/rest/executions/${id}`));
			expect(row).toContain('Cloudsquid');
			expect(row).not.toContain(emulator.apiKey);
		}
	}
});
