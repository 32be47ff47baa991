import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IConnections, INode, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import type { Emulator } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import {
	chooseCredential,
	type Example,
	findNode,
	listExamples,
	readExample,
	SAMPLE_FILE,
	withNewWebhooks,
	withNode,
	withParameters,
} from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import type { N8nClient } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { credentialFor, withCredential } from '../host/workflow.mts';
import { hashOf } from './batches.mts';
import type { ChatMessage, ChatRequest } from './servers.mts';
import { serveChatModel, serveFiles, serveMail } from './servers.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openEnvironment } from './testEnvironment.mts';
import type { NodeSettings } from './workflows.mts';
import { jsonOf } from './workflows.mts';

let environment: TestEnvironment;
let client: N8nClient;

beforeAll(async () => {
	environment = await openEnvironment();
	({ client } = environment);
});
afterAll(async () => await environment?.close());

const sample = readFileSync(SAMPLE_FILE);
const sampleData = { sha256: hashOf(sample), invoice_number: 'INV-2026-0042', total: '602.38' };

describe.each(listExamples())('%s', (name) => {
	const example = readExample(name);
	const cloudsquidNodes = ({ nodes }: Workflow) =>
		nodes.filter(({ type }) => type.startsWith('n8n-nodes-cloudsquid.'));

	test('contains only what the editor keeps, and no empty required parameter', async () => {
		const types = (await client.nodeTypes()) as unknown as INodeTypeDescription[];
		for (const node of example.nodes as unknown as INode[]) {
			const { type, typeVersion, parameters } = node;
			const description = types.find(
				(each) => each.name === type && [each.version].flat().includes(typeVersion),
			)!;
			const { properties } = description;
			const kept =
				NodeHelpers.getNodeParameters(properties, parameters, true, false, node, description) ?? {};
			expect([node.name, kept]).toMatchObject([node.name, parameters]);
			const shown = { ...node, parameters: kept };
			const issues = NodeHelpers.getNodeParametersIssues(properties, shown, description);
			expect([node.name, issues?.parameters ?? {}]).toEqual([node.name, {}]);
		}
		const names = example.nodes.map((node) => node.name);
		expect(new Set(names).size).toBe(names.length);
		const connections = example.connections as unknown as IConnections;
		const targets = Object.values(connections).flatMap((outputs) =>
			Object.values(outputs)
				.flat(2)
				.map((connection) => connection?.node),
		);
		expect(names).toEqual(expect.arrayContaining([...Object.keys(connections), ...targets]));
		expect(example.nodes.map(({ type }) => type)).toContain('n8n-nodes-base.stickyNote');
	});

	test('contains placeholders, and uses the credential with the same name', async () => {
		for (const { credentials = {} } of example.nodes) {
			// n8n runs no workflow with a credential that it doesn't find.
			expect(Object.keys(credentials)).toEqual(credentials.cloudsquidApi ? ['cloudsquidApi'] : []);
			expect(credentials.cloudsquidApi?.id ?? null).toBeNull();
		}
		const stored = cloudsquidNodes(await client.importWorkflow(example));
		const ids = stored.map(({ credentials }) => credentials?.cloudsquidApi?.id);
		expect(new Set(ids)).toEqual(new Set([environment.credential.id]));
		const { project, tableId, reconcileTableId } = environment.emulator;
		for (const { parameters } of cloudsquidNodes(example)) {
			expect(parameters.project).toMatchObject({ value: project });
			if (!parameters.table) continue;
			expect([tableId, reconcileTableId]).toContain((parameters.table as JsonObject).value);
		}
	});
});

