import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExample, SAMPLE_FILE, STEPS } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { manualTriggerOf, withCredential } from '../host/workflow.mts';
import type { StoredWorkflow } from './n8n.mts';
import {
	callWebhook,
	importWorkflow,
	listExecutions,
	publish,
	removeCredential,
	removeWorkflow,
} from './n8n.mts';
import type { Setting } from './setting.mts';
import { openAnySetting } from './setting.mts';
import { documents, failSecond, source, whence } from './threeDocuments.mts';
import { until } from './until.mts';
import { chain, cloudsquidNode, extract, webhookNode } from './workflows.mts';

/*
 * What the node is for, on every n8n that the package is run on, and on one that somebody else has
 * started. Only what all of them offer in the same way is used here.
 */

let setting: Setting;
const stored: StoredWorkflow[] = [];

before(async () => {
	setting = await openAnySetting({ pendingMs: 50, runningMs: 100 });
});
after(async () => {
	if (!setting) return;
	try {
		for (const workflow of stored) await removeWorkflow(setting.client, workflow);
		await removeCredential(setting.client, setting.credential);
	} finally {
		await setting.close();
	}
});
beforeEach(() => setting.emulator.reset());

async function store(workflow: Workflow): Promise<StoredWorkflow> {
	const made = await importWorkflow(setting.client, workflow);
	stored.push(made);
	return made;
}

async function run(workflow: Workflow, trigger = 'Start'): Promise<Execution> {
	const id = await setting.client.run(await store(workflow), trigger);
	return await setting.client.waitForExecution(id, { timeoutMs: 60_000, pollMs: 100 });
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

test('n8n has loaded the node, and its variant for agents', async () => {
	const names = (await setting.client.nodeTypes()).map(({ name }) => name);
	assert.ok(names.includes('n8n-nodes-cloudsquid.cloudsquid'));
	assert.ok(names.includes('n8n-nodes-cloudsquid.cloudsquidTool'));
});

test('the credential is tested', async () => {
	const { client, credential } = setting;
	const testWith = async (data: JsonObject) =>
		await client.testCredential({ ...credential, data: { ...credential.data, ...data } });
	assert.deepEqual(await testWith({}), { status: 'OK', message: 'Connection successful' });
	const { status, message } = await testWith({ apiKey: 'wrong' });
	assert.equal(status, 'Error');
	assert.match(message, /^The API key was rejected\. Check 'API Key'/);
});

test('Upload, Start Run and Get Run give what Extract gives, with nothing filled in between', async () => {
	const example = withCredential(readExample('first-steps.json'), setting.credential);
	const execution = await run(example, manualTriggerOf(example));
	assert.equal(execution.status, 'success', execution.error?.message);
	const [inOneStep] = itemsOf(execution, STEPS.extract);
	const [inThree] = itemsOf(execution, STEPS.get);
	assert.equal(inOneStep?.json.status, 'done');
	assert.equal((inOneStep.json.data as JsonObject).invoice_number, 'INV-2026-0042');
	assert.deepEqual(inThree?.json.data, inOneStep.json.data);
	const operations = setting.emulator.requests.map(({ operationId }) => operationId);
	assert.deepEqual(operations.filter((name) => name !== 'getRun').sort(), [
		'startRun',
		'startRun',
		'uploadFile',
		'uploadFile',
	]);
});

describe('of several items', () => {
	test('each comes out in its place, linked to the one it came from', async () => {
		const execution = await run(
			chain('Several items', [...source(), cloudsquidNode(setting, extract), whence]),
		);
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(
			itemsOf(execution, 'Cloudsquid').map(({ json }) => (json.data as JsonObject).sha256),
			documents.map(({ text }) => sha256(text)),
		);
		assert.deepEqual(
			itemsOf(execution, 'Whence').map(({ json }) => json.source),
			documents.map(({ name }) => name),
		);
	});

	test('one that fails goes to the error output with its IDs', async () => {
		failSecond(setting.emulator);
		const node = cloudsquidNode(setting, extract, { onError: 'continueErrorOutput' });
		const failed = { ...whence, id: 'failed', name: 'Failed whence' };
		const execution = await run(chain('Error output', [...source(), node, whence], failed));
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(
			itemsOf(execution, 'Whence').map(({ json }) => json.source),
			['first.txt', 'third.txt'],
		);
		const [error, ...others] = itemsOf(execution, 'Cloudsquid', 1);
		assert.deepEqual(others, []);
		const runs = setting.emulator.runs.filter(({ status }) => status === 'error');
		assert.equal((error?.json.error as JsonObject).run_id, runs[0]?.run_id);
		assert.deepEqual(
			itemsOf(execution, 'Failed whence').map(({ json }) => [json.source, json.error]),
			[['second.txt', "The run ended with the status 'error' [Item 1]"]],
		);
	});

	test('one that fails ends the workflow, and says why', async () => {
		failSecond(setting.emulator);
		const node = cloudsquidNode(setting, extract);
		const execution = await run(chain('Stop at an error', [...source(), node]));
		assert.equal(execution.status, 'error');
		assert.equal(execution.error?.message, "The run ended with the status 'error' [Item 1]");
		assert.match(execution.error?.description ?? '', /Cloudsquid says: "The page is blank\."/);
	});
});

describe('Retry On Fail', () => {
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };

	test('sends no document twice, and starts no run twice', async () => {
		const { emulator } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
		emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {}, skip: 1 });
		const node = cloudsquidNode(setting, extract, settings);
		const execution = await run(chain('Retry On Fail', [...source(), node]));
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.equal(itemsOf(execution, 'Cloudsquid').length, 3);
		assert.equal(emulator.rows.length, 3);
		assert.equal(emulator.runs.length, 3);
	});

	test('waits for the same runs again', async () => {
		const { emulator } = setting;
		emulator.planRun({ phases: [{ status: 'running', ms: 2500 }], times: 'always' });
		const parameters = { ...extract, options: { maxWait: 2 } };
		const node = cloudsquidNode(setting, parameters, settings);
		const execution = await run(chain('Retry after Max Wait', [...source(), node]));
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.equal(emulator.rows.length, 3);
		assert.equal(emulator.runs.length, 3);
	});
});

