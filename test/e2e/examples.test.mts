import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { INode, INodeTypeDescription } from 'n8n-workflow';
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
import { itemsOf } from '../host/execution.mts';
import type { N8nClient, StoredCredential, StoredWorkflow } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';
import { credentialFor, withCredential } from '../host/workflow.mts';
import type { ChatMessage, ChatRequest } from './servers.mts';
import { serveChatModel, serveFile, serveMail } from './servers.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openEnvironment } from './testEnvironment.mts';
import type { NodeSettings } from './workflows.mts';

let environment: TestEnvironment;
let client: N8nClient;

beforeAll(async () => {
	environment = await openEnvironment();
	({ client } = environment);
});
afterAll(async () => await environment?.close());

const sample = readFileSync(SAMPLE_FILE);
const hashOf = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

describe.each(listExamples())('%s', (name) => {
	const example = readExample(name);
	const cloudsquidNodes = ({ nodes }: Workflow) =>
		nodes.filter(({ type }) => type.startsWith('n8n-nodes-cloudsquid.'));

	test('is imported without a warning', async () => {
		const types = (await client.nodeTypes()) as unknown as INodeTypeDescription[];
		for (const node of example.nodes) {
			const { type, typeVersion } = node;
			const description = types.find(
				(each) => each.name === type && [each.version].flat().includes(typeVersion),
			);
			expect([node.name, findParameterIssues(node, description!)]).toEqual([node.name, []]);
		}
		const names = example.nodes.map((node) => node.name);
		expect(new Set(names).size).toBe(names.length);
		const targets = [
			...JSON.stringify(example.connections).matchAll(/"node":("(?:[^"\\]|\\.)*")/g),
		];
		const connected = targets.map(([, text]) => JSON.parse(text!) as string);
		expect(names).toEqual(
			expect.arrayContaining([...connected, ...Object.keys(example.connections)]),
		);
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

/** What the editor would mark or silently drop: unknown or hidden parameters, and required ones that are empty. */
function findParameterIssues(node: WorkflowNode, description: INodeTypeDescription): string[] {
	const given = node as unknown as INode;
	const { properties } = description;
	const { parameters } = given;
	const kept =
		NodeHelpers.getNodeParameters(properties, parameters, true, false, given, description) ?? {};
	const shown = { ...given, parameters: kept };
	const issues = NodeHelpers.getNodeParametersIssues(properties, shown, description);
	return [...findDropped(parameters, kept), ...Object.values(issues?.parameters ?? {}).flat()];
}

/** The paths of values that the editor does not keep. */
function findDropped(given: unknown, kept: unknown, path = 'parameters'): string[] {
	if (isDeepStrictEqual(given, kept)) return [];
	const isObject = (value: unknown) => typeof value === 'object' && value !== null;
	if (!isObject(given) || !isObject(kept)) return [path];
	return Object.entries(given as object).flatMap(([name, value]) =>
		findDropped(value, (kept as JsonObject)[name], `${path}.${name}`),
	);
}

describe('on n8n', () => {
	// The first, because it takes longest.
	example('long-run-with-wait.json is suspended, and resumes later', async (run) => {
		const recording = Buffer.from('not really a recording');
		const storage = await run.serve(recording, 'audio/mpeg');
		const { emulator } = run;
		emulator.planRun({ filename: 'board-meeting.mp3', pendingMs: 0, runningMs: 10_000 });
		const value = `${storage}/board-meeting.mp3`;
		const assignments = [{ id: '1', name: 'file_url', value, type: 'string' }];
		let workflow = withParameters(run.example, 'URL of the recording', {
			assignments: { assignments },
		});
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
		const data = { source: 'uri', sha256: hashOf(recording) };
		expect(jsonOf(execution, 'Result')).toMatchObject([{ run_id: emulator.runs[0]?.run_id, data }]);
		expect(execution.nodes.Wait).toHaveLength(2);
		expect(emulator.runs.map(({ polls }) => polls.length)).toEqual([2]);
	});

	example('first-steps.json extracts in one step and in three', async (run) => {
		const execution = await execute(run.example);
		const data = { sha256: hashOf(sample), invoice_number: 'INV-2026-0042', total: '602.38' };
		expect(jsonOf(execution, 'Extract data from document')).toMatchObject([{ data }]);
		expect(jsonOf(execution, 'Get run')).toMatchObject([{ data }]);
	});

	example('invoices-from-email.json extracts the attachments of the pinned email', async (run) => {
		const execution = await execute(run.example, 'Invoice email received');
		const email = {
			sender: 'Example Paper Supplies <accounts@paper-supplies.example>',
			subject: 'Your invoices for March',
		};
		expect(jsonOf(execution, 'For accounting')).toMatchObject([
			{ ...email, attachment: 'attachment_0', invoice_number: 'INV-2026-0042', total: '602.38' },
			{ ...email, attachment: 'attachment_1', invoice_number: 'PH-7731', total: '88.40' },
		]);
		const extracted = itemsOf(execution, 'Extract data from attachments');
		expect(extracted.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }]);
		expect(jsonOf(execution, 'Extract data from attachments', 1)).toEqual([]);
		const names = run.emulator.documents.map(({ filename }) => filename);
		expect(names.sort()).toEqual(['INV-2026-0042.pdf', 'PH-7731.txt']);
	});

	example(
		'invoices-from-email.json waits longer for slow runs, and reports failures',
		async (run) => {
			const { emulator } = run;
			const mails: string[] = [];
			const mail = await serveMail(mails);
			try {
				emulator.planRun({ filename: 'slow.txt', runningMs: 4000 });
				emulator.planRun({ filename: 'broken.txt', fail: true });
				const smtp = await client.createCredential({
					name: `Mail at ${mail.port}`,
					type: 'smtp',
					data: { host: '127.0.0.1', port: mail.port, secure: false, disableStartTls: true },
				});
				const limited = withMaxWait(run.example, 'Extract data from attachments', 2);
				const workflow = chooseCredential(limited, 'Send notification', smtp);
				const pinData = { 'Invoice email received': troubledEmails };
				const execution = await execute({ ...workflow, pinData }, 'Invoice email received');
				expect(sortBy(jsonOf(execution, 'For accounting'), 'attachment')).toMatchObject([
					{ sender: 'one@mail.example', attachment: 'attachment_0', invoice_number: 'A-1' },
					{ sender: 'two@mail.example', attachment: 'attachment_1', invoice_number: 'B-2' },
				]);
				expect(sortBy(jsonOf(execution, 'Compose notification'), 'subject')).toMatchObject([
					{ subject: 'Not extracted: attachment_0 of Second' },
					{ subject: 'Not extracted: attachment_1 of First' },
				]);
				expect(mails).toHaveLength(2);
				for (const text of mails) expect(text).toMatch(/^To: bookkeeping@example\.com\r?$/m);
				// Three documents can be sent. None of them is sent or run twice.
				expect([emulator.documents.length, emulator.runs.length]).toEqual([3, 3]);
			} finally {
				await mail.close();
			}
		},
	);

	example('extract-webhook.json responds with the data', async (run) => {
		await withWebhook(run, async (url) => {
			for (const response of [await sendForm(url, sample), await sendBody(url, sample)]) {
				const data = { sha256: hashOf(sample), invoice_number: 'INV-2026-0042' };
				expect(response).toMatchObject({ status: 200, body: { status: 'done', data } });
			}
			expect(run.emulator.documents).toMatchObject([
				{ filename: 'invoice.pdf', sha256: hashOf(sample) },
				{ sha256: hashOf(sample) },
			]);
		});
	});

	example('extract-webhook.json responds to failures with matching statuses', async (run) => {
		const { emulator } = run;
		await withWebhook(run, async (url) => {
			expect(await sendForm(url)).toMatchObject({ status: 400 });
			const csv = await sendBody(url, Buffer.from('a,b'), 'text/csv');
			expect(csv).toMatchObject({ status: 415 });
			expect(emulator.requests).toEqual([]);

			emulator.planRun({ fail: true });
			expect(await sendForm(url, sample)).toMatchObject({ status: 422, body: { status: 'error' } });

			emulator.planRun({ runningMs: 'always' });
			const unfinished = await sendForm(url, sample);
			expect(unfinished).toMatchObject({
				status: 202,
				body: { run_id: emulator.runs[1]?.run_id },
			});

			const body = { errorMessage: 'no' };
			emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 403, body });
			expect(await sendForm(url, sample)).toEqual({
				status: 502,
				body: { error: expect.objectContaining({ http_status: 403 }) },
			});
		});
	});

	example('nightly-project-files.json extracts new files on a schedule', async (run) => {
		const { emulator } = run;
		const texts = ['First', 'Second'].map((name) => `Vendor: ${name}\nTotal: 1.00\n`);
		const addFile = (name: string, text: string, type?: string) =>
			emulator.addProjectFile(emulator.project, `/invoices/inbox/${name}`, text, type);
		for (const [index, text] of texts.entries()) addFile(`${index + 1}.txt`, text);
		addFile('3.zip', 'PK', 'application/zip');
		addFile('older/4.txt', 'Vendor: Left out');
		const rule = { interval: [{ field: 'seconds', secondsInterval: 2 }] };
		const scheduled = withParameters(run.example, 'Every night at two', { rule });
		const execution = await whilePublished(scheduled, async (workflow) => {
			const { id, mode } = await waitFor('the schedule starts the workflow', async () =>
				(await client.listExecutions(workflow)).at(-1),
			);
			expect(mode).toBe('trigger');
			return await endOf(id);
		});
		expect(sortBy(jsonOf(execution, 'Extracted'), 'path')).toMatchObject(
			texts.map((text, index) => ({
				path: `/invoices/inbox/${index + 1}.txt`,
				data: { vendor: ['First', 'Second'][index], sha256: hashOf(text) },
			})),
		);
		expect(jsonOf(execution, 'Failed')).toMatchObject([{ path: '/invoices/inbox/3.zip' }]);
		expect(emulator.downloads.filter(({ apiKeySent }) => apiKeySent)).toEqual([]);
	});

	example('reconcile-invoices.json compares each invoice with the orders', async (run) => {
		const { emulator } = run;
		const order = { purchase_order: 'PO-0815', vendor: 'Example Paper Supplies', total: '119.00' };
		emulator.setReference([order]);
		const execution = await execute(run.example);
		expect(jsonOf(execution, 'Invoice and result')).toMatchObject([
			{ invoice_number: 'INV-1001', outcome: { compared_count: 2, matched_count: 2 } },
			{ invoice_number: 'PH-2002', outcome: { compared_count: 2, matched_count: 0 } },
		]);
		const sent = emulator.requests.filter(({ operationId }) => operationId === 'reconcile');
		const files = sent.map(({ body }) => (body as { files: Array<{ id: string }> }).files[0]?.id);
		expect(files.sort()).toEqual(emulator.documents.map(({ row_id }) => row_id).sort());
	});

	example(
		'agent-tools.json extracts by URL and by row ID, and answers with the data',
		async (run) => {
			const { emulator } = run;
			const storage = await run.serve(sample, 'application/pdf');
			const rowId = await uploadText(emulator, 'Vendor: Known Already\nTotal: 5.00\n');
			const question = `What is the total of ${storage}/new.pdf and of row ${rowId}?`;
			const { answer, requests } = await askAgent(run, question);
			expect(answer).toBe('The totals are 602.38 and 5.00.');
			const tools = requests[0]!.tools!.map((tool) => tool.function);
			expect(
				tools.map(({ name, parameters }) => [name, Object.keys(parameters.properties!)]).sort(),
			).toEqual([
				['Extract_document_by_row_ID', ['row_id']],
				['Extract_document_from_URL', ['file_url']],
			]);
			for (const { description } of tools)
				expect(description).toMatch(/^Extracts data from a document/);
			expect(emulator.documents).toMatchObject([
				{ file_type: 'binary' },
				{ uri: `${storage}/new.pdf` },
			]);
			expect(emulator.runs).toMatchObject([
				{ row_id: emulator.documents[1]!.row_id, status: 'done' },
				{ row_id: rowId, status: 'done' },
			]);
		},
	);

	example('agent-tools.json tells the agent what went wrong', async (run) => {
		const { answer } = await askAgent(run, 'What is the total of ftp://nowhere/new.pdf?');
		expect(answer).toMatch(/^It did not work: .*'File URL' is not a valid URL/);
	});

	example(
		'agent-tools.json does nothing twice with three calls at once and Retry On Fail',
		async (run) => {
			const { emulator } = run;
			const storage = await run.serve(sample, 'application/pdf');
			emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422, body: {} });
			emulator.inject({ operation: 'startRun', kind: 'answer', status: 422, body: {} });
			const files = ['a', 'b', 'c'].map((name) => `${storage}/${name}.pdf`);
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };
			const { answer } = await askAgent(run, `Compare ${files.join(' , ')}`, retry);
			expect(answer).toBe('The totals are 602.38 and 602.38 and 602.38.');
			expect(emulator.documents.map(({ uri }) => uri).sort()).toEqual(files);
			expect([emulator.rows.length, emulator.runs.length]).toEqual([3, 3]);
		},
	);
});

