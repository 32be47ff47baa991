import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { N8nWorker } from '../host/n8nWorker.mts';
import type { JsonObject } from '../host/workflow.mts';
import { manualTriggerOf, withCredential } from '../host/workflow.mts';
import type { SentDocument } from './batches.mts';
import {
	extractBatch,
	hashOf,
	hashesOf,
	makeBatches,
	namedByExecution,
	readSent,
} from './batches.mts';
import { readExample, startedBy, withParameters } from '../host/examples.mts';
import type { StoredWorkflow } from './n8n.mts';
import { callWebhook, importWorkflow, publish } from './n8n.mts';
import type { QueueSetting } from './queueSetting.mts';
import { openQueueSetting } from './queueSetting.mts';
import type { LocalServer } from './servers.mts';
import { serveFiles } from './servers.mts';
import { StatusLog } from './statusLog.mts';
import { until } from './until.mts';
import { webhookNode } from './workflows.mts';

/*
 * What becomes of documents when a worker is lost, with n8n's own settings. What is asserted here
 * of n8n itself is told in docs/queue-mode.md.
 */

let setting: QueueSetting;
let extraction: StoredWorkflow;

/** n8n notices within two minutes that a worker is lost: lock, check and grace, see the document. */
const NOTICED_MS = 180_000;

before(async () => {
	setting = await openQueueSetting(2, { pendingMs: 1000, runningMs: 4000 });
	const { client } = setting;
	extraction = await importWorkflow(client, extractBatch(setting, 'extract', namedByExecution));
	await publish(client, extraction);
});
after(async () => await setting?.close());

const workerAt = (index: number): N8nWorker => {
	const worker = setting.server.workers[index];
	assert.ok(worker);
	return worker;
};

const sendAll = async (path: string, bodies: readonly JsonObject[]) =>
	await Promise.all(bodies.map(async (body) => await callWebhook(setting.server, path, body)));

const readAll = async (ids: readonly string[]): Promise<Execution[]> =>
	await Promise.all(ids.map(async (id) => await setting.client.execution(id)));

const sentBy = (executionId: string): SentDocument[] =>
	readSent(setting.emulator).filter((document) => document.executionId === executionId);

/** The documents that an execution gave results for, by what the service read in them. */
const resultsOf = (execution: Execution, node: string) =>
	itemsOf(execution, node).map(({ json }) => {
		const { file_name, sha256 } = json.data as { file_name: string; sha256: string };
		return { fileName: file_name, sha256, rowId: json.row_id };
	});

describe('one of two workers is killed half-way and brought back', () => {
	const batches = makeBatches(20, 10);
	let executions: Execution[];

	const succeeded = () => executions.filter(({ status }) => status === 'success');
	const failed = () => executions.filter(({ status }) => status !== 'success');

	before(async () => {
		const { client, emulator } = setting;
		const log = new StatusLog(client, extraction);
		const worker = workerAt(0);
		await sendAll('extract', batches);
		await until('half of the documents, and a worker at work', () => {
			return emulator.documents.length > 100 && worker.unfinished.length > 0;
		});
		const killedAt = Date.now();
		await worker.kill();
		const sent = worker.unfinished.flatMap(sentBy).length;
		await worker.start();
		// Those that are shown as crashed at first are shown as failed once n8n has noticed by the queue, too.
		await log.until(batches.length, ['success', 'error'], NOTICED_MS);
		executions = await readAll(log.with('success', 'error'));
		const lost = failed().map(({ id }) => id);
		console.log(
			`${lost.length} of ${batches.length} executions were lost with the worker that came back;`,
			`${sent} of their documents had been sent.`,
			`After the kill: ${log.tell('crashed', lost, killedAt)}, ${log.tell('error', lost, killedAt)}.`,
		);
	});

	test('every execution ends, and those of the other worker end well', () => {
		assert.equal(executions.length, batches.length);
		const others = workerAt(1).tries.map(({ executionId }) => executionId);
		assert.deepEqual(
			failed().filter(({ id }) => others.includes(id)),
			[],
		);
		assert.ok(failed().length > 0, 'the kill came when nothing was at work');
	});

	test('n8n shows what was lost as failed, and says why', () => {
		for (const { id, status, error } of failed()) {
			assert.equal(status, 'error', id);
			assert.match(error?.message ?? '', /failed to be processed too many times/, id);
		}
	});

	test('every document is in an execution that gave its own result, or in one that failed', () => {
		const open = new Map(batches.map((batch) => [hashesOf(batch).join(), batch]));
		for (const execution of succeeded()) {
			const results = resultsOf(execution, 'Cloudsquid');
			const batch = results.map(({ sha256 }) => sha256).join();
			assert.ok(open.delete(batch), `${execution.id} gave results that are not of one batch`);
			for (const { fileName } of results) assert.ok(fileName.startsWith(`${execution.id}_`));
		}
		assert.equal(open.size, failed().length);
		const names = [...open.values()].flatMap(({ documents }) => documents.map(({ name }) => name));
		const sent = failed().flatMap(({ id }) => sentBy(id).map(({ name }) => name));
		assert.deepEqual(
			sent.filter((name) => !names.includes(name)),
			[],
		);
	});

	test("the service's books and n8n's executions agree", () => {
		for (const execution of succeeded()) {
			const rows = resultsOf(execution, 'Cloudsquid').map(({ rowId }) => rowId);
			assert.deepEqual(
				rows.sort(),
				sentBy(execution.id)
					.map(({ rowId }) => rowId)
					.sort(),
			);
		}
		const known = executions.map(({ id }) => id);
		const strangers = readSent(setting.emulator).filter(
			(each) => !known.includes(each.executionId),
		);
		assert.deepEqual(strangers, []);
		// What was under way as the worker was killed has no status.
		const refused = setting.emulator.requests.filter(({ status }) => status && status >= 400);
		assert.deepEqual(refused, []);
	});

	test('no document is sent twice, nor run twice', () => {
		const sent = readSent(setting.emulator);
		assert.equal(new Set(sent.map(({ sha256 }) => sha256)).size, sent.length);
		for (const { id } of succeeded()) {
			assert.deepEqual(
				sentBy(id).map(({ runs }) => runs),
				Array.from({ length: 10 }, () => 1),
			);
		}
		assert.ok(sent.every(({ runs }) => runs <= 1));
		const tries = setting.server.workers.flatMap((worker) => worker.tries);
		const ids = tries.map(({ executionId }) => executionId);
		assert.equal(new Set(ids).size, ids.length, 'n8n itself tried an execution again');
	});

	test('n8n cannot retry what was lost, and nothing is sent by the try', async () => {
		const { client, emulator } = setting;
		const before = emulator.requests.length;
		const { status } = await client.send<{ status: string }>(
			'POST',
			`/rest/executions/${failed()[0]?.id}/retry`,
			{ loadWorkflow: false },
		);
		assert.equal(status, 'error');
		assert.equal(emulator.requests.length, before);
	});
});

