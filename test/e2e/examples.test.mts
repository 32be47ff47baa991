import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { INodeTypeDescription } from 'n8n-workflow';
import type { Emulator } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { N8nClient } from '../host/n8nClient.mts';
import type { Credential, Json, JsonObject, Workflow } from '../host/workflow.mts';
import { credentialFor, withCredential } from '../host/workflow.mts';
import { findDescription, findParameterFaults } from './descriptions.mts';
import { until } from './until.mts';
import type { NodeSettings } from './workflows.mts';
import type { Example } from '../host/examples.mts';
import {
	chooseCredential,
	findNode,
	listExamples,
	readExample,
	readFile,
	withParameters,
	withNewWebhooks,
	withNode,
} from '../host/examples.mts';
import type { ChatMessage, ChatRequest } from './servers.mts';
import { serveChatModel, serveFile, serveMail } from './servers.mts';
import type { Setting } from './setting.mts';
import { openSetting } from './setting.mts';
import type { StoredWorkflow } from './n8n.mts';
import { importWorkflow, listExecutions, publish, unpublish } from './n8n.mts';

let setting: Setting;
let client: N8nClient;

before(async () => {
	setting = await openSetting();
	({ client } = setting);
});
after(async () => await setting?.close());

const sample = readFile('sample-invoice.pdf');
const hashOf = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

/**
 * Runs a part of a test with a Cloudsquid of its own, so that tests do not get in each other's
 * way.
 */
async function withCloudsquid(
	work: (emulator: Emulator, credential: Credential & { id: string }) => Promise<void>,
): Promise<void> {
	const emulator = await startEmulator({ temporaryFolder: temporaryFolder('e2e') });
	try {
		const credential = await client.createCredential({
			...credentialFor(emulator),
			name: `Cloudsquid at ${emulator.origin}`,
		});
		await work(emulator, credential);
	} finally {
		await emulator.close();
	}
}

/** Runs a workflow from a trigger to its end, which must be a success unless said. */
async function execute(
	workflow: StoredWorkflow,
	trigger: string,
	status = 'success',
): Promise<Execution> {
	return await endOf(await client.run(workflow, trigger), status);
}

async function endOf(executionId: string, status = 'success'): Promise<Execution> {
	const execution = await client.waitForExecution(executionId, { timeoutMs: 180_000 });
	assert.equal(execution.status, status, execution.error?.message);
	return execution;
}

/** The fields of what a node put out at one of its outputs. */
function jsonOf(execution: Execution, node: string, output = 0): JsonObject[] {
	return itemsOf(execution, node, output).map(({ json }) => json);
}

