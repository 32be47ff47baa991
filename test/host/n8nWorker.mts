import path from 'node:path';
import { logFile, removeFolder } from './folders.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment } from './n8nSettings.mts';
import { freePort } from './ports.mts';
import type { Running } from './processes.mts';
import { startReady } from './ready.mts';
import type { Host } from './setUp.mts';

/** One try of a worker at an execution, as its log tells it. */
export interface WorkerTry {
	executionId: string;
	startedAt: number;
	/** Absent while it is at work, and for ever when it was killed meanwhile. */
	finishedAt?: number;
}

/** A worker of an n8n in queue mode: takes executions from the queue and runs them. */
export class N8nWorker {
	/** All that it took so far, before and after a restart. */
	readonly tries: WorkerTry[] = [];
	private readonly log: string;
	private running: Running | undefined;

	constructor(
		private readonly host: Host,
		private readonly settings: N8nSettings,
		private readonly role: { number: number; concurrency: number },
	) {
		this.log = logFile(`${path.basename(settings.userFolder)}-worker-${role.number}`);
	}

	/** The executions that it is at work on, or was when it was killed. */
	get unfinished(): string[] {
		const open = this.tries.filter(({ finishedAt }) => finishedAt === undefined);
		return open.map(({ executionId }) => executionId);
	}

	/** Its process' ID, of its last start. */
	get pid(): number | undefined {
		return this.running?.pid;
	}

	/** Starts it, or starts it again, and waits until it takes executions. */
	async start(): Promise<void> {
		const { host, settings, role, log } = this;
		const args = [host.n8nBin, 'worker', `--concurrency=${role.concurrency}`];
		const { running } = await startReady(host.node.file, args, {
			cwd: settings.userFolder,
			env: n8nEnvironment(host.n8nVersion, settings, await freePort()),
			log,
			append: this.running !== undefined,
			onLine: (line) => this.read(line),
			title: `n8n's worker ${role.number}`,
			ready: /n8n worker is now ready/,
		});
		this.running = running;
	}

	/** Ends it with SIGKILL. What it was at work on is left as it stands. */
	async kill(): Promise<void> {
		await this.running?.kill();
	}

	/** Ends it in order and removes its folder. */
	async stop(): Promise<void> {
		await this.running?.stop();
		removeFolder(this.settings.userFolder);
	}

	private read(line: string): void {
		const [, what, executionId] = /Worker (started|finished) execution (\d+) /.exec(line) ?? [];
		if (executionId === undefined) return;
		if (what === 'started') this.tries.push({ executionId, startedAt: Date.now() });
		const open = this.tries.findLast((each) => each.executionId === executionId);
		if (what === 'finished' && open) open.finishedAt = Date.now();
	}
}
