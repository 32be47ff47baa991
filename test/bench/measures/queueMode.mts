import { extractBatch, hashOf, makeBatches, StatusLog, type Batch } from '../../e2e/batches.mts';
import { CONCURRENCY, startQueueMode } from '../../host/queueMode.mts';
import { credentialFor } from '../../host/workflow.mts';
import { measureRounds, type Bench, type Measure } from '../bench.mts';
import { allArrived } from '../emulatorProcess.mts';
import { measurement, metric, showRatio, showSeconds, tableOf } from '../metrics.mts';
import { ProcessGroup } from '../processGroup.mts';

const RUN_MS = 5000;
const EACH = 10;
const MAX_EXECUTION_MS = 10 * 60_000;
const PATH = 'extract';

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
	run: async (bench) => {
		const batches = makeBatches(bench.quick ? 20 : 40, EACH);
		const { medians } = await measureRounds(bench, {
			one: async () => await measureWorkers(bench, batches, 1),
			two: async () => await measureWorkers(bench, batches, 2),
		});
		const perMinute = ({ duration }: { duration: number }) =>
			(batches.length * EACH) / (duration / 60_000);
		const ratio = perMinute(medians.two) / perMinute(medians.one);
		return {
			metrics: [
				metric('documents per minute, two workers ÷ one worker', ratio, 1.8, showRatio, 'more'),
			],
			context: tableOf(Object.entries(medians), {
				workers: ([workers]) => workers,
				'documents per minute': ([, median]) => String(Math.round(perMinute(median))),
				duration: ([, { duration }]) => showSeconds(duration),
				'CPU time of main process': ([, { cpuTime }]) => showSeconds(cpuTime),
				'CPU time of workers': ([, { workersCpuTime }]) => showSeconds(workersCpuTime),
			}),
		};
	},
};

async function measureWorkers(
	{ emulator, host, settings }: Bench,
	batches: readonly Batch[],
	workers: number,
) {
	const { place } = emulator;
	const n8n = await startQueueMode(host, workers, settings);
	const { client } = n8n;
	try {
		const credential = await client.createCredential(credentialFor(place));
		const extraction = extractBatch({ emulator: place, credential }, PATH);
		const workflow = await client.importWorkflow(extraction);
		await client.publish(workflow);
		const log = new StatusLog(client, workflow);
		/** Sends all batches at once, and waits until n8n shows that all their executions succeeded. */
		const sendAndWait = async (all: readonly Batch[]) => {
			const expected = log.with('success').length + all.length;
			await Promise.all(all.map(async (batch) => await client.callWebhook(PATH, batch)));
			await log.until(expected, ['success'], MAX_EXECUTION_MS);
		};
		await emulator.reset({ pendingMs: 0, runningMs: 1000 });
		await sendAndWait(makeBatches(workers * CONCURRENCY, 1));
		await emulator.reset({ pendingMs: RUN_MS / 5, runningMs: (RUN_MS * 4) / 5 });
		const documents = batches.flatMap((batch) => batch.documents);
		const hashes = new Map(documents.map(({ name, text }) => [name, hashOf(text)]));
		const groups = [
			new ProcessGroup(n8n.pid),
			new ProcessGroup(...n8n.workers.map(({ pid }) => pid)),
		];
		const { result, duration } = await emulator.time(async () => {
			const before = groups.map((group) => group.cpuTime());
			await sendAndWait(batches);
			return groups.map((group, index) => group.cpuTime() - before[index]!);
		}, allArrived(hashes));
		return measurement({ duration, cpuTime: result[0], workersCpuTime: result[1] });
	} finally {
		await n8n.stop();
	}
}
