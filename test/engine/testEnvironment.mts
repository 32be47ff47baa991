import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { INodeExecutionData, INodeParameters, IRun } from 'n8n-workflow';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/emulator.mts';
import {
	Engine,
	type Execution,
	type InputFile,
	type Outcome,
	type StorageMode,
} from './engine.mts';

/** A resource locator as n8n stores it. */
export function locator(mode: string, value: unknown): INodeParameters {
	return { __rl: true, mode, value: value as string };
}

/** An expression that returns this value. It passes the editor's own checks and reaches the node. */
export function byExpression(value: unknown): string {
	return `={{ ${JSON.stringify(value)} }}`;
}

/** The hash by which the emulator tells that a file has arrived whole. */
export const sha256 = (bytes: Buffer | string) => hash('sha256', bytes);

/** Waits for a condition. One that never holds ends with the test's timeout. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await sleep(2);
}

/** Calls a function this many times at once. */
export async function repeat<T>(count: number, create: (index: number) => Promise<T>) {
	return await Promise.all(Array.from({ length: count }, async (_, index) => await create(index)));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The heap in use, in bytes, after a garbage collection. */
export function heapInUse(): number {
	collectGarbage();
	return process.memoryUsage().heapUsed;
}

/** Expects the API key nowhere in what n8n stores of an execution, nor in what JSON hides. */
export function expectNoKey(run: IRun, apiKey: string): void {
	expect(JSON.stringify(run)).not.toContain(apiKey);
	expect(inspect(run, { depth: 20, showHidden: true })).not.toContain(apiKey);
}

/** An emulator, the engine, and short ways to use both. */
export class TestEnvironment {
	emulator!: Emulator;
	engine!: Engine;

	/** The credential that fits the emulator. */
	get credential() {
		const { apiKey, baseUrl } = this.emulator;
		return { apiKey, baseUrl };
	}

	/** The first project, and its table of the type that the resource needs. */
	private placeFor({ resource }: INodeParameters) {
		const { project, tableId, reconcileTableId } = this.emulator;
		const table = resource === 'reconciliation' ? reconcileTableId : tableId;
		return { project: locator('name', project), table: locator('id', table) };
	}

	/** The operations of all requests that have arrived, by their names in the contract. */
	readonly requestNames = () => this.emulator.requests.map(({ operationId }) => operationId);

	readonly countRequests = () => {
		const counts: Record<string, number> = {};
		for (const name of this.requestNames()) counts[name!] = (counts[name!] ?? 0) + 1;
		return counts;
	};

	/** Runs the node to its end, in the first project unless told otherwise. */
	readonly run = async (execution: Partial<Execution> & Pick<Execution, 'parameters'>) => {
		const { credential = this.credential } = execution;
		const parameters = { ...this.placeFor(execution.parameters), ...execution.parameters };
		const outcome = await this.engine.run({ ...execution, parameters, credential });
		expectNoKey(outcome.run, credential.apiKey);
		return outcome;
	};

	readonly runOn = async (
		items: INodeExecutionData[],
		parameters: INodeParameters,
		execution: Partial<Execution> = {},
	): Promise<Outcome> => await this.run({ items, parameters, ...execution });

	/** Puts the trigger into an active workflow. */
	readonly activate = (
		parameters: INodeParameters = {},
		budgetMs?: number,
		staticData?: string,
	) => {
		const project = locator('name', this.emulator.project);
		const all = { project, path: '/in', event: 'fileCreated', ...parameters };
		return this.engine.activate(all, this.credential, budgetMs, staticData);
	};

	/** Starts the node, without waiting for its end. */
	readonly start = (items: INodeExecutionData[], parameters: INodeParameters, more = {}) => {
		const { credential, engine } = this;
		const placed = { ...this.placeFor(parameters), ...parameters };
		return engine.execute({ items, parameters: placed, credential, ...more });
	};

	/** An item with one text file in the field `data`. */
	readonly textItem = async (
		bytes = 'Total: 1',
		fileName = 'note.txt',
		json: INodeExecutionData['json'] = {},
	) => await this.fileItem({ data: { bytes, fileName, mimeType: 'text/plain' } }, json);

	readonly fileItem = async (
		files: Record<string, InputFile>,
		json: INodeExecutionData['json'] = {},
	) => await this.engine.fileItem(files, json);

	readonly addProjectFile = (path: string, content: Buffer | string = 'Hello', mimeType?: string) =>
		this.emulator.addProjectFile(this.emulator.project, path, content, mimeType);
}

/**
 * Starts emulator and engine for the tests of a file, and stops them at the end. Before each test
 * the emulator is reset. Concurrent tests get an environment of their own, which shares the engine.
 */
export function setupEngine(options: EmulatorOptions = {}, storage: StorageMode = 'filesystem') {
	// For a busy machine; the tests themselves wait for conditions, not for time.
	jest.setTimeout(30_000);
	const all: TestEnvironment[] = [];
	const start = async (own = new TestEnvironment()) => {
		const emulator = await startEmulator({ pendingMs: 20, runningMs: 30, ...options });
		all.push(own);
		return Object.assign(own, { emulator, engine: environment.engine });
	};
	const concurrent = (title: string, run: (own: TestEnvironment) => Promise<void>) =>
		test.concurrent(title, async () => await run(await start()));
	const concurrentEach =
		<const T,>(rows: readonly T[]) =>
		(title: string, run: (own: TestEnvironment, row: T) => Promise<void>) =>
			test.concurrent.each(rows as never)(title, async (...row) => {
				await run(await start(), (Array.isArray(rows[0]) ? row : row[0]) as T);
			});
	const environment = Object.assign(new TestEnvironment(), { concurrent, concurrentEach });
	beforeAll(async () => {
		environment.engine = await Engine.start({ storage });
		await start(environment);
	});
	beforeEach(() => environment.emulator.reset());
	afterAll(async () => {
		await Promise.all(all.map(async ({ emulator }) => await emulator.close()));
		await environment.engine.stop();
	});
	return environment;
}