/** A run of an example with an emulator of its own, so that tests can run at the same time. */
interface ExampleRun {
	emulator: Emulator;
	/** The example, with the emulator's credential. */
	example: Example;
	/** Serves a file at every path of a server, until the test ends, and returns the server's URL. */
	serve(content: Buffer, type: string): Promise<string>;
}

function example(title: string, run: (context: ExampleRun) => Promise<void>): void {
	test.concurrent(title, async () => {
		const emulator = await startEmulator();
		const opened: Array<{ close(): Promise<void> }> = [emulator];
		try {
			const name = `Cloudsquid at ${emulator.origin}`;
			const credential = await client.createCredential({ ...credentialFor(emulator), name });
			await run({
				emulator,
				example: withCredential(readExample(title.split(' ')[0]!), credential),
				serve: async (content, type) => {
					const server = await serveFile(content, type);
					opened.push(server);
					return server.origin;
				},
			});
		} finally {
			for (const each of opened) await each.close();
		}
	});
}

/** Runs a workflow to its end, which must be a success. */
async function execute(workflow: Omit<Example, 'id'>, trigger?: string): Promise<Execution> {
	return await endOf(await client.run(await client.importWorkflow(workflow), trigger));
}

async function endOf(executionId: string): Promise<Execution> {
	const execution = await client.waitForExecution(executionId, { timeoutMs: 180_000 });
	expect(execution).toMatchObject({ status: 'success' });
	return execution;
}

