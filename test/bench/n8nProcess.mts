import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor, type N8nClient, type StoredCredential } from '../host/n8nClient.mts';
import { startN8n } from '../host/n8nServer.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { credentialFor, withCredential, type Workflow } from '../host/workflow.mts';
import type { Bench } from './bench.mts';
import type { EmulatorProcess, Verify } from './emulatorProcess.mts';
import { measurement, type Measurement } from './metrics.mts';
import { ProcessGroup } from './processGroup.mts';
import { httpCredentialFor, MEASURED } from './workflows.mts';

/** How long to wait before measuring idle memory, because n8n is still busy after startup. */
const SETTLING_MS = 4000;
const POLL_MS = 250;
const MAX_EXECUTION_MS = 30 * 60_000;

/** Starts a new n8n with the package and both credentials, runs `work`, and stops it. */
export async function withN8n<T>(bench: Bench, work: (n8n: BenchN8n) => Promise<T>): Promise<T> {
	const { emulator, folder, host, settings } = bench;
	const userFolder = await preparedUserFolder(host);
	const options = { userFolder, fileFolders: [folder], settings };
	const { client, pid, stop } = await startN8n(host, options);
	try {
		const { place } = emulator;
		const credentials = [
			await client.createCredential(credentialFor(place)),
			await client.createCredential(httpCredentialFor(place)),
		];
		await sleep(SETTLING_MS);
		return await work(new BenchN8n(client, emulator, new ProcessGroup(pid), credentials));
	} finally {
		await stop();
	}
}

/** Measures a workflow in a new n8n that has already run the workflow `warmUp`. */
export async function measureInNewN8n(
	bench: Bench,
	warmUp: Workflow,
	workflow: Workflow,
	verify: Verify,
): Promise<Measurement> {
	return await withN8n(bench, async (n8n) => {
		await n8n.run(warmUp);
		return await n8n.measure(workflow, verify);
	});
}

class BenchN8n {
	private readonly idle: number;

	constructor(
		private readonly client: N8nClient,
		private readonly emulator: EmulatorProcess,
		private readonly group: ProcessGroup,
		private readonly credentials: readonly StoredCredential[],
	) {
		this.idle = group.memory();
	}

	/** Runs a workflow to its end and measures it. */
	async measure(workflow: Workflow, verify: Verify): Promise<Measurement> {
		const { emulator, group } = this;
		await sleep(SETTLING_MS);
		const { result, duration } = await emulator.time(async () => {
			// n8n may free memory some time after startup.
			const idle = Math.min(this.idle, group.memory());
			const before = group.cpuTime();
			const { result: row, peak } = await group.peakDuring(async () => await this.run(workflow));
			return { row, memory: peak - idle, cpuTime: group.cpuTime() - before };
		}, verify);
		const { row, memory, cpuTime } = result;
		const executionTime = Date.parse(row.stoppedAt) - Date.parse(row.startedAt);
		// The data of other executions may be large.
		const hasNode = workflow.nodes.some(({ name }) => name === MEASURED);
		const nodes = hasNode ? (await this.client.execution(row.id)).nodes : {};
		const nodeTime = nodes[MEASURED]?.[0]?.executionTime ?? NaN;
		return measurement({ duration, executionTime, nodeTime, memory, cpuTime });
	}

	/** Runs a workflow to its end. The first time, n8n loads everything it loads only once. */
	async run(workflow: Workflow) {
		const { client, group } = this;
		const stored = await client.importWorkflow(this.credentials.reduce(withCredential, workflow));
		const id = await client.run(stored);
		// Polls the list of executions, because the data of the execution may be hundreds of megabytes.
		const poll = async () => {
			const rows = await client.listExecutions(stored).catch((error: unknown) => {
				// While n8n is busy, it closes idle connections. The next poll tries again.
				if (error instanceof TypeError && group.memory() > 0) return [];
				throw error;
			});
			const running = ['new', 'running', 'waiting'];
			return rows.find((row) => row.id === id && !running.includes(row.status));
		};
		const wait = { timeoutMs: MAX_EXECUTION_MS, pollMs: POLL_MS };
		const row = await waitFor(`the end of "${workflow.name}"`, poll, wait);
		if (row.status === 'success') return row;
		const { error } = await client.execution(id);
		const reasons = [error?.node?.name, error?.message, error?.description].filter(Boolean);
		throw new Error(`"${workflow.name}" has the status ${row.status}: ${reasons.join(': ')}`);
	}
}
