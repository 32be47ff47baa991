import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { until, useSetting } from './setting.mts';

const setting = useSetting();

const extract = { resource: 'document', operation: 'extract' };
const extractAtOnce = { ...extract, extractMode: 'sync' };
const upload = { resource: 'document', operation: 'upload' };
const start = { resource: 'run', operation: 'start' };
const startAndWait = { ...start, waitForCompletion: true };
const getRun = { resource: 'run', operation: 'get' };
const waitForRun = { ...getRun, waitForCompletion: true };
const reconcile = { resource: 'reconciliation', operation: 'reconcile', data: { vendor: 'Acme' } };

/** Runs an operation on these items. */
async function runOn(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	options: INodeParameters = {},
) {
	const { place, run } = setting;
	return await run({ parameters: { ...place, ...parameters, options }, items });
}

/** One text file for each name; the text tells which it is. */
async function textItems(...names: string[]): Promise<INodeExecutionData[]> {
	return await Promise.all(
		names.map(async (name) => await setting.textItem(`Name: ${name}`, `${name}.txt`)),
	);
}

/** Documents that are in the table, as items of an upload. */
async function uploaded(...names: string[]): Promise<INodeExecutionData[]> {
	return (await runOn(await textItems(...names), upload)).items;
}

/** Runs that were started, as items of Start Run. */
async function started(...names: string[]): Promise<INodeExecutionData[]> {
	return (await runOn(await uploaded(...names), start)).items;
}

/** How many requests of each operation have come. */
function countRequests(): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { operationId } of setting.emulator.requests) {
		counts[operationId!] = (counts[operationId!] ?? 0) + 1;
	}
	return counts;
}

const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);

describe('the wait for a run', () => {
	test.each(['row', 'result'] as const)(
		'ends with its data, whoever waits; answer in the form of a %s',
		async (runAnswer) => {
			const { emulator } = setting;
			emulator.configure({ runAnswer, pendingMs: 300, runningMs: 300 });
			const [documents, rows, runs] = [
				await textItems('a'),
				await uploaded('b'),
				await started('c'),
			];
			const outcomes = await Promise.all([
				runOn(documents, extract),
				runOn(rows, startAndWait),
				runOn(runs, waitForRun),
			]);
			const byRow = new Map(emulator.runs.map((run) => [run.row_id, run]));
			for (const [index, name] of ['a', 'b', 'c'].entries()) {
				const [row, ...more] = jsonOf(outcomes[index]!.items);
				const run = emulator.runs.find(({ run_id }) => run_id === row?.run_id);
				expect(more).toEqual([]);
				expect(row).toMatchObject({ status: 'done', data: { name, file_name: `${name}.txt` } });
				expect(row).not.toHaveProperty('result');
				expect(run).toBeDefined();
				// The older answer does not tell the row, so that Get Run alone does not know it.
				if (row!.row_id !== undefined) expect(byRow.get(row!.row_id as string)).toEqual(run);
				else expect([name, runAnswer]).toEqual(['c', 'result']);
			}
			expect(emulator.runs).toHaveLength(3);
		},
	);

	test('goes on through states that are not documented', async () => {
		const { emulator } = setting;
		const states = ['queued', 'awaiting_review', 'DONE', 'failed', '', null, 7];
		const runs = await started(...states.map((_, index) => `document ${index}`));
		for (const status of states) {
			emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body: { status } });
		}
		const { items } = await runOn(runs, waitForRun);
		expect(jsonOf(items)).toEqual(
			states.map(() => expect.objectContaining({ status: 'done', data: expect.anything() })),
		);
		expect(countRequests()).toEqual({
			uploadFile: states.length,
			startRun: states.length,
			getRun: 2 * states.length,
		});
	});

	test('is one wait for all items, however few requests may be under way', async () => {
		const { emulator } = setting;
		const names = Array.from({ length: 20 }, (_, index) => `document ${index}`);
		const documents = await textItems(...names);
		// No run is seen to end before all are under way.
		const body = { status: 'running' };
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body, times: 'always' });
		const outcome = runOn(documents, extract, { maxConcurrency: 2 });
		await until(() => emulator.runs.length === 20);
		emulator.clearFaults();
		expect(jsonOf((await outcome).items)).toEqual(
			names.map((name) =>
				expect.objectContaining({ status: 'done', data: expect.objectContaining({ name }) }),
			),
		);
		expect(countRequests()).toMatchObject({ uploadFile: 20, startRun: 20 });
		expect(emulator.runs.every(({ polls }) => polls.length === 1)).toBe(true);
		expect(emulator.peakInFlight).toBeLessThanOrEqual(2);
	});

	test.each([
		['no data', { status: 'done' }],
		['data of null', { status: 'done', data: null, result: null }],
	])('takes a run that is done with %s', async (_name, body) => {
		const { emulator } = setting;
		const runs = await started('a');
		const given = { run_id: runs[0]!.json.run_id, project_name: emulator.project };
		for (const output of ['row', 'data']) {
			emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body });
			const { items } = await runOn(runs, waitForRun, { output });
			const row = { ...given, status: 'done', table_id: emulator.tableId };
			expect(jsonOf(items)).toEqual([output === 'row' ? row : {}]);
		}
	});
});