const jsonOf = (execution: Execution, node: string, output = 0): JsonObject[] =>
	itemsOf(execution, node, output).map(({ json }) => json);

const sortBy = (items: JsonObject[], field: string) =>
	items.toSorted((a, b) => String(a[field]).localeCompare(String(b[field])));

function withMaxWait(workflow: Example, node: string, maxWait: number): Example {
	const options = findNode(workflow, node).parameters.options as JsonObject;
	return withParameters(workflow, node, { options: { ...options, maxWait } });
}

async function whilePublished<T>(
	workflow: Workflow,
	work: (stored: StoredWorkflow) => Promise<T>,
): Promise<T> {
	const stored = await client.importWorkflow(workflow);
	await client.publish(stored);
	try {
		return await work(stored);
	} finally {
		await client.unpublish(stored);
	}
}

const textFile = (fileName: string, text: string, mimeType = 'text/plain') => ({
	fileName,
	mimeType,
	data: Buffer.from(text).toString('base64'),
});

/** Two emails, each with an attachment that cannot be extracted, and one that can. */
const troubledEmails = [
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
];

/** Publishes the webhook example with a path of its own. */
async function withWebhook(run: ExampleRun, work: (url: string) => Promise<void>): Promise<void> {
	const path = `cloudsquid-extract-${new URL(run.emulator.origin).port}`;
	const workflow = withParameters(run.example, 'Document received', { path });
	await whilePublished(withMaxWait(workflow, 'Extract data from document', 3), async () => {
		await work(`${environment.server.baseUrl}/webhook/${path}`);
	});
}

