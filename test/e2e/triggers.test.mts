import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SAMPLE_FILE } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { Workflow } from '../host/workflow.mts';
import { callWebhook, importWorkflow, listExecutions, publish, unpublish } from './n8n.mts';
import type { Setting } from './setting.mts';
import { openSetting } from './setting.mts';
import { until } from './until.mts';
import { chain, cloudsquidNode, extract, makeNode, webhookNode } from './workflows.mts';

let setting: Setting;

before(async () => {
	setting = await openSetting({}, { pendingMs: 50, runningMs: 100 });
});
after(async () => await setting?.close());
beforeEach(() => setting.emulator.reset());

/** Publishes a workflow, lets `work` bring its trigger about, and gives the first execution that has ended. */
async function whilePublished(
	workflow: Workflow,
	work: () => Promise<void> = async () => undefined,
): Promise<Execution> {
	const { client } = setting;
	const stored = await importWorkflow(client, workflow);
	await publish(client, stored);
	try {
		await work();
		const id = await until('an execution that has ended', async () => {
			const executions = await listExecutions(client, stored);
			return executions.find(({ status }) => status === 'success' || status === 'error')?.id;
		});
		return await client.execution(id);
	} finally {
		await unpublish(client, stored);
	}
}

describe('a published workflow', () => {
	const send = async (path: string, body: Buffer | FormData) =>
		await callWebhook(setting.server, path, body);

	test('extracts what a webhook is sent as a form, and answers with it', async () => {
		const file = await readFile(SAMPLE_FILE);
		const form = new FormData();
		form.append('data', new Blob([file], { type: 'application/pdf' }), 'Rechnung März.pdf');
		let answer: { data?: Record<string, unknown> } = {};
		const execution = await whilePublished(
			chain('Webhook with a form', [
				webhookNode('form', 'lastNode'),
				cloudsquidNode(setting, extract),
			]),
			async () => {
				answer = (await (await send('form', form)).json()) as typeof answer;
			},
		);
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.equal(answer.data?.invoice_number, 'INV-2026-0042');
		assert.equal(answer.data?.sha256, createHash('sha256').update(file).digest('hex'));
		assert.equal(setting.emulator.documents[0]?.filename, 'Rechnung März.pdf');
		assert.deepEqual(itemsOf(execution, 'Cloudsquid')[0]?.json, answer);
	});

	test('extracts what a webhook is sent as its whole body', async () => {
		const file = await readFile(SAMPLE_FILE);
		const execution = await whilePublished(
			chain('Webhook with a body', [
				webhookNode('body', 'onReceived'),
				cloudsquidNode(setting, extract),
			]),
			async () => {
				await send('body', file);
			},
		);
		assert.equal(execution.status, 'success', execution.error?.message);
		const { data } = itemsOf(execution, 'Cloudsquid')[0]?.json ?? {};
		assert.equal((data as { total?: string }).total, '602.38');
	});

	test('is started by a schedule', async () => {
		const schedule = makeNode(
			'Schedule',
			'n8n-nodes-base.scheduleTrigger',
			{ rule: { interval: [{ field: 'seconds', secondsInterval: 1 }] } },
			{ typeVersion: 1.2 },
		);
		const projects = { resource: 'project', operation: 'getAll', returnAll: true };
		const execution = await whilePublished(
			chain('Schedule', [schedule, cloudsquidNode(setting, projects)]),
		);
		assert.equal(execution.status, 'success', execution.error?.message);
		assert.deepEqual(
			itemsOf(execution, 'Cloudsquid').map(({ json }) => json.name),
			setting.emulator.projects.map(({ name }) => name),
		);
	});
});