test('Stop ends the waiting', async () => {
	const { client, emulator } = setting;
	emulator.planRun({ phases: [{ status: 'running', ms: 'always' }], times: 'always' });
	const node = cloudsquidNode(setting, extract);
	const id = await client.run(await store(chain('Stop', [...source(), node])), 'Start');
	await until('a look at each of the three runs', () => {
		return emulator.runs.length === 3 && emulator.runs.every(({ polls }) => polls.length > 0);
	});
	await client.stopExecution(id);
	const { status } = await client.waitForExecution(id, { timeoutMs: 10_000, pollMs: 50 });
	assert.equal(status, 'canceled');
	await until('no request under way', () => emulator.inFlight === 0);
	const looks = emulator.runs.map(({ polls }) => polls.length);
	// Looks come 1.5 s apart by now; none in twice that time shows that none is to come.
	await sleep(3000);
	assert.deepEqual(
		emulator.runs.map(({ polls }) => polls.length),
		looks,
	);
});

test('a published webhook has what it is sent extracted, and answers with it', async () => {
	const { client, server, emulator } = setting;
	const path = `smoke-${Date.now()}`;
	const webhook = webhookNode(path, 'lastNode');
	await publish(client, await store(chain('Webhook', [webhook, cloudsquidNode(setting, extract)])));
	const file = await readFile(SAMPLE_FILE);
	const response = await callWebhook(server, path, file);
	const answer = (await response.json()) as { data: JsonObject };
	assert.equal(answer.data.sha256, sha256(file));
	assert.equal(emulator.documents.length, 1);
});

test('the API key is in no execution that n8n gives', async () => {
	const { client, emulator } = setting;
	for (const workflow of stored) {
		const executions = await listExecutions(client, workflow);
		assert.ok(executions.length > 0, `the workflow ${workflow.id} has no execution`);
		for (const execution of executions) {
			const row = JSON.stringify(await client.send('GET', `/rest/executions/${execution.id}`));
			assert.ok(row.includes('Cloudsquid'), `the execution ${execution.id} holds nothing`);
			assert.ok(!row.includes(emulator.apiKey), `the execution ${execution.id} holds the key`);
		}
	}
});