describe('on n8n', () => {
	// The first, because it takes longest.
	example('long-run-with-wait.json is suspended, and resumes later', async (emulator, workflow) => {
		await using storage = await serveFiles(() => 'not really a recording');
		emulator.planRun({ filename: 'board-meeting.mp3', pendingMs: 0, runningMs: 10_000 });
		const value = `${storage.origin}/board-meeting.mp3`;
		const assignments = [{ id: '1', name: 'file_url', value, type: 'string' }];
		workflow = withParameters(workflow, 'URL of the recording', { assignments: { assignments } });
		// n8n keeps the first wait in memory, and stores the second one in the database.
		const amount = '={{ $runIndex === 0 ? 1 : 66 }}';
		workflow = withParameters(workflow, 'Wait', { amount, unit: 'seconds' });
		const id = await client.run(await client.importWorkflow(workflow));
		await waitFor('the execution is suspended', async () => {
			const { status } = await client.execution(id);
			expect(status).not.toBe('success');
			return status === 'waiting';
		});
		expect(emulator.runs.map(({ polls }) => polls.length)).toEqual([1]);
		const execution = await endOf(id);
		const data = { source: 'uri', sha256: hashOf('not really a recording') };
		expect(jsonOf(execution, 'Result')).toMatchObject([{ run_id: emulator.runs[0]?.run_id, data }]);
		expect(execution.nodes.Wait).toHaveLength(2);
		expect(emulator.runs.map(({ polls }) => polls.length)).toEqual([2]);
	});

	const sender = 'Example Paper Supplies <accounts@paper-supplies.example>';
	const email = { sender, subject: 'Your invoices for March' };

	/** What nodes return for the data in the examples. */
	const results: Array<[title: string, expected: Record<string, JsonObject[]>]> = [
		[
			'first-steps.json extracts in one step and in three',
			{
				'Extract data from document': [{ data: sampleData }],
				'Get run': [{ data: sampleData }],
			},
		],
		[
			'invoices-from-email.json extracts the attachments of the pinned email',
			{
				'For accounting': [
					{
						...email,
						attachment: 'attachment_0',
						invoice_number: 'INV-2026-0042',
						total: '602.38',
					},
					{ ...email, attachment: 'attachment_1', invoice_number: 'PH-7731', total: '88.40' },
				],
			},
		],
		[
			'reconcile-invoices.json compares each invoice, by its data and its row, with the orders',
			{
				'Invoice and result': [
					{ invoice_number: 'INV-1001', outcome: { compared_count: 2, matched_count: 2 } },
					{ invoice_number: 'PH-2002', outcome: { compared_count: 2, matched_count: 0 } },
				],
			},
		],
	];
	for (const [title, expected] of results) {
		example(title, async (emulator, workflow) => {
			const vendor = 'Example Paper Supplies';
			emulator.setReference([{ purchase_order: 'PO-0815', vendor, total: '119.00' }]);
			const execution = await execute(workflow);
			for (const [node, items] of Object.entries(expected)) {
				expect(jsonOf(execution, node)).toMatchObject(items);
			}
		});
	}

	example(
		'invoices-from-email.json waits longer for slow runs, and reports failures',
		async (emulator, workflow) => {
			emulator.planRun({ filename: 'slow.txt', runningMs: 4000 });
			emulator.planRun({ filename: 'broken.txt', fail: true });
			const mails: string[] = [];
			await using server = await serveMail(mails);
			const { port } = server;
			const smtp = await client.createCredential({
				name: `Mail at ${port}`,
				type: 'smtp',
				data: { host: '127.0.0.1', port, secure: false, disableStartTls: true },
			});
			workflow = withMaxWait(workflow, 'Extract data from attachments', 2);
			workflow = chooseCredential(workflow, 'Send notification', smtp);
			// Each has an attachment that can be extracted, and one that cannot.
			const pinned = [
				emailWith('First', textFile('good.txt', 'A-1'), textFile('all.zip', '', 'application/zip')),
				emailWith('Second', textFile('broken.txt', 'B-1'), textFile('slow.txt', 'B-2')),
			];
			const pinData = { 'Invoice email received': pinned };
			const execution = await execute({ ...workflow, pinData });
			expect(jsonOf(execution, 'For accounting')).toMatchObject([
				{ sender: 'First@mail.example', attachment: 'attachment_0', invoice_number: 'A-1' },
				{ sender: 'Second@mail.example', attachment: 'attachment_1', invoice_number: 'B-2' },
			]);
			const subjects = jsonOf(execution, 'Compose notification').map(({ subject }) => subject);
			expect(subjects).toEqual(['Not extracted: attachment_0 of Second']);
			expect(mails).toHaveLength(1);
			for (const text of mails) expect(text).toMatch(/^To: bookkeeping@example\.com\r?$/m);
			// Three documents can be sent. None of them is sent or run twice.
			expect([emulator.documents.length, emulator.runs.length]).toEqual([3, 3]);
		},
	);

	example(
		'extract-webhook.json responds with the data, and to failures with matching statuses',
		async (emulator, workflow) => {
			const path = randomUUID();
			workflow = withParameters(workflow, 'Document received', { path });
			await publish(withMaxWait(workflow, 'Extract data from document', 3));
			const sendForm = async (file?: Buffer) => {
				const form = new FormData();
				form.set('remark', 'as discussed');
				if (file)
					form.set('data', new Blob([file], { type: 'application/pdf' }), 'Rechnung März.pdf');
				return await post(path, form);
			};

			const done = { status: 200, body: { status: 'done', data: sampleData } };
			expect(await sendForm(sample)).toMatchObject(done);
			expect(await post(path, sample, 'application/pdf')).toMatchObject(done);
			expect(await sendForm()).toMatchObject({ status: 400 });
			expect(await post(path, 'PK', 'application/zip')).toMatchObject({ status: 415 });
			expect(emulator.documents).toMatchObject([
				{ filename: 'Rechnung März.pdf', sha256: sampleData.sha256 },
				{ sha256: sampleData.sha256 },
			]);

			emulator.planRun({ fail: true });
			const failed = { message: "The run ended with the status 'error'" };
			expect(await sendForm(sample)).toMatchObject({ status: 422, body: { error: failed } });
			emulator.planRun({ runningMs: 'always' });
			const unfinished = await sendForm(sample);
			const { run_id } = emulator.runs.at(-1)!;
			expect(unfinished).toMatchObject({ status: 202, body: { error: { run_id } } });
			emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 401 });
			const error = { message: 'The document could not be processed' };
			expect(await sendForm(sample)).toEqual({ status: 502, body: { error } });
		},
	);

	example(
		'new-project-files.json extracts each file put into the folder, once',
		async (emulator, workflow) => {
			const addFile = (name: string, text: string, type?: string) =>
				emulator.addProjectFile(emulator.project, `/invoices/inbox/${name}`, text, type);
			addFile('old.txt', 'Vendor: Left out');
			const stored = await publish(workflow);
			addFile('1.txt', 'Vendor: First');
			addFile('2.txt', 'Vendor: Second');
			addFile('3.zip', 'PK', 'application/zip');
			addFile('older/4.txt', 'Vendor: Left out');
			// n8n polls at the beginning of a minute.
			const { id, mode } = await waitFor(
				'a poll starts the workflow',
				async () => (await client.listExecutions(stored)).at(-1),
				{ timeoutMs: 90_000 },
			);
			expect(mode).toBe('trigger');
			const execution = await endOf(id);
			expect(jsonOf(execution, 'Extracted')).toMatchObject([
				{ path: '/invoices/inbox/1.txt', data: { vendor: 'First' } },
				{ path: '/invoices/inbox/2.txt', data: { vendor: 'Second' } },
			]);
			expect(jsonOf(execution, 'Failed')).toMatchObject([{ path: '/invoices/inbox/3.zip' }]);
			await client.unpublish(stored);
		},
	);

	example(
		'agent-tools.json extracts by URL, row ID, and project file, and tells the agent what went wrong',
		async (emulator, workflow) => {
			await using storage = await serveFiles(() => sample);
			const uri = `${storage.origin}/new.pdf`;
			const byUrl = await askAgent(workflow, `What is the total of ${uri} ?`);
			expect(byUrl.answer).toBe('The totals are 602.38.');
			const row_id = emulator.rows[0]!.row_id;
			const byRow = await askAgent(workflow, `What is the total of row ${row_id}?`);
			expect(byRow.answer).toBe('The totals are 602.38.');
			emulator.addProjectFile(emulator.project, '/in/new.pdf', sample, 'application/pdf');
			const byPath = await askAgent(workflow, 'What is the total of the file /in/new.pdf ?');
			expect(byPath.answer).toBe('The totals are 602.38.');
			expect(emulator.documents).toMatchObject([
				{ uri },
				{ file_type: 'uri', filename: 'new.pdf' },
			]);
			const run = { row_id, status: 'done' };
			expect(emulator.runs).toMatchObject([run, run, { status: 'done' }]);

			const tools = byUrl.tools.map((tool) => tool.function);
			expect(
				tools.map(({ name, parameters }) => [name, Object.keys(parameters.properties!)]).sort(),
			).toEqual([
				['Extract_document_by_row_ID', ['row_id']],
				['Extract_document_from_URL', ['file_url']],
				['Extract_project_file', ['path']],
				['Get_result_by_run_ID', ['run_id']],
			]);
			for (const { description } of tools) {
				expect(description).toMatch(/^(Extracts data from a document|Gets the extracted data)/);
			}

			const failed = await askAgent(workflow, 'What is the total of ftp://nowhere/new.pdf ?');
			expect(failed.answer).toMatch(/^It did not work: .*'File URL' is not a valid URL/);
			expect(failed.answer).toContain('"kind":"invalidParameter"');
		},
	);

	example(
		'agent-tools.json does nothing twice with three calls at once and Retry On Fail',
		async (emulator, workflow) => {
			await using storage = await serveFiles(() => sample);
			emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
			emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {} });
			const files = ['a', 'b', 'c'].map((name) => `${storage.origin}/${name}.pdf`);
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };
			const { answer } = await askAgent(workflow, `Compare ${files.join(' , ')}`, retry);
			expect(answer).toBe('The totals are 602.38 and 602.38 and 602.38.');
			expect(emulator.documents.map(({ uri }) => uri).sort()).toEqual(files);
			expect([emulator.rows.length, emulator.runs.length]).toEqual([3, 3]);
		},
	);
});

