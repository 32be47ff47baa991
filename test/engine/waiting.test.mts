import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import * as operations from './operations.mts';
import { repeat, setupEngine, until, type TestEnvironment } from './testEnvironment.mts';

const { concurrent, concurrentEach } = setupEngine();
const { extract, extractSync, startAndWait, waitForRun } = operations;

const document = async ({ textItem }: TestEnvironment) => [await textItem()];
const uploaded = async (own: TestEnvironment) =>
	(await own.runOn(await document(own), operations.upload)).items;
const started = async (own: TestEnvironment) =>
	(await own.runOn(await uploaded(own), operations.startRun)).items;

const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);

concurrent('polls all runs at once, even with few requests in flight', async (own) => {
	const { emulator, countRequests, runOn, textItem } = own;
	const documents = await repeat(20, async (index) => await textItem(`Number: ${index}`));
	// No run is seen to end before all have been started.
	const running = { kind: 'answer', status: 200, body: { status: 'running' } } as const;
	emulator.inject({ ...running, operation: 'getRun', times: 'always' });
	const outcome = runOn(documents, { ...extract, options: { maxConcurrency: 2 } });
	await until(() => emulator.runs.length === 20);
	emulator.clearFaults();
	expect(jsonOf((await outcome).items)).toMatchObject(
		documents.map((_, index) => ({ status: 'done', data: { number: `${index}` } })),
	);
	expect(countRequests()).toMatchObject({ uploadFile: 20, startRun: 20 });
	expect(emulator.runs.every(({ polls }) => polls.length === 1)).toBe(true);
	expect(emulator.peakInFlight).toBeLessThanOrEqual(2);
});

const waits: Array<[operation: string, parameters: INodeParameters, makeItems: typeof document]> = [
	['Extract', extract, document],
	['Start Run', startAndWait, uploaded],
	['Get Run', waitForRun, started],
];

concurrentEach(waits)(
	'%s fails with the ID of a failed run, or returns its whole row',
	async (own, [, parameters, makeItems]) => {
		own.emulator.planRun({ fail: true, times: 'always' });
		const { stopped, given } = await stopOrReturn(own, await makeItems(own), parameters);
		expect(stopped.message).toBe("The run ended with the status 'error'");
		expect(stopped.description).toContain('Cloudsquid gave no reason.');
		expect(given).toEqual([expect.objectContaining({ status: 'error' })]);
	},
);

concurrentEach(waits)(
	'%s fails with the ID of a run after Max Wait, or returns its whole row',
	async (own, [, parameters, makeItems]) => {
		own.emulator.planRun({ pendingMs: 0, runningMs: 'always', times: 'always' });
		const items = await makeItems(own);
		const { stopped, given } = await stopOrReturn(own, items, parameters, { maxWait: 1 });
		expect(stopped.message).toBe('The run did not finish within 1 seconds');
		expect(stopped.description).toContain("Its last status was 'running'");
		expect(stopped.description).toMatch(/Use Run → Get Run with this run ID\.$/);
		expect(given).toEqual([expect.objectContaining({ status: 'running' })]);
	},
);

/** Runs an operation that fails with the ID of its run, and again with options to return the row. */
async function stopOrReturn(
	{ emulator, runOn }: TestEnvironment,
	items: INodeExecutionData[],
	parameters: INodeParameters,
	options: INodeParameters = {},
) {
	const returnRow = { ...options, onRunError: 'return', onTimeout: 'return', output: 'data' };
	const [{ error: stopped }, returned] = await Promise.all([
		runOn(items, { ...parameters, options }),
		runOn(items, { ...parameters, options: returnRow }),
	]);
	const { run_id } = stopped!.context.ids as { run_id: string };
	expect(stopped!.description).toContain(`Run ID: ${run_id}.`);
	expect(returned.error).toBeUndefined();
	const given = jsonOf(returned.items);
	const known = emulator.runs.map((run) => [run.run_id, run.row_id]);
	expect(known.map(([runId]) => runId)).toContain(run_id);
	expect(known).toContainEqual([given[0]!.run_id, given[0]!.row_id]);
	return { stopped: stopped!, given };
}

concurrent('polls once with a Max Wait of 0', async (own) => {
	own.emulator.planRun({ runningMs: 'always' });
	const options = { maxWait: 0 };
	const { error } = await own.runOn(await started(own), { ...waitForRun, options });
	expect(error?.message).toBe('The run did not finish within 0 seconds');
	expect(own.countRequests()).toEqual({ uploadFile: 1, startRun: 1, getRun: 1 });
});

concurrent('fails with the row of a failed synchronous run, or returns it', async (own) => {
	own.emulator.planRun({ fail: true, times: 'always' });
	const items = await document(own);
	const { error } = await own.runOn(items, extractSync);
	expect(error?.message).toBe("The run ended with the status 'error'");
	expect(error?.context.ids).toMatchObject({ row_id: own.emulator.rows[0]!.row_id });
	const given = await own.runOn(items, { ...extractSync, options: { onRunError: 'return' } });
	expect(jsonOf(given.items)).toEqual([expect.objectContaining({ status: 'error' })]);
});