describe('both workers are killed while executions wait, and one is brought back', () => {
	const documents = makeBatches(1, 20).flatMap((batch) => batch.documents);
	const atWork = makeBatches(6, 1);
	const names = documents.map(({ name }) => name);
	let storage: LocalServer;
	let waited: Execution[];
	/** Those that the workers were at work on, by worker. */
	let lost: string[][];
	let ended: Map<string, Execution>;

	before(async () => {
		setting.emulator.reset();
		const { client, emulator, server } = setting;
		const files = documents.map(({ name, text }) => [name, Buffer.from(text)] as const);
		storage = await serveFiles(new Map(files), 'text/plain');
		const waiting = await publishLongRun();
		const waitingLog = new StatusLog(client, waiting);
		await sendAll(
			'long-run',
			names.map((name) => ({ file_url: `${storage.origin}/${name}` })),
		);
		await waitingLog.until(documents.length, ['waiting'], 60_000);

		emulator.configure({ runningMs: 600_000 });
		const taken = server.workers.map(({ tries }) => tries.length);
		await sendAll('extract', atWork);
		await until('runs that both workers wait for', () => {
			return emulator.runs.length === documents.length + atWork.length;
		});
		const killedAt = Date.now();
		await Promise.all(server.workers.map(async (worker) => await worker.kill()));
		lost = server.workers.map(({ tries }, index) =>
			tries.slice(taken[index]).map(({ executionId }) => executionId),
		);
		await workerAt(0).start();
		await waitingLog.until(documents.length, ['success'], NOTICED_MS);
		waited = await readAll(waitingLog.with('success'));

		const log = new StatusLog(client, extraction);
		await log.until(lost.flat(), ['error'], NOTICED_MS);
		ended = new Map((await readAll(lost.flat())).map((each) => [each.id, each]));
		console.log(
			'Executions at work as both workers were killed:',
			`${log.tell('error', lost[0] ?? [], killedAt)} where the worker came back,`,
			`${log.tell('error', lost[1] ?? [], killedAt)} where it did not.`,
		);
	});
	after(async () => await storage?.close());

	test('what waited ends well, each with the result of its own document', () => {
		const results = waited.map((execution) => {
			const [trigger] = itemsOf(execution, manualTriggerOf(readExample(LONG_RUN)));
			const { file_url } = trigger?.json.body as { file_url: string };
			const read = resultsOf(execution, 'Result').map(({ sha256 }) => sha256);
			return [file_url.split('/').at(-1), ...read];
		});
		const expected = documents.map(({ name, text }) => [name, hashOf(text)]);
		assert.deepEqual(results.sort(), expected.sort());
	});

	test('what waited was sent once, run once and looked at once', () => {
		const { emulator } = setting;
		const rows = emulator.documents.flatMap(({ filename, row_id }) =>
			names.includes(filename) ? [row_id] : [],
		);
		assert.equal(rows.length, names.length);
		const looks = rows.map((row) =>
			emulator.runs.filter(({ row_id }) => row_id === row).map(({ polls }) => polls.length),
		);
		assert.deepEqual(
			looks,
			rows.map(() => [1]),
		);
	});

	test('what was at work is shown as failed, also where the worker is gone for good', () => {
		assert.deepEqual([...ended.keys()].sort(), lost.flat().sort());
		for (const [index, ids] of lost.entries()) {
			assert.ok(ids.length > 0, `worker ${index + 1} was not at work`);
			for (const id of ids) assert.equal(ended.get(id)?.status, 'error', id);
		}
		const sent = lost.flat().map((id) => sentBy(id).map(({ runs }) => runs));
		assert.deepEqual(
			sent,
			sent.map(() => [1]),
		);
	});
});

const LONG_RUN = 'long-run-with-wait.json';

/** The example, started by a webhook that is told an address, and with the shortest wait that is put away. */
async function publishLongRun(): Promise<StoredWorkflow> {
	const address = {
		id: '1',
		name: 'file_url',
		value: '={{ $json.body.file_url }}',
		type: 'string',
	};
	let example = withCredential(readExample(LONG_RUN), setting.credential);
	example = startedBy(example, webhookNode('long-run', 'onReceived'));
	example = withParameters(example, 'URL of the recording', {
		assignments: { assignments: [address] },
	});
	example = withParameters(example, 'Wait', { amount: 66, unit: 'seconds' });
	const stored = await importWorkflow(setting.client, example);
	await publish(setting.client, stored);
	return stored;
}