/** Runs an example, which the title starts with, with an emulator of its own, so that tests can run at the same time. */
function example(
	title: string,
	run: (emulator: Emulator, workflow: Example) => Promise<void>,
): void {
	test.concurrent(title, async () => {
		const emulator = await startEmulator();
		try {
			const name = `Cloudsquid at ${emulator.origin}`;
			const credential = await client.createCredential({ ...credentialFor(emulator), name });
			await run(emulator, withCredential(readExample(title.split(' ')[0]!), credential));
		} finally {
			await emulator.close();
		}
	});
}

/** Runs a workflow from its pinned or manual trigger. */
async function execute(workflow: Example): Promise<Execution> {
	const [pinned] = Object.keys(workflow.pinData);
	return await endOf(await client.run(await client.importWorkflow(workflow), pinned));
}

/** Waits for the end of an execution, which must be a success. */
async function endOf(executionId: string): Promise<Execution> {
	const execution = await client.waitForExecution(executionId, { timeoutMs: 180_000 });
	expect(execution).toMatchObject({ status: 'success' });
	return execution;
}

function withMaxWait(workflow: Example, node: string, maxWait: number): Example {
	const options = findNode(workflow, node).parameters.options as JsonObject;
	return withParameters(workflow, node, { options: { ...options, maxWait } });
}