function pick(from: Json | undefined, ...names: string[]): JsonObject {
	const fields = (from ?? {}) as JsonObject;
	return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

describe('every example', () => {
	const examples = listExamples();
	let types: INodeTypeDescription[];

	before(async () => {
		types = (await client.nodeTypes()) as unknown as INodeTypeDescription[];
	});

	test('there are seven', () => assert.equal(examples.length, 7));

	for (const name of examples) {
		test(`${name} is imported without a warning`, async () => {
			const example = readExample(name);
			for (const node of example.nodes) {
				const description = findDescription(types, node);
				assert.ok(description, `n8n does not know ${node.type} in version ${node.typeVersion}`);
				assert.deepEqual(findParameterFaults(node, description), [], node.name);
			}
			assertConnected(example);
			assert.ok(example.nodes.some(({ type }) => type === 'n8n-nodes-base.stickyNote'));
		});

		test(`${name} holds placeholders, and takes the credential by its name`, async () => {
			const example = readExample(name);
			for (const { name: node, credentials = {} } of example.nodes) {
				// n8n refuses to run a workflow that has a name for a credential it does not find.
				assert.ok(
					Object.keys(credentials).every((type) => type === 'cloudsquidApi'),
					node,
				);
				assert.equal(credentials.cloudsquidApi?.id ?? null, null, node);
			}
			const stored = await importWorkflow(client, example);
			const found = cloudsquidNodesOf(stored).map(
				({ credentials }) => credentials?.cloudsquidApi?.id,
			);
			assert.ok(found.length > 0);
			assert.deepEqual(new Set(found), new Set([setting.credential.id]));
			for (const { parameters } of cloudsquidNodesOf(example)) assertPlaceholders(parameters);
		});
	}
});

function cloudsquidNodesOf({ nodes }: Workflow) {
	return nodes.filter(({ type }) => type.startsWith('n8n-nodes-cloudsquid.'));
}

function assertConnected({ nodes, connections }: Workflow): void {
	const names = nodes.map(({ name }) => name);
	assert.equal(new Set(names).size, names.length);
	const targets = [...JSON.stringify(connections).matchAll(/"node":("(?:[^"\\]|\\.)*")/g)];
	for (const name of [
		...Object.keys(connections),
		...targets.map(([, text]) => JSON.parse(text!)),
	]) {
		assert.ok(names.includes(name as string), `"${String(name)}" is connected and is not there`);
	}
}

/** They are what the emulator has, so that the demo and these tests need not change them. */
function assertPlaceholders({ project, table }: JsonObject): void {
	const { emulator } = setting;
	assert.equal((project as JsonObject).value, emulator.project);
	if (table === undefined) return;
	const tables: Json[] = [emulator.tableId, emulator.reconcileTableId];
	assert.ok(tables.includes((table as JsonObject).value ?? null));
}

describe('run on n8n', { concurrency: 2 }, () => {
	// The first, since it takes longest: it waits while the others are at work.
	test('long-run-with-wait.json puts the execution away and goes on later', async () => {
		const recording = Buffer.from('not really a recording');
		const storage = await serveFile(recording, 'audio/mpeg');
		try {
			await withCloudsquid(async (emulator, credential) => {
				emulator.planRun({ filename: 'board-meeting.mp3', pendingMs: 0, runningMs: 10_000 });
				await runLong(emulator, credential, `${storage.origin}/board-meeting.mp3`);
				assert.equal(emulator.runs.length, 1);
				assert.equal(emulator.runs[0]?.polls.length, 2);
			});
		} finally {
			await storage.close();
		}
	});

	test('first-steps.json extracts in one step and in three', async () => {
		await withCloudsquid(async (_emulator, credential) => {
			const workflow = await importWorkflow(
				client,
				withCredential(readExample('first-steps.json'), credential),
			);
			const execution = await execute(workflow, 'When clicking ‘Execute workflow’');
			for (const node of ['Extract data from document', 'Get run']) {
				const [row, ...more] = jsonOf(execution, node);
				assert.deepEqual(more, []);
				assert.deepEqual(pick(row?.data, 'sha256', 'invoice_number', 'total'), {
					sha256: hashOf(sample),
					invoice_number: 'INV-2026-0042',
					total: '602.38',
				});
			}
		});
	});

	test('invoices-from-email.json reads the attachments of the pinned e-mail', async () => {
		await withCloudsquid(async (emulator, credential) => {
			const workflow = await importWorkflow(
				client,
				withCredential(readExample('invoices-from-email.json'), credential),
			);
			const execution = await execute(workflow, 'Invoice email received');
			const from = {
				sender: 'Example Paper Supplies <accounts@paper-supplies.example>',
				subject: 'Your invoices for March',
			};
			assert.deepEqual(
				jsonOf(execution, 'For accounting').map((json) =>
					pick(json, 'sender', 'subject', 'attachment', 'invoice_number', 'total'),
				),
				[
					{ ...from, attachment: 'attachment_0', invoice_number: 'INV-2026-0042', total: '602.38' },
					{ ...from, attachment: 'attachment_1', invoice_number: 'PH-7731', total: '88.40' },
				],
			);
			assert.deepEqual(
				itemsOf(execution, 'Extract data from attachments').map(({ pairedItem }) => pairedItem),
				[{ item: 0 }, { item: 0 }],
			);
			assert.deepEqual(itemsOf(execution, 'Extract data from attachments', 1), []);
			assert.deepEqual(emulator.documents.map(({ filename }) => filename).sort(), [
				'INV-2026-0042.pdf',
				'PH-7731.txt',
			]);
		});
	});

	test('invoices-from-email.json goes on with runs that took too long, and tells of the rest', async () => {
		const notes: string[] = [];
		const mail = await serveMail(notes);
		try {
			await withCloudsquid(async (emulator, credential) => {
				emulator.planRun({ filename: 'slow.txt', runningMs: 4000 });
				emulator.planRun({ filename: 'broken.txt', fail: true });
				const execution = await executeTroubledMail(credential, mail.port);
				assert.deepEqual(
					jsonOf(execution, 'For accounting')
						.map((json) => pick(json, 'sender', 'attachment', 'invoice_number'))
						.sort((a, b) => String(a.attachment).localeCompare(String(b.attachment))),
					[
						{ sender: 'one@mail.example', attachment: 'attachment_0', invoice_number: 'A-1' },
						{ sender: 'two@mail.example', attachment: 'attachment_1', invoice_number: 'B-2' },
					],
				);
				assert.deepEqual(subjectsOf(execution), [
					'Not extracted: attachment_0 of Second',
					'Not extracted: attachment_1 of First',
				]);
				assert.equal(notes.length, 2);
				assert.ok(notes.every((note) => /^To: bookkeeping@example\.com$/m.test(note)));
				// Three documents were fit to be sent: none of them was sent, or run, a second time.
				assert.equal(emulator.documents.length, 3);
				assert.equal(emulator.runs.length, 3);
			});
		} finally {
			await mail.close();
		}
	});

	test('extract-webhook.json answers with the data', async () => {
		await withWebhook(async (address, emulator) => {
			const answers = [await sendForm(address, sample), await sendBare(address, sample)];
			for (const { status, body } of answers) {
				assert.equal(status, 200);
				assert.equal(body.status, 'done');
				assert.equal((body.data as JsonObject).sha256, hashOf(sample));
				assert.equal((body.data as JsonObject).invoice_number, 'INV-2026-0042');
			}
			assert.equal(emulator.documents[0]?.filename, 'invoice.pdf');
			assert.deepEqual(
				emulator.documents.map(({ sha256 }) => sha256),
				[hashOf(sample), hashOf(sample)],
			);
		});
	});

	test('extract-webhook.json answers a status that fits when it fails', async () => {
		await withWebhook(async (address, emulator) => {
			assert.equal((await sendForm(address)).status, 400);
			assert.equal((await sendBare(address, Buffer.from('a,b'), 'text/csv')).status, 415);
			assert.equal(emulator.requests.length, 0);

			emulator.planRun({ fail: true });
			const failed = await sendForm(address, sample);
			assert.deepEqual([failed.status, failed.body.status], [422, 'error']);

			emulator.planRun({ runningMs: 'always' });
			const unfinished = await sendForm(address, sample);
			assert.equal(unfinished.status, 202);
			assert.equal(unfinished.body.run_id, emulator.runs[1]?.run_id);

			emulator.inject({
				operation: 'uploadFile',
				kind: 'answer',
				status: 403,
				body: { errorMessage: 'no' },
			});
			const refused = await sendForm(address, sample);
			assert.equal(refused.status, 502);
			assert.deepEqual(Object.keys(refused.body), ['error']);
			assert.equal((refused.body.error as JsonObject).http_status, 403);
		});
	});

	test('nightly-project-files.json reads the new files when its time has come', async () => {
		await withCloudsquid(async (emulator, credential) => {
			const texts = ['First', 'Second'].map((name) => `Vendor: ${name}\nTotal: 1.00\n`);
			await fillFolder(emulator, texts);
			const execution = await executeNightly(credential);
			assert.deepEqual(
				jsonOf(execution, 'Extracted')
					.map(({ path, data }) => ({ path, ...pick(data, 'vendor', 'sha256') }))
					.sort((a, b) => String(a.path).localeCompare(String(b.path))),
				[
					{ path: '/invoices/inbox/1.txt', vendor: 'First', sha256: hashOf(texts[0]!) },
					{ path: '/invoices/inbox/2.txt', vendor: 'Second', sha256: hashOf(texts[1]!) },
				],
			);
			assert.deepEqual(
				jsonOf(execution, 'Failed').map((json) => json.path),
				['/invoices/inbox/3.zip'],
			);
			assert.ok(emulator.downloads.every(({ apiKeySent }) => !apiKeySent));
		});
	});

	test('reconcile-invoices.json compares each invoice with the orders', async () => {
		await withCloudsquid(async (emulator, credential) => {
			emulator.setReference([
				{ purchase_order: 'PO-0815', vendor: 'Example Paper Supplies', total: '119.00' },
			]);
			const workflow = await importWorkflow(
				client,
				withCredential(readExample('reconcile-invoices.json'), credential),
			);
			const execution = await execute(workflow, 'When clicking ‘Execute workflow’');
			assert.deepEqual(
				jsonOf(execution, 'Invoice and result').map(({ invoice_number, outcome }) => ({
					invoice_number,
					...pick(outcome, 'compared_count', 'matched_count'),
				})),
				[
					{ invoice_number: 'INV-1001', compared_count: 2, matched_count: 2 },
					{ invoice_number: 'PH-2002', compared_count: 2, matched_count: 0 },
				],
			);
			const sent = emulator.requests.filter(({ operationId }) => operationId === 'reconcile');
			const rows = emulator.documents.map(({ row_id }) => row_id);
			assert.deepEqual(
				sent.map(({ body }) => (body as { files: Array<{ id: string }> }).files[0]?.id).sort(),
				rows.sort(),
			);
		});
	});

	test('agent-tools.json reads by address and by row ID, and answers with the data', async () => {
		const storage = await serveFile(sample, 'application/pdf');
		try {
			await withCloudsquid(async (emulator, credential) => {
				const rowId = await uploadText(emulator, 'Vendor: Known Already\nTotal: 5.00\n');
				const question = `What is the total of ${storage.origin}/new.pdf and of row ${rowId}?`;
				const { answer, requests } = await askAgent(credential, question);
				assert.equal(answer, 'The totals are 602.38 and 5.00.');
				assertToolsOffered(requests[0]!);
				assert.deepEqual(
					emulator.documents.map(({ file_type, uri }) => uri ?? file_type),
					['binary', `${storage.origin}/new.pdf`],
				);
				assert.deepEqual(
					emulator.runs.map(({ row_id, status }) => [row_id, status]),
					[
						[emulator.documents[1]?.row_id, 'done'],
						[rowId, 'done'],
					],
				);
			});
		} finally {
			await storage.close();
		}
	});

	test('agent-tools.json: the agent is told what went wrong', async () => {
		await withCloudsquid(async (_emulator, credential) => {
			const { answer } = await askAgent(credential, 'What is the total of ftp://nowhere/new.pdf?');
			assert.match(answer, /^It did not work: .*'File URL' is not a valid URL/);
		});
	});

	test('agent-tools.json: three calls at once and Retry On Fail do nothing twice', async () => {
		const storage = await serveFile(sample, 'application/pdf');
		try {
			await withCloudsquid(async (emulator, credential) => {
				emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
				emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {} });
				const files = ['a', 'b', 'c'].map((name) => `${storage.origin}/${name}.pdf`);
				const { answer } = await askAgent(credential, `Compare ${files.join(' , ')}`, {
					retryOnFail: true,
					maxTries: 3,
					waitBetweenTries: 100,
				});
				assert.equal(answer, 'The totals are 602.38 and 602.38 and 602.38.');
				assert.deepEqual(emulator.documents.map(({ uri }) => uri).sort(), files);
				assert.equal(emulator.rows.length, 3);
				assert.equal(emulator.runs.length, 3);
			});
		} finally {
			await storage.close();
		}
	});
});

