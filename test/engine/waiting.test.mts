import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import * as operations from './operations.mts';
import { setupEngine, until, type TestEnvironment } from './testEnvironment.mts';

const { concurrentEach, concurrent } = setupEngine();
const { extract, extractSync, startAndWait, waitForRun } = operations;
const reconcile = { ...operations.reconcile, data: { vendor: 'Acme' } };

/** One text file for each name, which is also its content. */
async function textItems({ textItem }: TestEnvironment, ...names: string[]) {
	return await Promise.all(names.map((name) => textItem(`Name: ${name}`, `${name}.txt`)));
}

/** Uploaded documents, as items of Upload. */
async function uploaded(own: TestEnvironment, ...names: string[]) {
	return (await own.runOn(await textItems(own, ...names), operations.upload)).items;
}

/** Started runs, as items of Start Run. */
async function started(own: TestEnvironment, ...names: string[]) {
	return (await own.runOn(await uploaded(own, ...names), operations.startRun)).items;
}

/** Every operation that polls, with items for it. */
const waits = [
	['Extract', extract, textItems],
	['Start Run', startAndWait, uploaded],
	['Get Run', waitForRun, started],
] as const;

const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);
const runIds = ({ emulator }: TestEnvironment) => emulator.runs.map(({ run_id }) => run_id);

/** Responds to a status check with this. */
function respond({ emulator }: TestEnvironment, body: unknown, times: 1 | 'always' = 1): void {
	emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body, times });
}

concurrentEach(['row', 'result'] as const)(
	'returns the data to every operation that polls; response in the form of a %s',
	async (own, runAnswer) => {
		own.emulator.configure({ runAnswer, pendingMs: 300, runningMs: 300 });
		const inputs: INodeExecutionData[][] = [];
		for (const [name, , make] of waits) inputs.push(await make(own, name));
		const outcomes = await Promise.all(
			waits.map(async ([, parameters], index) => await own.runOn(inputs[index]!, parameters)),
		);
		for (const [index, [name]] of waits.entries()) {
			const [row, ...more] = jsonOf(outcomes[index]!.items);
			const run = own.emulator.runs.find(({ run_id }) => run_id === row?.run_id);
			expect(more).toEqual([]);
			expect(row).toMatchObject({ status: 'done', data: { name, file_name: `${name}.txt` } });
			expect(row).not.toHaveProperty('result');
			expect(run).toBeDefined();
			// The older response does not contain the row ID, so Get Run alone does not know it.
			if (row!.row_id !== undefined) expect(row!.row_id).toBe(run!.row_id);
			else expect([name, runAnswer]).toEqual(['Get Run', 'result']);
		}
		expect(own.emulator.runs).toHaveLength(3);
	},
);

concurrent('polls on after statuses that are not documented', async (own) => {
	const statuses = ['queued', 'awaiting_review', 'DONE', 'failed', '', null, 7];
	const runs = await started(own, ...statuses.map((_, index) => `document ${index}`));
	for (const status of statuses) respond(own, { status });
	const { items } = await own.runOn(runs, waitForRun);
	expect(jsonOf(items)).toEqual(
		statuses.map(() => expect.objectContaining({ status: 'done', data: expect.anything() })),
	);
	expect(own.countRequests()).toEqual({ uploadFile: 7, startRun: 7, getRun: 14 });
});

concurrent('polls all runs at once, even with few requests in flight', async (own) => {
	const names = Array.from({ length: 20 }, (_, index) => `document ${index}`);
	const documents = await textItems(own, ...names);
	// No run is seen to end before all have been started.
	respond(own, { status: 'running' }, 'always');
	const outcome = own.runOn(documents, { ...extract, options: { maxConcurrency: 2 } });
	await until(() => own.emulator.runs.length === 20);
	own.emulator.clearFaults();
	expect(jsonOf((await outcome).items)).toEqual(
		names.map((name) =>
			expect.objectContaining({ status: 'done', data: expect.objectContaining({ name }) }),
		),
	);
	expect(own.countRequests()).toMatchObject({ uploadFile: 20, startRun: 20 });
	expect(own.emulator.runs.every(({ polls }) => polls.length === 1)).toBe(true);
	expect(own.emulator.peakInFlight).toBeLessThanOrEqual(2);
});

concurrentEach([
	['without data', { status: 'done' }],
	['with data of null', { status: 'done', data: null, result: null }],
])('accepts a run that is done %s', async (own, [, body]) => {
	const { project: project_name, tableId: table_id } = own.emulator;
	const runs = await started(own, 'a');
	const row = { run_id: runs[0]!.json.run_id, project_name, status: 'done', table_id };
	for (const output of ['row', 'data']) {
		respond(own, body);
		const { items } = await own.runOn(runs, { ...waitForRun, options: { output } });
		expect(jsonOf(items)).toEqual([output === 'row' ? row : {}]);
	}
});

const failing = { fail: true, times: 'always' } as const;
const endless = { pendingMs: 0, runningMs: 'always', times: 'always' } as const;
const failed = "The run ended with the status 'error'";
const tooLate = 'The run did not finish within 1 seconds';
const wayBack = ' Use Run → Get Run with this run ID.';

