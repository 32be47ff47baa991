import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../host/execution.mts';
import type { N8nClient } from '../host/n8nClient.mts';
import type { N8nServer } from '../host/n8nServer.mts';
import { newUserFolder, startN8n } from '../host/n8nServer.mts';
import { installCommunityPackage } from '../host/pack.mts';
import type { Credential, Workflow } from '../host/workflow.mts';
import { withCredential } from '../host/workflow.mts';
import type { Bench } from './bench.mts';
import { MemoryWatch } from './memory.mts';
import { MEASURED } from './workflows.mts';

/** How much time and memory an execution took. */
export interface Take {
	/** From its start to its end, as recorded by n8n, in milliseconds. */
	wholeMs: number;
	/** The peak of n8n's memory above its minimum while idle, in bytes. */
	memory: number;
	/** The CPU time of n8n, in milliseconds. */
	processorMs: number;
	execution: Execution;
}

/** How long to wait before measuring idle memory, because n8n is still busy after startup. */
const SETTLING_MS = 4000;
const LOOK_MS = 250;
const LONGEST_MS = 30 * 60_000;

/** Starts a new n8n with the package and both credentials, runs `work`, and stops it. */
export async function withN8n<T>(bench: Bench, work: (n8n: BenchN8n) => Promise<T>): Promise<T> {
	const userFolder = await prepareFolder(bench);
	const server = await startN8n(bench.host, {
		userFolder,
		fileFolders: [bench.folder],
		settings: bench.settings,
	});
	let n8n: BenchN8n | undefined;
	try {
		n8n = await BenchN8n.prepare(bench, server);
		return await work(n8n);
	} finally {
		n8n?.close();
		await server.stop();
	}
}

/** Creates a user folder with the package for a new n8n process. */
export async function prepareFolder({ tarball, host }: Bench): Promise<string> {
	const userFolder = newUserFolder();
	await installCommunityPackage(tarball, userFolder, host.node);
	return userFolder;
}

/** An n8n process whose executions are measured. */
export class BenchN8n {
	private constructor(
		readonly client: N8nClient,
		private readonly pid: number,
		private readonly watch: MemoryWatch,
		private readonly idle: number,
		private readonly credentials: Array<Credential & { id: string }>,
	) {}

	static async prepare({ emulator }: Bench, { client, pid }: N8nServer): Promise<BenchN8n> {
		const { apiKey, baseUrl } = emulator.place;
		const credentials: Credential[] = [
			{ name: 'Cloudsquid account', type: 'cloudsquidApi', data: { apiKey, baseUrl } },
			{ name: 'X-API-Key', type: 'httpHeaderAuth', data: { name: 'X-API-Key', value: apiKey } },
		];
		const stored: Array<Credential & { id: string }> = [];
		for (const credential of credentials) stored.push(await client.createCredential(credential));
		await sleep(SETTLING_MS);
		const watch = new MemoryWatch(pid ?? 0);
		return new BenchN8n(client, pid ?? 0, watch, watch.now(), stored);
	}

	/** Stops measuring memory. Doesn't stop n8n. */
	close(): void {
		this.watch.stop();
	}

	/** Runs a workflow to its end without measuring it, so that n8n loads everything it loads only once. */
	async warmUp(workflow: Workflow): Promise<void> {
		await this.runToEnd(workflow);
	}

	/** Runs a workflow to its end and measures it. */
	async measure(workflow: Workflow): Promise<Take> {
		const { watch } = this;
		await sleep(SETTLING_MS);
		// n8n may free memory some time after startup.
		const idle = Math.min(this.idle, watch.now());
		const before = watch.processorMs();
		watch.reset();
		const { id, startedAt, stoppedAt } = await this.runToEnd(workflow);
		const memory = watch.peak() - idle;
		const processorMs = watch.processorMs() - before;
		const wholeMs = Date.parse(stoppedAt) - Date.parse(startedAt);
		const execution = await this.readNodes(id, workflow);
		return { wholeMs, memory, processorMs, execution };
	}

	private async runToEnd(workflow: Workflow): Promise<Ended> {
		const { client } = this;
		const filled = this.credentials.reduce(withCredential, workflow);
		const stored = await client.createWorkflow(filled);
		const id = await client.run(stored);
		const ended = await this.waitForEnd(stored.id, id);
		if (ended.status === 'success') return ended;
		const { error } = await client.execution(id);
		const reason = [error?.node?.name, error?.message, error?.description]
			.filter(Boolean)
			.join(': ');
		throw new Error(`"${workflow.name}" ended with the status ${ended.status}: ${reason}`);
	}

	/** Polls the list of executions, because the data of the execution may be hundreds of megabytes. */
	private async waitForEnd(workflowId: string, id: string): Promise<Ended> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const until = Date.now() + LONGEST_MS;
		while (Date.now() < until) {
			const results = await this.tryList(`/rest/executions?limit=5&filter=${filter}`);
			const found = results.find((each) => each.id === id);
			if (found && !['new', 'running', 'waiting'].includes(found.status)) return found;
			await sleep(LOOK_MS);
		}
		throw new Error(`The execution ${id} did not end within ${LONGEST_MS / 60_000} minutes.`);
	}

	/** While n8n is busy, it closes idle connections. The next poll tries again. */
	private async tryList(path: string): Promise<Ended[]> {
		try {
			return (await this.client.send<{ results: Ended[] }>('GET', path)).results;
		} catch (error) {
			if (error instanceof TypeError && isAlive(this.pid)) return [];
			throw error;
		}
	}

	/** Reads the output of the measured node. Doesn't read workflows without one, because their data may be large. */
	private async readNodes(id: string, { nodes }: Workflow): Promise<Execution> {
		const has = nodes.some(({ name }) => name === MEASURED);
		return has ? await this.client.execution(id) : { id, status: 'success', nodes: {} };
	}
}

interface Ended {
	id: string;
	status: string;
	startedAt: string;
	stoppedAt: string;
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