/**
 * The first wait is short enough to be sat out in memory; the second is put away into the
 * database.
 */
async function runLong(
	emulator: Emulator,
	credential: Credential & { id: string },
	file_url: string,
): Promise<void> {
	let example = withCredential(readExample('long-run-with-wait.json'), credential);
	example = withParameters(example, 'Wait', {
		amount: '={{ $runIndex === 0 ? 1 : 66 }}',
		unit: 'seconds',
	});
	example = withParameters(example, 'URL of the recording', {
		assignments: { assignments: [{ id: '1', name: 'file_url', value: file_url, type: 'string' }] },
	});
	const workflow = await importWorkflow(client, example);
	const id = await client.run(workflow, 'When clicking ‘Execute workflow’');
	await until('the execution is put away', async () => {
		const { status } = await client.execution(id);
		assert.notEqual(status, 'success');
		return status === 'waiting';
	});
	assert.equal(emulator.runs[0]?.polls.length, 1);
	const execution = await endOf(id);
	const [result, ...more] = jsonOf(execution, 'Result');
	assert.deepEqual(more, []);
	assert.equal(result?.run_id, emulator.runs[0]?.run_id);
	assert.deepEqual(pick(result?.data, 'source', 'sha256'), {
		source: 'uri',
		sha256: hashOf('not really a recording'),
	});
	assert.equal(execution.nodes.Wait?.length, 2);
}