describe('a run that ends in error', () => {
	test.each([
		['Extract', extract, textItems],
		['Start Run', startAndWait, uploaded],
		['Get Run', waitForRun, started],
	] as const)('stops %s with its ID, or is given if asked for', async (_name, parameters, make) => {
		const { emulator } = setting;
		emulator.planRun({ fail: true, times: 'always' });
		const items = await make('a');
		const [stopped, given] = await Promise.all([
			runOn(items, parameters),
			runOn(items, parameters, { onRunError: 'return' }),
		]);
		const known = stopped.error?.context.ids as { run_id: string };
		expect(emulator.runs.map(({ run_id }) => run_id)).toContain(known.run_id);
		expect(stopped.error?.message).toBe("The run ended with the status 'error'");
		expect(stopped.error?.description).toContain('Cloudsquid gave no reason.');
		expect(stopped.error?.description).toContain(`Run ID: ${known.run_id}.`);
		expect(given.error).toBeUndefined();
		expect(jsonOf(given.items)).toEqual([expect.objectContaining({ status: 'error' })]);
		expect(emulator.runs.map(({ run_id }) => run_id)).toContain(given.items[0]!.json.run_id);
	});

	test.each([
		['errorMessage', { errorMessage: 'The page is blank.' }],
		['a text as result', { result: 'The page is blank.' }],
		['an error in the data', { data: { error: 'The page\n is blank.' } }],
	])('tells the reason that comes as %s', async (_name, body) => {
		const { emulator } = setting;
		const runs = await started('a');
		const answer = { status: 'error', ...body };
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body: answer });
		const { error } = await runOn(runs, waitForRun);
		expect(error?.description).toContain('Cloudsquid says: "The page is blank."');
	});

	test('is given by Get Run as it is, when not told to wait', async () => {
		const { emulator } = setting;
		emulator.planRun({ fail: true });
		const runs = await started('a');
		await until(() => emulator.runs[0]!.status === 'error');
		const { items } = await runOn(runs, getRun);
		expect(jsonOf(items)).toEqual([expect.objectContaining({ status: 'error' })]);
	});
});

