import path from 'node:path';
import { logFile, removeFolder } from './folders.mts';
import { freePort } from './ports.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment } from './n8nSettings.mts';
import type { Running } from './processes.mts';
import { startReady } from './processes.mts';
import type { Host } from './setUp.mts';

/** A worker of an n8n in queue mode, which takes executions from the queue and runs them. */
export class N8nWorker {
	/** The IDs of all executions it started, also before a restart. */
	readonly started: string[] = [];
	private readonly finished = new Set<string>();
	private readonly log: string;
	private running: Running | undefined;

	constructor(
		private readonly host: Host,
		private readonly settings: N8nSettings,
		private readonly role: { number: number; concurrency: number },
	) {
		this.log = logFile(`${path.basename(settings.userFolder)}-worker-${role.number}`);
	}

	/** The executions that it is running, or was running when it was killed. */
	get unfinished(): string[] {
		return this.started.filter((id) => !this.finished.has(id));
	}

	get pid(): number | undefined {
		return this.running?.pid;
	}

	/** Starts or restarts it, and waits until it is ready. */
	async start(): Promise<void> {
		const { host, settings, role, log } = this;
		const args = [host.n8nBin, 'worker', `--concurrency=${role.concurrency}`];
		const { running } = await startReady(host.node.file, args, {
			cwd: settings.userFolder,
			env: n8nEnvironment(host.n8nVersion, settings, await freePort()),
			log,
			append: this.running !== undefined,
			onLine: (line) => {
				const [, event, id] = /Worker (started|finished) execution (\d+) /.exec(line) ?? [];
				if (event === 'started') this.started.push(id!);
				if (event === 'finished') this.finished.add(id!);
			},
			title: `n8n's worker ${role.number}`,
			ready: /n8n worker is now ready/,
		});
		this.running = running;
	}

	/** Ends it with SIGKILL. */
	async kill(): Promise<void> {
		await this.running?.kill();
	}

	/** Stops it and removes its folder. */
	async stop(): Promise<void> {
		await this.running?.stop();
		removeFolder(this.settings.userFolder);
	}
}