const subjectsOf = (execution: Execution) =>
	jsonOf(execution, 'Compose notification')
		.map(({ subject }) => String(subject))
		.sort();

function textFile(fileName: string, text: string, mimeType = 'text/plain') {
	return { fileName, mimeType, data: Buffer.from(text).toString('base64') };
}

/** Two e-mails with an attachment each that cannot be read, and one that can. */
async function executeTroubledMail(
	credential: Credential & { id: string },
	mailPort: number,
): Promise<Execution> {
	let example: Example = {
		...readExample('invoices-from-email.json'),
		pinData: {
			'Invoice email received': [
				{
					json: { from: 'one@mail.example', subject: 'First' },
					binary: {
						attachment_0: textFile('good.txt', 'Invoice Number: A-1'),
						attachment_1: textFile('all.zip', 'PK', 'application/zip'),
					},
				},
				{
					json: { from: 'two@mail.example', subject: 'Second' },
					binary: {
						attachment_0: textFile('broken.txt', 'Invoice Number: B-1'),
						attachment_1: textFile('slow.txt', 'Invoice Number: B-2'),
					},
				},
			],
		},
	};
	const { options } = findNode(example, 'Extract data from attachments').parameters;
	example = withParameters(example, 'Extract data from attachments', {
		options: { ...(options as JsonObject), maxWait: 2 },
	});
	const smtp = await client.createCredential({
		name: `Mail at ${mailPort}`,
		type: 'smtp',
		data: { host: '127.0.0.1', port: mailPort, secure: false, disableStartTls: true },
	});
	const workflow = chooseCredential(withCredential(example, credential), 'Send notification', smtp);
	return await execute(await importWorkflow(client, workflow), 'Invoice email received');
}