describe('when Max Wait is over', () => {
	test.each([
		['Extract', extract, textItems],
		['Start Run', startAndWait, uploaded],
		['Get Run', waitForRun, started],
	] as const)('%s tells how to come back, or gives the row', async (_name, parameters, make) => {
		const { emulator } = setting;
		emulator.planRun({ pendingMs: 0, runningMs: 'always', times: 'always' });
		const items = await make('a');
		const [stopped, given] = await Promise.all([
			runOn(items, parameters, { maxWait: 1 }),
			runOn(items, parameters, { maxWait: 1, onTimeout: 'return' }),
		]);
		const { run_id } = stopped.error?.context.ids as { run_id: string };
		expect(emulator.runs.map((run) => run.run_id)).toContain(run_id);
		expect(stopped.error?.message).toBe('The run did not finish within 1 seconds');
		expect(stopped.error?.description).toContain("Its last status was 'running'");
		expect(stopped.error?.description).toContain(
			`Run ID: ${run_id}. Use Run → Get Run with this run ID.`,
		);
		expect(given.error).toBeUndefined();
		expect(jsonOf(given.items)).toEqual([
			expect.objectContaining({
				run_id: expect.any(String),
				row_id: expect.any(String),
				status: 'running',
			}),
		]);
		expect(emulator.requests.every(({ completed }) => completed)).toBe(true);
	});

	test('it is over, even if the service asks to wait longer', async () => {
		const { emulator } = setting;
		const runs = await started('a');
		emulator.inject({
			operation: 'getRun',
			kind: 'answer',
			status: 429,
			headers: { 'retry-after': '3600' },
			times: 'always',
		});
		const [stopped, given] = await Promise.all([
			runOn(runs, waitForRun, { maxWait: 1 }),
			runOn(runs, waitForRun, { maxWait: 1, onTimeout: 'return' }),
		]);
		expect(stopped.error?.message).toBe('The run did not finish within 1 seconds');
		expect(stopped.error?.description).toContain(
			'Its status is unknown. The last status check failed: Cloudsquid is receiving too many requests.',
		);
		const { run_id } = runs[0]!.json;
		expect(jsonOf(given.items)).toEqual([
			{ run_id, project_name: emulator.project, table_id: emulator.tableId },
		]);
	});

	test('and is 0, one look is taken', async () => {
		const { emulator } = setting;
		emulator.planRun({ runningMs: 'always' });
		const { error } = await runOn(await started('a'), waitForRun, { maxWait: 0 });
		expect(error?.message).toBe('The run did not finish within 0 seconds');
		expect(countRequests()).toEqual({ uploadFile: 1, startRun: 1, getRun: 1 });
	});
});

describe('one blocking call', () => {
	test.each(['done', 'running', 'absent'] as const)(
		'gives the row, whatever its status says (%s)',
		async (syncStatus) => {
			const { emulator } = setting;
			emulator.configure({ syncStatus });
			const { items } = await runOn(await textItems('a'), extractAtOnce);
			expect(jsonOf(items)).toEqual([
				expect.objectContaining({
					row_id: emulator.rows[0]!.row_id,
					data: expect.objectContaining({ name: 'a' }),
				}),
			]);
			expect(countRequests()).toEqual({ extractFile: 1 });
		},
	);

	test('that ends in error stops the node, or gives the row if asked for', async () => {
		const { emulator } = setting;
		emulator.planRun({ fail: true, times: 'always' });
		const stopped = await runOn(await textItems('a'), extractAtOnce);
		expect(stopped.error?.message).toBe("The run ended with the status 'error'");
		const given = await runOn(await textItems('a'), extractAtOnce, { onRunError: 'return' });
		expect(jsonOf(given.items)).toEqual([expect.objectContaining({ status: 'error' })]);
	});

	test.each([
		['Extract', extractAtOnce],
		['Reconcile', reconcile],
	])('of %s is given up after Max Wait, and is not made twice', async (_name, parameters) => {
		const { emulator, reconcilePlace } = setting;
		emulator.planRun({ runningMs: 'always', times: 'always' });
		const { error } = await runOn(
			await textItems('a'),
			{ ...(parameters === reconcile ? reconcilePlace : {}), ...parameters },
			{ maxWait: 1 },
		);
		expect(error?.message).toBe('Cloudsquid did not respond in time');
		expect(error?.description).toContain("'Max Wait");
		expect(error?.description).toContain('The request may have succeeded');
		expect(emulator.requests).toHaveLength(1);
	});

	test('has an end even with a Max Wait of 0', async () => {
		const { emulator } = setting;
		emulator.planRun({ runningMs: 'always' });
		const { error } = await runOn(await textItems('a'), extractAtOnce, { maxWait: 0 });
		expect(error?.message).toBe('Cloudsquid did not respond in time');
	});
});
