import type {
	Behaviour,
	DocumentRecord,
	RequestRecord,
	RunPlan,
	RunRecord,
} from '../emulator/emulator.mts';
import { plainEnvironment } from '../host/environment.mts';
import { logFile, projectFolder } from '../host/folders.mts';
import type { Running } from '../host/processes.mts';
import { startReady } from '../host/ready.mts';

/** How to reach the emulator. */
export interface Place {
	baseUrl: string;
	apiKey: string;
	project: string;
	tableId: string;
}

/** The emulator's request log since the last reset. */
export interface Books extends Place {
	peakInFlight: number;
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
		const log = logFile('bench-emulator');
		const command = ['--import', 'tsx', 'test/emulator/main.mts', '--port', '0'];
		const { running, line } = await startReady(process.execPath, command, {
			cwd: projectFolder,
			env: plainEnvironment(),
			log,
			title: 'The emulator',
			ready: /Base URL\s+(?<baseUrl>\S+)/,
		});
		const { origin } = new URL(line.groups?.baseUrl ?? '');
		const place = (await ask(origin, 'GET', 'summary')) as Place;
		return new EmulatorProcess(running, origin, place);
	}

	/** Clears the request log and applies this configuration. */
	async reset(behaviour: Partial<Behaviour> = {}): Promise<void> {
		await ask(this.origin, 'POST', 'reset');
		await ask(this.origin, 'POST', 'behaviour', behaviour);
	}

	/** Changes how future runs behave. */
	async planRun(plan: RunPlan): Promise<void> {
		await ask(this.origin, 'POST', 'runs', plan);
	}

	async books(): Promise<Books> {
		return (await ask(this.origin, 'GET', 'books')) as Books;
	}

	async stop(): Promise<void> {
		await this.running.stop();
	}
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
