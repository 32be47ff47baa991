import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { INodeExecutionData, INodeParameters, IRun } from 'n8n-workflow';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/emulator.mts';
import {
	Engine,
	type Execution,
	type InputFile,
	type Outcome,
	type StorageMode,
} from './engine.mts';

/** What every engine test needs: a Cloudsquid of its own, the engine, and short ways to use both. */
export interface Setting {
	emulator: Emulator;
	engine: Engine;
	/** The credential that fits the emulator. */
	credential: Execution['credential'];
	/** The first project and its extraction table, as filled in by name and by ID. */
	place: INodeParameters;
	/** The same with its reconcile table. */
	reconcilePlace: INodeParameters;
	/** Runs the node to its end, and makes sure that the API key is nowhere in what came of it. */
	run(execution: Partial<Execution> & Pick<Execution, 'parameters'>): Promise<Outcome>;
	/** An item with one text file in the field `data`. */
	textItem(text: string, fileName?: string): Promise<INodeExecutionData>;
	fileItem(
		files: Record<string, InputFile>,
		json?: INodeExecutionData['json'],
	): Promise<INodeExecutionData>;
}

/** A resource locator as n8n stores it. */
export function locator(mode: string, value: unknown): INodeParameters {
	return { __rl: true, mode, value: value as string };
}

/** The hash by which the emulator tells that a file has arrived whole. */
export function sha256(bytes: Buffer | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** Waits until something is so. What never comes about ends with the time that jest gives a test. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await sleep(2);
}

/** An API key is in no part of what n8n stores of an execution, nor in what is hidden from JSON. */
export function expectNoKey(run: IRun, apiKey: string): void {
	expect(JSON.stringify(run)).not.toContain(apiKey);
	expect(inspect(run, { depth: 20, showHidden: true })).not.toContain(apiKey);
}

/**
 * Sets up emulator and engine for the tests of a file, and takes them down again. Before each test
 * the emulator's books are empty and no fault is left.
 */
export function useSetting(
	emulatorOptions: EmulatorOptions = {},
	binaryDataMode: StorageMode = 'filesystem',
): Setting {
	// For a machine that is busy; the tests themselves wait for conditions, not for time.
	jest.setTimeout(30_000);
	const setting = {} as Setting;
	beforeAll(async () => {
		const emulator = await startEmulator({ pendingMs: 20, runningMs: 30, ...emulatorOptions });
		const engine = await Engine.start({ storage: binaryDataMode });
		const credential = { apiKey: emulator.apiKey, baseUrl: emulator.baseUrl };
		const project = locator('name', emulator.project);
		Object.assign(setting, {
			emulator,
			engine,
			credential,
			place: { project, table: locator('id', emulator.tableId) },
			reconcilePlace: { project, table: locator('id', emulator.reconcileTableId) },
			run: async (execution) => {
				const outcome = await engine.run({ credential, ...execution });
				expectNoKey(outcome.run, (execution.credential ?? credential).apiKey);
				return outcome;
			},
			textItem: async (bytes, fileName = 'note.txt') =>
				await engine.fileItem({ data: { bytes, fileName, mimeType: 'text/plain' } }),
			fileItem: async (files, json) => await engine.fileItem(files, json),
		} satisfies Setting);
	});
	beforeEach(() => setting.emulator.reset());
	afterAll(async () => {
		await setting.emulator.close();
		await setting.engine.stop();
	});
	return setting;
}