async function publish(workflow: Workflow) {
	const stored = await client.importWorkflow(workflow);
	await client.publish(stored);
	return stored;
}

const textFile = (fileName: string, invoice: string, mimeType = 'text/plain') => ({
	fileName,
	mimeType,
	data: Buffer.from(`Invoice Number: ${invoice}`).toString('base64'),
});

const emailWith = (
	subject: string,
	attachment_0: ReturnType<typeof textFile>,
	attachment_1: ReturnType<typeof textFile>,
) => ({
	json: { from: `${subject}@mail.example`, subject },
	binary: { attachment_0, attachment_1 },
});

/** Calls a webhook. */
async function post(path: string, body: RequestInit['body'], type?: string) {
	const url = `${environment.server.baseUrl}/webhook/${path}`;
	const headers = type ? { 'content-type': type } : undefined;
	const response = await fetch(url, { method: 'POST', body, headers });
	return { status: response.status, body: (await response.json()) as JsonObject };
}

/** Sends a question to the agent's public chat. Returns its answer, and the tools that its model can call. */
async function askAgent(workflow: Example, chatInput: string, toolSettings: NodeSettings = {}) {
	let tools: ChatRequest['tools'] = [];
	await using model = await serveChatModel((request) => {
		({ tools } = request);
		return respondAsModel(request);
	});
	const credential = await client.createCredential({
		name: `Model at ${model.port}`,
		type: 'openAiApi',
		data: { apiKey: 'none', url: `${model.origin}/v1` },
	});
	const chat = 'When chat message received';
	workflow = withNode(withNewWebhooks(workflow), 'Extract document from URL', toolSettings);
	workflow = withParameters(workflow, chat, { public: true, mode: 'webhook' });
	workflow = chooseCredential(workflow, 'Chat model', credential);
	await publish(workflow);
	const { webhookId } = findNode(workflow, chat) as unknown as { webhookId: string };
	const message = { action: 'sendMessage', sessionId: randomUUID(), chatInput };
	const { body } = await post(`${webhookId}/chat`, JSON.stringify(message), 'application/json');
	return { answer: String(body.output), tools };
}

/** Calls tools for all URLs, the path, or the row ID in the question at once, and answers with what they returned. */
function respondAsModel({ messages }: ChatRequest): Omit<ChatMessage, 'role'> {
	const results = messages
		.filter(({ role }) => role === 'tool')
		.map(({ content }) => String(content));
	if (results.length > 0) {
		const totals = results.map((text) => /"total\\?":\s*\\?"([\d.]+)/.exec(text)?.[1]);
		return totals.every(Boolean)
			? { content: `The totals are ${totals.join(' and ')}.` }
			: { content: `It did not work: ${results.join(' ')}` };
	}
	const question = String(messages.findLast(({ role }) => role === 'user')?.content);
	const [row_id] = /(?<=row )[0-9a-f-]{36}/.exec(question) ?? [];
	const [path] = /(?<=file )\/\S+/.exec(question) ?? [];
	const calls: Array<[tool: string, values: JsonObject]> = row_id
		? [['Extract_document_by_row_ID', { row_id }]]
		: path
			? [['Extract_project_file', { path }]]
			: Array.from(question.matchAll(/\w+:\/\/\S+\.pdf/g), ([file_url]) => [
					'Extract_document_from_URL',
					{ file_url },
				]);
	return {
		tool_calls: calls.map(([name, values], index) => ({
			id: `call_${index}`,
			type: 'function',
			function: { name, arguments: JSON.stringify(values) },
		})),
	};
}
