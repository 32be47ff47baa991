import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExample, SAMPLE_FILE, STEPS } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { StoredWorkflow } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { manualTriggerOf, withCredential } from '../host/workflow.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openAnyEnvironment } from './testEnvironment.mts';
import {
	chain,
	cloudsquidNode,
	documents,
	extract,
	failSecond,
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

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const success = expect.objectContaining({ status: 'success' });

/** The source and the error of each item in the summary. */
const summaryOf = (execution: Execution, node = 'Summary') =>
	itemsOf(execution, node).map(({ json }) => [json.source, json.error ?? null]);

test('loads the node, and its variant for agents', async () => {
	const names = (await environment.client.nodeTypes()).map(({ name }) => name);
	expect(names).toContain('n8n-nodes-cloudsquid.cloudsquid');
	expect(names).toContain('n8n-nodes-cloudsquid.cloudsquidTool');
});

test('tests the credential', async () => {
	const { client, credential } = environment;
	const testWith = async (data: JsonObject) =>
		await client.testCredential({ ...credential, data: { ...credential.data, ...data } });
	expect(await testWith({})).toEqual({ status: 'OK', message: 'Connection successful' });
	expect(await testWith({ apiKey: 'wrong' })).toEqual({
		status: 'Error',
		message: expect.stringMatching(/^The API key was rejected\. Check 'API Key'/),
	});
});

test('returns the same from Upload, Start Run, and Get Run with their defaults as from Extract', async () => {
	const example = withCredential(readExample('first-steps.json'), environment.credential);
	const execution = await run(example, manualTriggerOf(example));
	expect(execution).toEqual(success);
	const [inOneStep] = itemsOf(execution, STEPS.extract);
	const [inThreeSteps] = itemsOf(execution, STEPS.get);
	expect(inOneStep?.json).toMatchObject({
		status: 'done',
		data: { invoice_number: 'INV-2026-0042' },
	});
	expect(inThreeSteps?.json.data).toEqual(inOneStep?.json.data);
	const operations = environment.emulator.requests.map(({ operationId }) => operationId);
	expect(operations.filter((name) => name !== 'getRun').sort()).toEqual([
		'startRun',
		'startRun',
		'uploadFile',
		'uploadFile',
	]);
});

describe('with several items', () => {
	test('returns them in order, paired with their input items', async () => {
		const node = cloudsquidNode(environment, extract);
		const execution = await run(chain('Several items', [...source(), node, summary]));
		expect(execution).toEqual(success);
		expect(
			itemsOf(execution, 'Cloudsquid').map(({ json }) => (json.data as JsonObject).sha256),
		).toEqual(documents.map(({ text }) => sha256(text)));
		expect(summaryOf(execution)).toEqual(documents.map(({ name }) => [name, null]));
	});

	test('sends a failed item to the error output, with its IDs', async () => {
		failSecond(environment.emulator);
		const node = cloudsquidNode(environment, extract, { onError: 'continueErrorOutput' });
		const failed = { ...summary, id: 'failed', name: 'Failed' };
		const execution = await run(chain('Error output', [...source(), node, summary], failed));
		expect(execution).toEqual(success);
		expect(summaryOf(execution).map(([name]) => name)).toEqual(['first.txt', 'third.txt']);
		expect(summaryOf(execution, 'Failed')).toEqual([
			['second.txt', "The run ended with the status 'error' [Item 1]"],
		]);
		const { run_id } = environment.emulator.runs.find(({ status }) => status === 'error')!;
		const errors = itemsOf(execution, 'Cloudsquid', 1);
		expect(errors.map(({ json }) => json)).toEqual([
			{ error: expect.objectContaining({ run_id }) },
		]);
	});

	test('keeps a failed item in its place on the regular output', async () => {
		failSecond(environment.emulator);
		const node = cloudsquidNode(environment, extract, { onError: 'continueRegularOutput' });
		const execution = await run(chain('Regular output', [...source(), node, summary]));
		expect(execution).toEqual(success);
		expect(summaryOf(execution)).toEqual([
			['first.txt', null],
			['second.txt', expect.stringContaining('ended with the status')],
			['third.txt', null],
		]);
	});

	test('stops the workflow at a failed item, and says why', async () => {
		failSecond(environment.emulator);
		const node = cloudsquidNode(environment, extract);
		const execution = await run(chain('Stop at an error', [...source(), node]));
		expect(execution).toMatchObject({
			status: 'error',
			lastNode: 'Cloudsquid',
			error: { message: "The run ended with the status 'error' [Item 1]" },
		});
		const { run_id } = environment.emulator.runs.find(({ status }) => status === 'error')!;
		expect(execution.error?.description).toContain('Cloudsquid says: "The page is blank."');
		expect(execution.error?.description).toContain(run_id);
	});
});

describe('Retry On Fail', () => {
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };

	test('sends no document twice, and starts no run twice', async () => {
		const { emulator } = environment;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
		emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {}, skip: 1 });
		const node = cloudsquidNode(environment, extract, settings);
		const execution = await run(chain('Retry On Fail', [...source(), node]));
		expect(execution).toEqual(success);
		expect(itemsOf(execution, 'Cloudsquid')).toHaveLength(3);
		expect([emulator.rows.length, emulator.runs.length]).toEqual([3, 3]);
	});

	test('waits for the same runs again', async () => {
		const { emulator } = environment;
		emulator.planRun({ phases: [{ status: 'running', ms: 2500 }], times: 'always' });
		const parameters = { ...extract, options: { maxWait: 2 } };
		const node = cloudsquidNode(environment, parameters, settings);
		const execution = await run(chain('Retry after Max Wait', [...source(), node]));
		expect(execution).toEqual(success);
		expect([emulator.rows.length, emulator.runs.length]).toEqual([3, 3]);
	});
});

test('stops polling when the execution is stopped', async () => {
	const { client, emulator } = environment;
	emulator.planRun({ phases: [{ status: 'running', ms: 'always' }], times: 'always' });
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
	expect(await response.json()).toMatchObject({ data: { sha256: sha256(file) } });
	expect(emulator.documents).toHaveLength(1);
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
