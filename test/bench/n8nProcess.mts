import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../host/n8nClient.mts';
import { newUserFolder, startN8n } from '../host/n8nServer.mts';
import { installCommunityPackage } from '../host/pack.mts';
import type { Credential, Workflow } from '../host/workflow.mts';
import { credentialFor, withCredential } from '../host/workflow.mts';
import type { Bench } from './bench.mts';
import type { EmulatorProcess, Verify } from './emulatorProcess.mts';
import type { Measurement } from './metrics.mts';
import { measurement } from './metrics.mts';
import { ProcessGroup } from './processGroup.mts';
import { httpCredentialFor, MEASURED } from './workflows.mts';

/** How long to wait before measuring idle memory, because n8n is still busy after startup. */
const SETTLING_MS = 4000;
const POLL_MS = 250;
const LONGEST_MS = 30 * 60_000;

/** Starts a new n8n with the package and both credentials, runs `work`, and stops it. */
export async function withN8n<T>(bench: Bench, work: (n8n: BenchN8n) => Promise<T>): Promise<T> {
	const { emulator, folder, host, settings } = bench;
	const userFolder = await prepareFolder(bench);
	const { client, pid, stop } = await startN8n(host, {
		userFolder,
		fileFolders: [folder],
		settings,
	});
	try {
		const { place } = emulator;
		const credentials = [
			await client.createCredential(credentialFor(place)),
			await client.createCredential(httpCredentialFor(place)),
		];
		await sleep(SETTLING_MS);
		return await work(new BenchN8n(client, emulator, new ProcessGroup(pid ?? 0), credentials));
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

/** Creates a user folder with the package for a new n8n process. */
export async function prepareFolder({ tarball, host }: Bench): Promise<string> {
	const userFolder = newUserFolder();
	await installCommunityPackage(tarball, userFolder, host.node);
	return userFolder;
}

/** An execution in n8n's list. */
interface Row {
	id: string;
	status: string;
	startedAt: string;
	stoppedAt: string;
}

/** An n8n process whose executions are measured. */
export class BenchN8n {
	private readonly idle: number;

	constructor(
		private readonly client: N8nClient,
		private readonly emulator: EmulatorProcess,
		private readonly group: ProcessGroup,
		private readonly credentials: ReadonlyArray<Credential & { id: string }>,
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
		const nodeTime = await this.readNodeTime(row, workflow);
		return measurement({ duration, executionTime, nodeTime, memory, cpuTime });
	}

	/** Runs a workflow to its end. The first time, n8n loads everything it loads only once. */
	async run(workflow: Workflow): Promise<Row> {
		const { client } = this;
		const stored = await client.importWorkflow(this.credentials.reduce(withCredential, workflow));
		const id = await client.run(stored);
		const row = await this.waitForEnd(stored.id, id);
		if (row.status === 'success') return row;
		const { error } = await client.execution(id);
		const reasons = [error?.node?.name, error?.message, error?.description].filter(Boolean);
		throw new Error(
			`"${workflow.name}" ended with the status ${row.status}: ${reasons.join(': ')}`,
		);
	}

	/** Polls the list of executions, because the data of the execution may be hundreds of megabytes. */
	private async waitForEnd(workflowId: string, id: string): Promise<Row> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const until = Date.now() + LONGEST_MS;
		while (Date.now() < until) {
			const rows = await this.tryList(`/rest/executions?limit=5&filter=${filter}`);
			const found = rows.find((row) => row.id === id);
			if (found && !['new', 'running', 'waiting'].includes(found.status)) return found;
			await sleep(POLL_MS);
		}
		throw new Error(`The execution ${id} did not end within ${LONGEST_MS / 60_000} minutes.`);
	}

	/** While n8n is busy, it closes idle connections. The next poll tries again. */
	private async tryList(path: string): Promise<Row[]> {
		try {
			return (await this.client.send<{ results: Row[] }>('GET', path)).results;
		} catch (error) {
			if (error instanceof TypeError && this.group.memory() > 0) return [];
			throw error;
		}
	}

	/** Doesn't read executions without the measured node, because their data may be large. */
	private async readNodeTime({ id }: Row, { nodes }: Workflow): Promise<number> {
		if (!nodes.some(({ name }) => name === MEASURED)) return NaN;
		const execution = await this.client.execution(id);
		return execution.nodes[MEASURED]?.[0]?.executionTime ?? NaN;
	}
}