/** Sends a form, as `curl -F data=@invoice.pdf` does. */
async function sendForm(url: string, file?: Buffer) {
	const form = new FormData();
	form.set('remark', 'as discussed');
	if (file) form.set('data', new Blob([file], { type: 'application/pdf' }), 'invoice.pdf');
	return await send(url, { body: form });
}

/** Sends a file, as `curl --data-binary @invoice.pdf` does. */
async function sendBody(url: string, body: Buffer, type = 'application/pdf') {
	return await send(url, { body, headers: { 'content-type': type } });
}

async function send(url: string, init: RequestInit) {
	const response = await fetch(url, { method: 'POST', ...init });
	return { status: response.status, body: (await response.json()) as JsonObject };
}

/** Uploads a document without n8n, and returns its row ID. */
async function uploadText(emulator: Emulator, text: string): Promise<string> {
	const { baseUrl, apiKey, project, tableId } = emulator;
	const url = `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}/files`;
	const file = Buffer.from(text).toString('base64');
	const { body } = await send(url, {
		headers: { 'X-API-Key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify({
			filename: 'known.txt',
			mimetype: 'text/plain',
			file_type: 'binary',
			file,
		}),
	});
	return body.row_id as string;
}

/** Sends a question to the agent's public chat. */
async function askAgent(
	{ example }: ExampleRun,
	chatInput: string,
	toolSettings: NodeSettings = {},
) {
	const requests: ChatRequest[] = [];
	const model = await serveChatModel((request) => {
		requests.push(request);
		return respondAsModel(request);
	});
	try {
		const credential: StoredCredential = await client.createCredential({
			name: `Model at ${model.port}`,
			type: 'openAiApi',
			data: { apiKey: 'none', url: `${model.origin}/v1` },
		});
		const chat = 'When chat message received';
		let workflow = withNode(withNewWebhooks(example), 'Extract document from URL', toolSettings);
		workflow = withParameters(workflow, chat, { public: true, mode: 'webhook' });
		workflow = chooseCredential(workflow, 'Chat model', credential);
		const { webhookId } = findNode(workflow, chat) as unknown as { webhookId: string };
		const url = `${environment.server.baseUrl}/webhook/${webhookId}/chat`;
		const message = { action: 'sendMessage', sessionId: randomUUID(), chatInput };
		const { body } = await whilePublished(
			workflow,
			async () =>
				await send(url, {
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(message),
				}),
		);
		return { answer: String(body.output), requests };
	} finally {
		await model.close();
	}
}

