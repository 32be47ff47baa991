import type { Batch } from '../../e2e/batches.mts';
import { extractBatch, hashOf, makeBatches } from '../../e2e/batches.mts';
import type { StoredWorkflow } from '../../e2e/n8n.mts';
import { callWebhook, importWorkflow, publish } from '../../e2e/n8n.mts';
import { credentialFor } from '../../host/workflow.mts';
import { StatusLog } from '../../e2e/statusLog.mts';
import type { QueueMode } from '../../host/queueMode.mts';
import { startQueueMode } from '../../host/queueMode.mts';
import type { Bench } from '../bench.mts';
import { repeat } from '../bench.mts';
import { MemoryWatch } from '../memory.mts';
import { prepareFolder } from '../n8nProcess.mts';
import type { Measure, Result } from '../result.mts';
import { showSeconds } from '../result.mts';
import { medianOf } from '../statistics.mts';
import { assertAllArrived, spanOf } from '../timing.mts';

const RUN_MS = 5000;
const EACH = 10;
/** How many executions a worker runs at the same time. */
const CONCURRENCY = 5;
const LONGEST_MS = 10 * 60_000;
const PATH = 'extract';

/** One measurement with a number of workers. */
interface Take {
	span: number;
	documentsPerMinute: number;
	/** The CPU time of the main process, and of all workers together. */
	mainMs: number;
	workersMs: number;
}

/** How much a second worker adds. */
export const queueMode: Measure = {
	name: 'queue-mode',
	title: 'Queue mode: 400 documents in 40 executions, with runs of 5 s',
	how: `n8n in queue mode: one main process, one or two workers with \`--concurrency=${CONCURRENCY}\`, PostgreSQL, and Redis, all on this
machine. Files are stored in the database, and all other settings are n8n's defaults. Workflow: Webhook → Split Out →
Convert to File → Cloudsquid Extract with its default options. The webhook is called 40 times at once, with ${EACH} small text
documents each. *Documents per minute* is the number of documents divided by the duration, which is the time from the
first request to the last response, by the emulator's clock. Each measurement uses new processes, which first run the
same workflow with one document for each execution that the workers can run at once. How much a second worker adds
depends on what else the machine has to do. CPU time is that of the measurement.`,
	take: async (bench) => {
		const batches = makeBatches(bench.quick ? 20 : 40, EACH);
		const rounds = await repeat(bench, async () => ({
			one: await takeOnce(bench, batches, 1),
			two: await takeOnce(bench, batches, 2),
		}));
		return toResult(rounds);
	},
};

async function takeOnce(bench: Bench, batches: Batch[], workers: number): Promise<Take> {
	const { host, settings } = bench;
	const n8n = await startQueueMode(host, {
		workers,
		concurrency: CONCURRENCY,
		prepareFolder: async () => await prepareFolder(bench),
		settings,
	});
	try {
		const workflow = await publishExtraction(bench, n8n);
		await bench.emulator.reset({ pendingMs: 0, runningMs: 1000 });
		await sendAndWait(n8n, workflow, makeBatches(workers * CONCURRENCY, 1));
		return await measure(bench, n8n, workflow, batches);
	} finally {
		await n8n.stop();
	}
}

async function publishExtraction({ emulator }: Bench, n8n: QueueMode): Promise<StoredWorkflow> {
	const { client } = n8n;
	const credential = await client.createCredential(credentialFor(emulator.place));
	const place = { emulator: emulator.place, credential };
	const workflow = await importWorkflow(client, extractBatch(place, PATH));
	await publish(client, workflow);
	return workflow;
}

async function measure(
	{ emulator }: Bench,
	n8n: QueueMode,
	workflow: StoredWorkflow,
	batches: Batch[],
): Promise<Take> {
	await emulator.reset({ pendingMs: RUN_MS / 5, runningMs: (RUN_MS * 4) / 5 });
	const main = new MemoryWatch(n8n.pid ?? 0);
	const workers = n8n.workers.map(({ pid }) => new MemoryWatch(pid ?? 0));
	const workersNow = () => workers.reduce((sum, watch) => sum + watch.processorMs(), 0);
	const [mainBefore, workersBefore] = [main.processorMs(), workersNow()];
	try {
		await sendAndWait(n8n, workflow, batches);
		const mainMs = main.processorMs() - mainBefore;
		const workersMs = workersNow() - workersBefore;
		const books = await emulator.books();
		assertAllArrived(books, toFiles(batches));
		const span = spanOf(books);
		return {
			span,
			mainMs,
			workersMs,
			documentsPerMinute: books.documents.length / (span / 60_000),
		};
	} finally {
		for (const watch of [main, ...workers]) watch.stop();
	}
}

/** Sends all batches at once, and waits until n8n shows that all their executions succeeded. */
async function sendAndWait(
	n8n: QueueMode,
	workflow: StoredWorkflow,
	batches: Batch[],
): Promise<void> {
	const log = new StatusLog(n8n.client, workflow);
	await log.look();
	const before = log.with('success').length;
	await Promise.all(batches.map(async (batch) => await callWebhook(n8n, PATH, batch)));
	await log.until(before + batches.length, ['success'], LONGEST_MS);
}

function toFiles(batches: Batch[]): { files: string[]; hashes: Map<string, string> } {
	const documents = batches.flatMap((batch) => batch.documents);
	const hashes = documents.map(({ name, text }) => [name, hashOf(text)] as const);
	return { files: hashes.map(([name]) => name), hashes: new Map(hashes) };
}

function toResult(rounds: ReadonlyArray<{ one: Take; two: Take }>): Result {
	const of = (pick: (round: { one: Take; two: Take }) => number) => medianOf(rounds, pick);
	const perMinute = (name: 'one' | 'two') => of((round) => round[name].documentsPerMinute);
	return {
		figures: [
			{
				what: 'documents per minute, two workers ÷ one worker',
				value: perMinute('two') / perMinute('one'),
				goal: 1.8,
				better: 'more',
			},
		],
		context: [
			[
				'workers',
				'documents per minute',
				'duration',
				'CPU time of main process',
				'CPU time of workers',
			],
			...(['one', 'two'] as const).map((name) => [
				name,
				String(Math.round(perMinute(name))),
				showSeconds(of((round) => round[name].span)),
				showSeconds(of((round) => round[name].mainMs)),
				showSeconds(of((round) => round[name].workersMs)),
			]),
		],
	};
}
