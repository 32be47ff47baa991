import axios, { type AxiosInstance } from 'axios';
import type { Emulator, EmulatorConfig, RunPlan } from '../emulator/emulator.mts';
import { plainEnvironment } from '../host/environment.mts';
import { logFile, projectFolder } from '../host/folders.mts';
import { startReady } from '../host/processes.mts';

export type Place = Pick<Emulator, 'baseUrl' | 'apiKey' | 'project' | 'tableId'>;

export type RequestLog = Pick<Emulator, 'requests' | 'documents' | 'runs'>;

/** The emulator in a separate process, as started by `npm run emulator`. */
export class EmulatorProcess {
	private constructor(
		private readonly admin: AxiosInstance,
		readonly place: Place,
	) {}

	/** Starts it on a free port. It runs until the benchmarks have ended. */
	static async start(): Promise<EmulatorProcess> {
		const command = ['--import', 'tsx', 'test/emulator/main.mts', '--port', '0'];
		const { line } = await startReady(process.execPath, command, {
			cwd: projectFolder,
			env: plainEnvironment(),
			log: logFile('bench-emulator'),
			title: 'The emulator',
			ready: /Request log\s+(\S+)\/log/,
		});
		const admin = axios.create({ baseURL: line[1], proxy: false });
		const { baseUrl, apiKey, project, tableId } = (await admin.get<Place>('log')).data;
		return new EmulatorProcess(admin, { baseUrl, apiKey, project, tableId });
	}

	/** Clears the request log and applies this configuration. */
	async reset(config: Partial<EmulatorConfig> = {}): Promise<void> {
		await this.admin.post('reset');
		await this.admin.post('config', config);
	}

	async planRun(plan: RunPlan): Promise<void> {
		await this.admin.post('runs', plan);
	}

	async requestLog(): Promise<RequestLog> {
		return (await this.admin.get<RequestLog>('log')).data;
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
}

/** Throws an error if the measured work was not done. */
export type Verify = (log: RequestLog) => void;

/** Verifies that every document arrived completely and only once, and that every run is done. */
export function allArrived(hashes: ReadonlyMap<string, string>): Verify {
	return ({ documents, requests, runs }) => {
		const damaged = documents.filter(({ filename, sha256 }) => hashes.get(filename) !== sha256);
		const refused = requests.filter(({ status }) => !status || status >= 400);
		const unfinished = runs.filter(({ status }) => status !== 'done');
		if (documents.length === hashes.size && [damaged, refused, unfinished].flat().length === 0)
			return;
		throw new Error(
			`The work was not completed: ${documents.length} documents, ${damaged.length} damaged, ${refused.length} requests failed, ${unfinished.length} runs not done.`,
		);
	};
}