/** Calls tools for the URLs and the row ID in the question, several URLs at once, and answers with what they returned. */
function respondAsModel({ messages }: ChatRequest): Omit<ChatMessage, 'role'> {
	const question = String(messages.findLast(({ role }) => role === 'user')?.content);
	const results = messages
		.filter(({ role }) => role === 'tool')
		.map(({ content }) => String(content));
	const urls = question.match(/\w+:\/\/\S+\.pdf/g) ?? [];
	const [, row_id] = /row ([0-9a-f-]{36})/.exec(question) ?? [];
	const calls = urls.map((file_url, index) =>
		call(`url_${index}`, 'Extract_document_from_URL', { file_url }),
	);
	if (row_id) calls.push(call('row', 'Extract_document_by_row_ID', { row_id }));
	if (urls.length > 1 && results.length === 0) return { tool_calls: calls };
	const next = calls[results.length];
	if (next) return { tool_calls: [next] };
	const totals = results.map((text) => /"total\\?":\s*\\?"([\d.]+)/.exec(text)?.[1]);
	return totals.every(Boolean)
		? { content: `The totals are ${totals.join(' and ')}.` }
		: { content: `It did not work: ${results.join(' ')}` };
}

function call(id: string, name: string, values: JsonObject) {
	return { id, type: 'function' as const, function: { name, arguments: JSON.stringify(values) } };
}