interface Answer {
	status: number;
	body: JsonObject;
}

/** Publishes the webhook under a path of its own while `work` calls it. */
async function withWebhook(
	work: (address: string, emulator: Emulator) => Promise<void>,
): Promise<void> {
	await withCloudsquid(async (emulator, credential) => {
		const path = `cloudsquid-extract-${new URL(emulator.origin).port}`;
		let example = withCredential(readExample('extract-webhook.json'), credential);
		example = withParameters(example, 'Document received', { path });
		const { options } = findNode(example, 'Extract data from document').parameters;
		example = withParameters(example, 'Extract data from document', {
			options: { ...(options as JsonObject), maxWait: 3 },
		});
		const workflow = await importWorkflow(client, example);
		await publish(client, workflow);
		try {
			await work(`${setting.server.baseUrl}/webhook/${path}`, emulator);
		} finally {
			await unpublish(client, workflow);
		}
	});
}

/** What `curl -F data=@invoice.pdf` does; without a file, a form with a text in it. */
async function sendForm(address: string, file?: Buffer): Promise<Answer> {
	const form = new FormData();
	form.set('remark', 'as discussed');
	if (file) form.set('data', new Blob([file], { type: 'application/pdf' }), 'invoice.pdf');
	return await send(address, { body: form });
}

/** What `curl --data-binary @invoice.pdf` does. */
async function sendBare(address: string, body: Buffer, type = 'application/pdf') {
	return await send(address, { body, headers: { 'content-type': type } });
}

async function send(address: string, init: RequestInit): Promise<Answer> {
	const response = await fetch(address, { method: 'POST', ...init });
	const text = await response.text();
	try {
		return { status: response.status, body: JSON.parse(text) as JsonObject };
	} catch {
		throw new Error(`The webhook answered ${response.status}: ${text}`);
	}
}

async function fillFolder(emulator: Emulator, texts: string[]): Promise<void> {
	const { project } = emulator;
	for (const [index, text] of texts.entries()) {
		await emulator.addProjectFile(project, `/invoices/inbox/${index + 1}.txt`, text);
	}
	await emulator.addProjectFile(project, '/invoices/inbox/3.zip', 'PK', 'application/zip');
	await emulator.addProjectFile(project, '/invoices/inbox/older/4.txt', 'Vendor: Left out');
}

/** Lets the schedule come round every other second, and takes the first execution it starts. */
async function executeNightly(credential: Credential & { id: string }): Promise<Execution> {
	const example = withParameters(
		withCredential(readExample('nightly-project-files.json'), credential),
		'Every night at two',
		{ rule: { interval: [{ field: 'seconds', secondsInterval: 2 }] } },
	);
	const workflow = await importWorkflow(client, example);
	await publish(client, workflow);
	try {
		const started = await until('the schedule starts the workflow', async () =>
			(await listExecutions(client, workflow)).at(-1),
		);
		assert.equal(started.mode, 'trigger');
		return await endOf(started.id);
	} finally {
		await unpublish(client, workflow);
	}
}

