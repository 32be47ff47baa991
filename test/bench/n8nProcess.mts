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
	/** From its start to its end, as n8n noted them, in milliseconds. */
	wholeMs: number;
	/** The peak of n8n's memory over the least that it held while it ran nothing, in bytes. */
	memory: number;
	/** The processor time n8n used, in milliseconds. */
	processorMs: number;
	execution: Execution;
}

/** What is waited before memory is called idle: n8n has work to finish after it started. */
const SETTLING_MS = 4000;
const LOOK_MS = 250;
const LONGEST_MS = 30 * 60_000;

/** A new n8n with the package in it and both credentials, for as long as `work` takes. */
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

/** A user folder for an n8n to come, with the package in it. */
export async function prepareFolder({ tarball, host }: Bench): Promise<string> {
	const userFolder = newUserFolder();
	await installCommunityPackage(tarball, userFolder, host.node);
	return userFolder;
}

/** An n8n whose executions are measured. */
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

	/** Lets go of what watches the n8n; the n8n itself is not ended here. */
	close(): void {
		this.watch.stop();
	}

	/** Runs a workflow to its end without measuring, so that what n8n loads only once is loaded. */
	async warmUp(workflow: Workflow): Promise<void> {
		await this.runToEnd(workflow);
	}

	/** Runs a workflow to its end and measures it. */
	async measure(workflow: Workflow): Promise<Take> {
		const { watch } = this;
		await sleep(SETTLING_MS);
		// After its start n8n may hold what it lets go of later.
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
		throw new Error(`"${workflow.name}" ended as ${ended.status}: ${reason}`);
	}

	/** Looks at the list of executions, not at the execution: its data may be hundreds of megabytes. */
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

	/** While n8n is busy with items it lets connections go that had nothing to do: the next look tells. */
	private async tryList(path: string): Promise<Ended[]> {
		try {
			return (await this.client.send<{ results: Ended[] }>('GET', path)).results;
		} catch (error) {
			if (error instanceof TypeError && isAlive(this.pid)) return [];
			throw error;
		}
	}

	/** What the measured node gave; nothing is read of workflows without one, as it may be much. */
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
