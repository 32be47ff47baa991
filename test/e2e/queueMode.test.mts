import { readExample, withNode, withParameters } from '../host/examples.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { StoredWorkflow } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { QueueMode } from '../host/queueMode.mts';
import type { JsonObject } from '../host/workflow.mts';
import { manualTriggerOf, withCredential } from '../host/workflow.mts';
import {
	extractBatch,
	hashOf,
	makeBatches,
	namedByExecution,
	readSent,
	StatusLog,
} from './batches.mts';
import { serveFiles } from './servers.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openQueueEnvironment } from './testEnvironment.mts';
import { webhookNode } from './workflows.mts';

/*
 * What happens to documents when a worker is lost, with n8n's default settings. docs/queue-mode.md
 * describes what is tested here about n8n itself.
 */

let environment: TestEnvironment<QueueMode>;
let extraction: StoredWorkflow;

/** n8n detects a lost worker within two minutes. */
const DETECTION_TIMEOUT_MS = 180_000;

beforeAll(async () => {
	environment = await openQueueEnvironment(2, { pendingMs: 1000, runningMs: 4000 });
	const { client } = environment;
	extraction = await client.importWorkflow(extractBatch(environment, 'extract', namedByExecution));
	await client.publish(extraction);
});
afterAll(async () => await environment?.close());

const sendAll = async (path: string, bodies: readonly JsonObject[]) =>
	await Promise.all(bodies.map(async (body) => await environment.client.callWebhook(path, body)));

const readAll = async (ids: readonly string[]): Promise<Execution[]> =>
	await Promise.all(ids.map(async (id) => await environment.client.execution(id)));

const sentBy = (executionId: string) =>
	readSent(environment.emulator).filter((document) => document.executionId === executionId);

/** The data that a node returned, and its rows. */
const resultsOf = (execution: Execution, node: string) =>
	itemsOf(execution, node).map(({ json }) => {
		const { file_name: fileName, sha256 } = json.data as Record<string, string>;
		return { fileName, sha256, rowId: json.row_id };
	});

describe('when one of two workers is killed halfway and restarted', () => {
	const batches = makeBatches(20, 10);
	let executions: Execution[];
	let succeeded: Execution[];
	let failed: Execution[];

	beforeAll(async () => {
		const { client, emulator, server } = environment;
		const log = new StatusLog(client, extraction);
		const worker = server.workers[0]!;
		await sendAll('extract', batches);
		await waitFor('half of the documents, and an active worker', () => {
			return emulator.documents.length > 100 && worker.unfinished.flatMap(sentBy).length > 0;
		});
		const killedAt = Date.now();
		await worker.kill();
		const sent = worker.unfinished.flatMap(sentBy).length;
		await worker.start();
		// Crashed executions are shown as failed once n8n has also detected them in the queue.
		await log.until(batches.length, ['success', 'error'], DETECTION_TIMEOUT_MS);
		executions = await readAll(log.with('success', 'error'));
		succeeded = executions.filter(({ status }) => status === 'success');
		failed = executions.filter(({ status }) => status !== 'success');
		const lost = failed.map(({ id }) => id);
		console.log(
			`${lost.length} of ${batches.length} executions were lost with the restarted worker;`,
			`${sent} of their documents had been sent.`,
			`After the kill: ${log.describe('crashed', lost, killedAt)}, ${log.describe('error', lost, killedAt)}.`,
		);
	});

	test('ends every execution, and those of the killed worker with an error', () => {
		expect(executions).toHaveLength(batches.length);
		expect(failed).not.toEqual([]);
		const message = expect.stringContaining('failed to be processed too many times');
		for (const execution of failed) {
			expect(execution).toMatchObject({ status: 'error', error: { message } });
		}
		const { started } = environment.server.workers[1]!;
		expect(failed.filter(({ id }) => started.includes(id))).toEqual([]);
	});

	test('returns each document with its own result, or its execution failed', () => {
		const open = new Map(
			batches.map(({ documents }) => [documents.map(({ text }) => hashOf(text)).join(), documents]),
		);
		for (const execution of succeeded) {
			const results = resultsOf(execution, 'Cloudsquid');
			expect(open.delete(results.map(({ sha256 }) => sha256).join())).toBe(true);
			for (const { fileName } of results) expect(fileName).toMatch(`${execution.id}_`);
			const rows = sentBy(execution.id).map(({ rowId }) => rowId);
			expect(results.map(({ rowId }) => rowId).sort()).toEqual(rows.sort());
		}
		expect(open.size).toBe(failed.length);
		const names = [...open.values()].flatMap((documents) => documents.map(({ name }) => name));
		const sent = failed.flatMap(({ id }) => sentBy(id).map(({ name }) => name));
		expect(sent.filter((name) => !names.includes(name))).toEqual([]);
	});

	test('sends no document twice, and starts no run twice', () => {
		const { emulator, server } = environment;
		const known = executions.map(({ id }) => id);
		const sent = readSent(emulator);
		expect(sent.filter(({ executionId }) => !known.includes(executionId))).toEqual([]);
		expect(new Set(sent.map(({ sha256 }) => sha256)).size).toBe(sent.length);
		for (const { id } of succeeded) {
			expect(sentBy(id).map(({ runs }) => runs)).toEqual(Array(10).fill(1));
		}
		expect(Math.max(...sent.map(({ runs }) => runs))).toBe(1);
		const started = server.workers.flatMap((worker) => worker.started);
		expect(new Set(started).size).toBe(started.length);
		// A request without a status was in flight when the worker was killed.
		expect(emulator.requests.filter(({ status }) => status && status >= 400)).toEqual([]);
	});

	test('sends nothing if n8n retries a lost execution, which it cannot', async () => {
		const { client, emulator } = environment;
		const before = emulator.requests.length;
		const path = `/rest/executions/${failed[0]!.id}/retry`;
		const retried = await client.send('POST', path, { loadWorkflow: false });
		expect(retried).toMatchObject({ status: 'error' });
		expect(emulator.requests).toHaveLength(before);
	});
});