/** A document that some step before the agent has uploaded. */
async function uploadText(emulator: Emulator, text: string): Promise<string> {
	const { baseUrl, apiKey, project, tableId } = emulator;
	const address = `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}/files`;
	const response = await fetch(address, {
		method: 'POST',
		headers: { 'X-API-Key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify({
			filename: 'known.txt',
			mimetype: 'text/plain',
			file_type: 'binary',
			file: Buffer.from(text).toString('base64'),
		}),
	});
	return ((await response.json()) as { row_id: string }).row_id;
}

/** Asks the agent over HTTP, as its public chat does. */
async function askAgent(
	credential: Credential & { id: string },
	chatInput: string,
	toolSettings: NodeSettings = {},
) {
	const requests: ChatRequest[] = [];
	const model = await serveChatModel((request) => {
		requests.push(request);
		return actAsModel(request);
	});
	try {
		const workflow = await importAgent(credential, `${model.origin}/v1`, toolSettings);
		await publish(client, workflow);
		try {
			const { webhookId } = findNode(workflow, chatTrigger) as unknown as { webhookId: string };
			const { status, body } = await send(`${setting.server.baseUrl}/webhook/${webhookId}/chat`, {
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ action: 'sendMessage', sessionId: randomUUID(), chatInput }),
			});
			assert.equal(status, 200, JSON.stringify(body));
			return { answer: String(body.output), requests };
		} finally {
			await unpublish(client, workflow);
		}
	} finally {
		await model.close();
	}
}

const chatTrigger = 'When chat message received';

async function importAgent(
	credential: Credential & { id: string },
	url: string,
	toolSettings: NodeSettings,
): Promise<StoredWorkflow> {
	const model = await client.createCredential({
		name: `Model at ${url}`,
		type: 'openAiApi',
		data: { apiKey: 'none', url },
	});
	const example = withNewWebhooks(withCredential(readExample('agent-tools.json'), credential));
	const tool = withNode(example, 'Extract document from URL', { ...toolSettings });
	const asked = withParameters(tool, chatTrigger, { public: true, mode: 'webhook' });
	return await importWorkflow(client, chooseCredential(asked, 'Chat model', model));
}

/**
 * Calls the tools for the URL and the row ID in the question, one after the other, or for several URLs
 * at once, then tells what they returned.
 */
function actAsModel({ messages }: ChatRequest): Omit<ChatMessage, 'role'> {
	const question = String(messages.findLast(({ role }) => role === 'user')?.content);
	const given = messages
		.filter(({ role }) => role === 'tool')
		.map(({ content }) => String(content));
	const [file_url, ...otherUrls] = question.match(/\w+:\/\/\S+\.pdf/g) ?? [];
	const [, row_id] = /row ([0-9a-f-]{36})/.exec(question) ?? [];
	const calls = [
		...(file_url ? [call('Extract_document_from_URL', { file_url })] : []),
		...(row_id ? [call('Extract_document_by_row_ID', { row_id })] : []),
	];
	if (otherUrls.length > 0 && given.length === 0) {
		const all = [file_url!, ...otherUrls].map((url, index) => ({
			...call('Extract_document_from_URL', { file_url: url }),
			id: `call_${index}`,
		}));
		return { tool_calls: all };
	}
	const next = calls[given.length];
	if (next) return { tool_calls: [next] };
	const totals = given.map((text) => /"total\\?":\s*\\?"([\d.]+)/.exec(text)?.[1]);
	return totals.every(Boolean)
		? { content: `The totals are ${totals.join(' and ')}.` }
		: { content: `It did not work: ${given.join(' ')}` };
}

function call(name: string, values: JsonObject) {
	const id = `call_${name}`;
	return { id, type: 'function' as const, function: { name, arguments: JSON.stringify(values) } };
}

/** What the model gets to know of the tools. */
function assertToolsOffered({ tools = [] }: ChatRequest): void {
	assert.deepEqual(
		tools
			.map(({ function: { name, parameters } }) => [name, Object.keys(parameters.properties!)])
			.sort(),
		[
			['Extract_document_by_row_ID', ['row_id']],
			['Extract_document_from_URL', ['file_url']],
		],
	);
	assert.ok(
		tools.every(({ function: { description } }) =>
			description.startsWith('Extracts data from a document'),
		),
	);
}
