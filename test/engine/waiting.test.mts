import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import * as operations from './operations.mts';
import { repeat, setupEngine, until, type TestEnvironment } from './testEnvironment.mts';

/* What the node waits for: the end of runs, free slots for requests, and the time to retry. */

const { concurrent, concurrentEach } = setupEngine();
const { download, extract, extractSync, getProjects, startAndWait, upload, waitForRun } =
	operations;

const document = async ({ textItem }: TestEnvironment) => [await textItem()];
const uploaded = async (own: TestEnvironment) =>
	(await own.runOn(await document(own), upload)).items;
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

describe.each([
	{
		end: 'fails',
		plan: { fail: true },
		options: {},
		message: "The run ended with the status 'error'",
		hint: /Cloudsquid gave no reason\./,
		status: 'error',
	},
	{
		end: 'does not end',
		plan: { pendingMs: 0, runningMs: 'always' },
		options: { maxWait: 1 },
		message: 'The run did not finish within 1 seconds',
		hint: /Its last status was 'running'.* use Run → Get Run with this run ID\.$/,
		status: 'running',
	},
] as const)('if a run $end', ({ plan, options, message, hint, status }) => {
	concurrentEach(waits)(
		'%s fails with its ID, or returns its whole row',
		async (own, [, parameters, makeItems]) => {
			own.emulator.planRun({ ...plan, times: 'always' });
			const items = await makeItems(own);
			const returnRow = { ...options, onRunError: 'return', onTimeout: 'return', output: 'data' };
			const [{ error: stopped }, returned] = await Promise.all([
				own.runOn(items, { ...parameters, options }),
				own.runOn(items, { ...parameters, options: returnRow }),
			]);
			expect(stopped!.message).toBe(message);
			expect(stopped!.description).toMatch(hint);
			const { run_id } = stopped!.context.ids as { run_id: string };
			expect(stopped!.description).toContain(`Run ID: ${run_id}.`);
			expect(own.emulator.runs.map((run) => run.run_id)).toContain(run_id);
			expect(returned.error).toBeUndefined();
			expect(returned.items).toHaveLength(1);
			const { json } = returned.items[0]!;
			expect(json.status).toBe(status);
			const ids = own.emulator.runs.map((run) => [run.run_id, run.row_id]);
			expect(ids).toContainEqual([json.run_id, json.row_id]);
		},
	);
});

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

concurrentEach([
	['uploads of all files', { ...upload, binaryPropertyName: '*' }, 'uploadFile', 'silence'],
	['downloads, until all of one has arrived', download, 'download', 'stall'],
] as const)(
	'sends as many requests at once as Max Concurrent Requests: %s',
	async (own, [, parameters, operation, kind]) => {
		const { emulator, run, start } = own;
		own.addProjectFile('/a.txt');
		emulator.inject({ operation, kind, times: 'always' });
		const note = { bytes: 'Total: 1', fileName: 'note.txt', mimeType: 'text/plain' };
		const several = await own.fileItem({ data: note, more: note, last: note });
		const items = [several, ...(await repeat(4, async () => await own.textItem()))];
		const options = { maxConcurrency: 2 };
		const execution = start(items, { path: '/a.txt', ...parameters, options });
		const count = () =>
			emulator.downloads.length + own.requestNames().filter((name) => name === operation).length;
		await until(() => count() === 2);
		// Whatever else was on its way would arrive before this.
		await run({ parameters: getProjects });
		expect(count()).toBe(2);
		execution.cancel();
		await execution;
	},
);

concurrent('sends requests of started work before new uploads', async (own) => {
	const items = await repeat(6, async () => await own.textItem());
	await own.runOn(items, { ...extract, options: { maxConcurrency: 1 } });
	let notStarted = 0;
	const ahead = own.requestNames().map((name) => {
		if (name === 'uploadFile') notStarted++;
		if (name === 'startRun') notStarted--;
		return notStarted;
	});
	expect(own.emulator.runs).toHaveLength(6);
	expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
});

concurrent('retries as late as the response asks', async ({ emulator, run }) => {
	emulator.inject({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } });
	const { error } = await run({ parameters: getProjects });
	expect(error).toBeUndefined();
	const [rejected, retry] = emulator.requests;
	// Timers may fire a little early by the clock of the emulator.
	expect(retry!.startedAt - rejected!.endedAt!).toBeGreaterThan(1900);
});