test('resumes waiting executions after both workers are killed, and shows active ones as failed', async () => {
	const { client, emulator, server } = environment;
	emulator.reset();
	const { documents } = makeBatches(1, 20)[0]!;
	const texts = new Map(documents.map(({ name, text }) => [`/${name}`, text]));
	await using storage = await serveFiles((path) => texts.get(path));
	const waitingLog = new StatusLog(client, await publishLongRun());
	await sendAll(
		'long-run',
		[...texts.keys()].map((path) => ({ file_url: `${storage.origin}${path}` })),
	);
	await waitingLog.until(documents.length, ['waiting'], 60_000);

	emulator.configure({ runningMs: 600_000 });
	const earlier = server.workers.map(({ started }) => started.length);
	const active = makeBatches(6, 1);
	await sendAll('extract', active);
	await waitFor('runs that both workers wait for', () => {
		return emulator.runs.length === documents.length + active.length;
	});
	const killedAt = Date.now();
	await Promise.all(server.workers.map(async (worker) => await worker.kill()));
	const lost = server.workers.map(({ started }, index) => started.slice(earlier[index]));
	for (const ids of lost) expect(ids).not.toEqual([]);

	await server.workers[0]!.start();
	await waitingLog.until(documents.length, ['success'], DETECTION_TIMEOUT_MS);
	const results = (await readAll(waitingLog.with('success'))).map((execution) => {
		const [trigger] = itemsOf(execution, manualTriggerOf(readExample(LONG_RUN)));
		const { file_url } = trigger!.json.body as { file_url: string };
		const hashes = resultsOf(execution, 'Result').map(({ sha256 }) => sha256);
		return [file_url.split('/').at(-1), ...hashes];
	});
	const expected = documents.map(({ name, text }) => [name, hashOf(text)]);
	expect(results.sort()).toEqual(expected.sort());
	const polls = documents.map(({ name }) => {
		const rows = emulator.documents.filter(({ filename }) => filename === name);
		return rows.map(({ row_id: row }) =>
			emulator.runs.filter(({ row_id }) => row_id === row).map((run) => run.polls.length),
		);
	});
	// Each is uploaded, run, and polled once.
	expect(polls).toEqual(documents.map(() => [[1]]));

	const log = new StatusLog(client, extraction);
	await log.until(lost.flat(), ['error'], DETECTION_TIMEOUT_MS);
	const sent = lost.flat().map((id) => sentBy(id).map(({ runs }) => runs));
	expect(sent).toEqual(lost.flat().map(() => [1]));
	console.log(
		'Executions that were running when both workers were killed:',
		`${log.describe('error', lost[0]!, killedAt)} of the restarted worker,`,
		`${log.describe('error', lost[1]!, killedAt)} of the other.`,
	);
});

const LONG_RUN = 'long-run-with-wait.json';

/** Publishes the example with a webhook that receives a URL, and with the shortest wait that n8n stores. */
async function publishLongRun(): Promise<StoredWorkflow> {
	const { client, credential } = environment;
	const value = '={{ $json.body.file_url }}';
	const assignments = [{ id: '1', name: 'file_url', value, type: 'string' }];
	let example = withCredential(readExample(LONG_RUN), credential);
	const { type, typeVersion, parameters, webhookId } = webhookNode('long-run', 'onReceived');
	const webhook = { type, typeVersion, parameters, webhookId };
	example = withNode(example, manualTriggerOf(example), webhook);
	example = withParameters(example, 'URL of the recording', { assignments: { assignments } });
	example = withParameters(example, 'Wait', { amount: 66, unit: 'seconds' });
	const stored = await client.importWorkflow(example);
	await client.publish(stored);
	return stored;
}