concurrentEach(
	waits.flatMap(([name, parameters, make]) => [
		[`${name} fails with the ID of a failed run, or returns its row`, parameters, make, failing],
		[`${name} fails with the ID after Max Wait, or returns the row`, parameters, make, endless],
	]) as Array<[string, INodeParameters, typeof textItems, typeof failing | typeof endless]>,
)('%s', async (own, [, parameters, make, plan]) => {
	own.emulator.planRun(plan);
	const items = await make(own, 'a');
	const isFailed = plan === failing;
	const option = isFailed ? { onRunError: 'return' } : { onTimeout: 'return' };
	const maxWait = isFailed ? 20 : 1;
	const [stopped, given] = await Promise.all([
		own.runOn(items, { ...parameters, options: { maxWait } }),
		own.runOn(items, { ...parameters, options: { maxWait, ...option } }),
	]);
	const { message, description, context } = stopped.error!;
	const { run_id } = context.ids as { run_id: string };
	expect(runIds(own)).toContain(run_id);
	expect(message).toBe(isFailed ? failed : tooLate);
	const reason = isFailed ? 'Cloudsquid gave no reason.' : "Its last status was 'running'";
	expect(description).toContain(reason);
	expect(description).toContain(`Run ID: ${run_id}.${isFailed ? '' : wayBack}`);
	expect(given.error).toBeUndefined();
	const ids = { run_id: expect.any(String), row_id: expect.any(String) };
	const status = isFailed ? 'error' : 'running';
	expect(jsonOf(given.items)).toEqual([expect.objectContaining({ ...ids, status })]);
	expect(runIds(own)).toContain(given.items[0]!.json.run_id);
	expect(own.emulator.requests.every(({ completed }) => completed)).toBe(true);
});

concurrentEach([
	['errorMessage', { errorMessage: 'The page is blank.' }],
	['a text as result', { result: 'The page is blank.' }],
	['an error in the data', { data: { error: 'The page\n is blank.' } }],
])('reports the reason of a failed run from %s', async (own, [, body]) => {
	const runs = await started(own, 'a');
	respond(own, { status: 'error', ...body });
	const { error } = await own.runOn(runs, waitForRun);
	expect(error?.description).toContain('Cloudsquid says: "The page is blank."');
});

concurrent('Get Run returns a failed run as it is, when not told to wait', async (own) => {
	own.emulator.planRun({ fail: true });
	const runs = await started(own, 'a');
	await until(() => own.emulator.runs[0]!.status === 'error');
	const { items } = await own.runOn(runs, operations.getRun);
	expect(jsonOf(items)).toEqual([expect.objectContaining({ status: 'error' })]);
});

concurrent('ends with Max Wait, even if the service asks to wait longer', async (own) => {
	const runs = await started(own, 'a');
	const retryAfter = { status: 429, headers: { 'retry-after': '3600' } };
	own.emulator.inject({ operation: 'getRun', kind: 'answer', ...retryAfter, times: 'always' });
	const [stopped, given] = await Promise.all([
		own.runOn(runs, { ...waitForRun, options: { maxWait: 1 } }),
		own.runOn(runs, { ...waitForRun, options: { maxWait: 1, onTimeout: 'return' } }),
	]);
	expect(stopped.error?.message).toBe('The run did not finish within 1 seconds');
	expect(stopped.error?.description).toContain(
		'Its status is unknown. The last status check failed: Cloudsquid is receiving too many requests.',
	);
	const { run_id } = runs[0]!.json;
	const { project: project_name, tableId: table_id } = own.emulator;
	expect(jsonOf(given.items)).toEqual([{ run_id, project_name, table_id }]);
});

concurrent('polls once with a Max Wait of 0', async (own) => {
	own.emulator.planRun({ runningMs: 'always' });
	const options = { maxWait: 0 };
	const { error } = await own.runOn(await started(own, 'a'), { ...waitForRun, options });
	expect(error?.message).toBe('The run did not finish within 0 seconds');
	expect(own.countRequests()).toEqual({ uploadFile: 1, startRun: 1, getRun: 1 });
});

concurrentEach(['done', 'running', 'absent'] as const)(
	'returns the row of a synchronous run, whatever its status is (%s)',
	async (own, syncStatus) => {
		own.emulator.configure({ syncStatus });
		const { items } = await own.runOn(await textItems(own, 'a'), extractSync);
		const { row_id } = own.emulator.rows[0]!;
		const data = expect.objectContaining({ name: 'a' });
		expect(jsonOf(items)).toEqual([expect.objectContaining({ row_id, data })]);
		expect(own.countRequests()).toEqual({ extractFile: 1 });
	},
);

concurrent('fails with a failed synchronous run, or returns its row', async (own) => {
	own.emulator.planRun({ fail: true, times: 'always' });
	const items = await textItems(own, 'a');
	const stopped = await own.runOn(items, extractSync);
	expect(stopped.error?.message).toBe("The run ended with the status 'error'");
	const given = await own.runOn(items, { ...extractSync, options: { onRunError: 'return' } });
	expect(jsonOf(given.items)).toEqual([expect.objectContaining({ status: 'error' })]);
});

concurrentEach<[string, INodeParameters, number]>([
	['Extract', extractSync, 1],
	['Reconcile', reconcile, 1],
	['Extract', extractSync, 0],
])(
	'gives up the blocking request of %s after Max Wait, sent once',
	async (own, [, parameters, maxWait]) => {
		own.emulator.planRun({ runningMs: 'always', times: 'always' });
		const { error } = await own.runOn(await textItems(own, 'a'), {
			...(parameters === reconcile ? own.reconcilePlace : {}),
			...parameters,
			options: { maxWait },
		});
		expect(error?.message).toBe('Cloudsquid did not respond in time');
		expect(error?.description).toContain("'Max Wait");
		expect(error?.description).toContain('The request may have succeeded');
		expect(own.emulator.requests).toHaveLength(1);
	},
);
