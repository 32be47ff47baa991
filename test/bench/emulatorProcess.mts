import type {
	EmulatorConfig,
	DocumentRecord,
	RequestRecord,
	RunPlan,
	RunRecord,
} from '../emulator/emulator.mts';
import { plainEnvironment } from '../host/environment.mts';
import { logFile, projectFolder } from '../host/folders.mts';
import type { Running } from '../host/processes.mts';
import { startReady } from '../host/processes.mts';

/** How to reach the emulator. */
export interface Place {
	baseUrl: string;
	apiKey: string;
	project: string;
	tableId: string;
}

/** What the emulator received. */
export interface RequestLog {
	requests: RequestRecord[];
	documents: DocumentRecord[];
	runs: RunRecord[];
}

/** The emulator in a separate process, as started by `npm run emulator`. */
export class EmulatorProcess {
	private constructor(
		private readonly running: Running,
		private readonly origin: string,
		readonly place: Place,
	) {}

	/** Starts it on a free port. */
	static async start(): Promise<EmulatorProcess> {
		const command = ['--import', 'tsx', 'test/emulator/main.mts', '--port', '0'];
		const { running, line } = await startReady(process.execPath, command, {
			cwd: projectFolder,
			env: plainEnvironment(),
			log: logFile('bench-emulator'),
			title: 'The emulator',
			ready: /Base URL\s+(?<baseUrl>\S+)/,
		});
		const { origin } = new URL(line.groups?.baseUrl ?? '');
		const place = (await ask(origin, 'GET', 'log')) as Place;
		return new EmulatorProcess(running, origin, place);
	}

	/** Clears the request log and applies this configuration. */
	async reset(config: Partial<EmulatorConfig> = {}): Promise<void> {
		await ask(this.origin, 'POST', 'reset');
		await ask(this.origin, 'POST', 'config', config);
	}

	/** Changes how future runs behave. */
	async planRun(plan: RunPlan): Promise<void> {
		await ask(this.origin, 'POST', 'runs', plan);
	}

	/** Everything since the last reset. */
	async requestLog(): Promise<RequestLog> {
		return (await ask(this.origin, 'GET', 'log')) as RequestLog;
	}

	/**
	 * Does some work and lets `verify` check what the emulator received. Returns the duration: the time from the first
	 * request to the last response, in milliseconds, by the emulator's clock.
	 */
	async time<T>(work: () => Promise<T>, verify: Verify): Promise<{ result: T; duration: number }> {
		const before = await this.requestLog();
		const result = await work();
		const { requests, documents, runs } = await this.requestLog();
		const own = {
			requests: requests.slice(before.requests.length),
			documents: documents.slice(before.documents.length),
			runs: runs.slice(before.runs.length),
		};
		verify(own);
		const startedAt = Math.min(...own.requests.map((request) => request.startedAt));
		const endedAt = Math.max(...own.requests.map((request) => request.endedAt ?? 0));
		return { result, duration: endedAt - startedAt };
	}

	async stop(): Promise<void> {
		await this.running.stop();
	}
}

/** Throws an error if the measured work was not done. */
export type Verify = (log: RequestLog) => void;

/** Verifies that every document arrived completely and only once, and that every run is done. */
export function allArrived(hashes: ReadonlyMap<string, string>): Verify {
	return ({ documents, requests, runs }) => {
		const right = documents.filter(({ filename, sha256 }) => hashes.get(filename) === sha256);
		const refused = requests.filter(({ status }) => !status || status >= 400);
		const unfinished = runs.filter(({ status }) => status !== 'done');
		const wrong = [
			documents.length === hashes.size ? '' : `${documents.length} documents`,
			right.length === documents.length ? '' : `${documents.length - right.length} damaged`,
			refused.length === 0 ? '' : `${refused.length} requests failed`,
			unfinished.length === 0 ? '' : `${unfinished.length} runs not done`,
		].filter(Boolean);
		if (wrong.length > 0) throw new Error(`The work was not completed: ${wrong.join(', ')}.`);
	};
}

async function ask(origin: string, method: string, path: string, body?: unknown): Promise<unknown> {
	const response = await fetch(`${origin}/_emulator/${path}`, {
		method,
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`The emulator rejected ${method} ${path}: ${text}`);
	return text === '' ? undefined : (JSON.parse(text) as unknown);
}
