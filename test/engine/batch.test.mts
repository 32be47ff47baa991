import { unlink } from 'node:fs/promises';
import type { Fault, RunPlan } from '../emulator/emulator.mts';
import type { Outcome } from './engine.mts';
import * as operations from './operations.mts';
import {
	byExpression,
	repeat,
	setupEngine,
	type TestEnvironment,
	until,
} from './testEnvironment.mts';

const environment = setupEngine();
const { concurrent, concurrentEach, fileItem } = environment;
const { extract, extractSync, startRun, upload } = operations;

/** Items with a file each. The item `wrong` also has one that cannot be sent. */
async function textItems(count: number, wrong?: number) {
	const doc = { bytes: 'Number: 0', fileName: '0.doc', mimeType: 'application/msword' };
	return await repeat(count, async (index) => {
		const data = { bytes: `Number: ${index}`, fileName: `${index}.txt`, mimeType: 'text/plain' };
		return await fileItem({ data, ...(index === wrong && { doc }) }, { index });
	});
}

const answer = (operation: Fault['operation'], status: number, more: object = {}): Fault => ({
	kind: 'answer',
	operation,
	status,
	...more,
});

/** A failed execution reports every row and run that exists. */
function expectAllReported({ emulator }: TestEnvironment, { error }: Outcome): void {
	const reported = JSON.stringify(error!.context.created ?? []);
	for (const { row_id } of emulator.rows) expect(reported).toContain(row_id);
	for (const { run_id } of emulator.runs) expect(reported).toContain(run_id);
}

/** Expects one more upload, which arrives after whatever another execution would still send. */
async function expectNothingSent({ emulator, runOn }: TestEnvironment, requests = 0) {
	await runOn(await textItems(1), upload);
	expect(emulator.requests).toHaveLength(requests + 1);
}

function expectCounts({ emulator }: TestEnvironment, rows: number, runs = rows): void {
	expect([emulator.rows.length, emulator.runs.length]).toEqual([rows, runs]);
}

const batching = { batch: { batchSize: 2, batchInterval: 50 } };
const failingName = "={{ $json.index === 15 ? $('Gone').item.json.name : 'data' }}";

describe.each([
	['', {}],
	[', with some items started later by Batching', { requestOptions: { batching } }],
])('sends nothing if one item of many%s', (_, requestOptions) => {
	test.each([
		['has a file that cannot be sent', '*', 15, /^Cloudsquid does not accept /],
		['has an expression that fails', failingName, undefined, /^Referenced node/],
	])('%s', async (_, binaryPropertyName, wrong, message) => {
		const options = { onUnsupportedFile: 'error' };
		const parameters = { ...extract, binaryPropertyName, options, ...requestOptions };
		const { error, items } = await environment.runOn(await textItems(20, wrong), parameters);
		expect(items).toEqual([]);
		expect(error?.message).toMatch(message);
		if (wrong) {
			expect(error?.context.itemIndex).toBe(wrong);
			expect(error?.description).toMatch(/Nothing has been sent for any item\.$/);
		}
		await expectNothingSent(environment);
	});
});

test('ends the batch at the first failure, and reports every row', async () => {
	const { emulator, runOn } = environment;
	emulator.inject(answer('uploadFile', 413, { early: true }));
	const outcome = await runOn(await textItems(30), extract);
	expect(outcome.items).toEqual([]);
	expect(outcome.error?.message).toBe('The document is too large for Cloudsquid');
	expect(emulator.documents.length).toBeLessThan(10);
	expect(emulator.runs).toEqual([]);
	expectAllReported(environment, outcome);
	await expectNothingSent(environment, emulator.requests.length);
});

test('sends no other upload after a 404, and then asks which of the IDs is wrong', async () => {
	const { emulator, requestNames, runOn } = environment;
	emulator.inject(answer('uploadFile', 404));
	const options = { maxConcurrency: 1 };
	const { error } = await runOn(await textItems(5), { ...upload, options });
	expect(error?.message).toBe("No table found for this 'Table'");
	expect(requestNames()).toEqual(['uploadFile', 'listProjects']);
});

concurrent('reports the IDs of other items, the first few in the description', async (own) => {
	own.emulator.planRun({ runningMs: 'always', times: 'always' });
	own.emulator.inject(answer('getRun', 403, { skip: 7 }));
	const outcome = await own.runOn(await textItems(6), extract);
	const { message, description, context } = outcome.error!;
	expect(message).toMatch(/^This API key has no access/);
	expect(context.created).toHaveLength(6);
	expect(description).toMatch(
		/Already created for other items or files: item \d \(\d\.txt\): Row ID: .*; and 2 more\. To get the results of these runs/,
	);
	expectAllReported(own, outcome);
});

test('reports the failure that came first, not that of the first item', async () => {
	const { emulator, runOn } = environment;
	emulator.inject({ operation: 'uploadFile', kind: 'delay', delayMs: 600 });
	emulator.inject(answer('uploadFile', 422));
	const outcome = await runOn(await textItems(2), upload);
	expect(outcome.error?.message).toBe('Cloudsquid could not process the values');
	expect(outcome.error?.context.itemIndex).toBe(1);
	expectAllReported(environment, outcome);
});

describe("n8n's Retry On Fail", () => {
	const slow = { pendingMs: 0, runningMs: 2500, times: 'always' } as const;
	const twoSeconds = { ...extract, options: { maxWait: 2 } };

	concurrentEach<[string, object, number, number, number, Fault?, RunPlan?]>([
		['repeats no upload or run', extract, 5, 3, 5, answer('uploadFile', 422)],
		['waits for the same runs again', twoSeconds, 2, 2, 2, undefined, slow],
		['starts another run for a failed one', extract, 3, 2, 4, undefined, { fail: true }],
	])('%s', async (own, [, parameters, count, maxTries, runs, fault, plan]) => {
		if (fault) own.emulator.inject(fault);
		if (plan) own.emulator.planRun(plan);
		const { error, items } = await own.runOn(
			await textItems(count),
			{ ...parameters },
			{ maxTries },
		);
		expect(error).toBeUndefined();
		expect(items).toMatchObject(
			Array.from({ length: count }, (_, index) => ({
				json: { status: 'done', data: { number: `${index}` } },
			})),
		);
		expectCounts(own, count, runs);
	});

	concurrent('repeats a request whose response was lost, as the error says', async (own) => {
		const reset = { kind: 'reset', when: 'after', times: 'always' } as const;
		own.emulator.inject({ ...reset, operation: 'uploadFile' });
		const { error } = await own.runOn(await textItems(1), upload, { maxTries: 2 });
		expectCounts(own, 2, 0);
		expect(error?.description).toContain("n8n's Retry On Fail does");
	});

	concurrent('continues where an item failed if n8n continues on errors', async (own) => {
		own.emulator.inject(answer('startRun', 422));
		const execution = { maxTries: 2, onError: 'continueRegularOutput' } as const;
		const { items } = await own.runOn(await textItems(4), extract, execution);
		expect(items.filter(({ json }) => json.status === 'done').length).toBeGreaterThanOrEqual(3);
		expect(own.emulator.rows).toHaveLength(4);
		expect(own.emulator.runs.length).toBeLessThanOrEqual(4);
	});

	test.each(['60 s', -1])('sends nothing twice with a timeout of %j', async (value) => {
		const parameters = { ...upload, requestOptions: { timeout: byExpression(value) } };
		const { error } = await environment.runOn(await textItems(1), parameters, { maxTries: 3 });
		expect(error).toBeUndefined();
		expectCounts(environment, 1, 0);
	});

	test.each([1, 2])('sends nothing twice if read %i of the credential fails', async (failing) => {
		const { apiKey, baseUrl } = environment.credential;
		let reads = 0;
		const credential = {
			baseUrl,
			get apiKey() {
				if (++reads === failing) throw new Error('database is locked');
				return apiKey;
			},
		};
		const execution = { maxTries: 3, credential };
		const { error } = await environment.runOn(await textItems(1), upload, execution);
		expect(error).toBeUndefined();
		expectCounts(environment, 1, 0);
	});

	test('tells the row of an earlier try if its file is gone in the next one', async () => {
		const { emulator, engine } = environment;
		const items = await textItems(1);
		emulator.inject(answer('startRun', 422));
		const execution = { maxTries: 2, onError: 'continueRegularOutput' } as const;
		const outcome = environment.runOn(items, extract, execution);
		await until(() => environment.countRequests().startRun === 1);
		await unlink(`${engine.pathOf(items[0]!.binary!.data!)}.metadata`);
		const { row_id } = emulator.rows[0]!;
		expect((await outcome).items).toMatchObject([{ json: { error: { row_id } } }]);
	});

	test('does not offer the failed run of an earlier try', async () => {
		environment.emulator.planRun({ fail: true });
		environment.emulator.inject(answer('startRun', 422, { skip: 1 }));
		const { error } = await environment.runOn(await textItems(1), extract, { maxTries: 2 });
		expect(error?.description).toMatch(/use Run → Start Run with this row ID\.$/);
	});

	concurrent('processes an item twice that is twice in the input', async (own) => {
		const [item] = await textItems(1);
		own.emulator.inject(answer('startRun', 422));
		const { items } = await own.runOn([item!, item!], extract, { maxTries: 2 });
		expect(items).toHaveLength(2);
		expectCounts(own, 2);
	});

	concurrentEach([
		['Extract', extractSync, 1],
		['Reconcile', { ...operations.reconcile, data: { a: 1 } }, 0],
	])('repeats a failed synchronous run of %s on the same row', async (own, each) => {
		const [, parameters, documents] = each;
		own.emulator.planRun({ fail: true, times: 2 });
		const execution = { maxTries: 3 };
		const { items, error } = await own.runOn(await textItems(1), { ...parameters }, execution);
		expect(error).toBeUndefined();
		expect(items).toMatchObject([{ json: { status: 'done' } }]);
		expect(own.emulator.documents).toHaveLength(documents);
		expectCounts(own, 1, 3);
	});
});

test('runs the first item alone with Execute Once', async () => {
	const { items } = await environment.runOn(await textItems(3), upload, { executeOnce: true });
	expect(items).toHaveLength(1);
	expectCounts(environment, 1, 0);
});

test("runs all items with n8n's Batching, and reports one that fails", async () => {
	const { emulator, runOn } = environment;
	const parameters = { ...upload, requestOptions: { batching } };
	const { items } = await runOn(await textItems(5), parameters);
	expect(items.map(({ json }) => json.filename)).toEqual([...'01234'].map((n) => `${n}.txt`));
	emulator.reset();
	// A rejection without a handler would end this process.
	emulator.inject(answer('uploadFile', 422));
	const outcome = await runOn(await textItems(5), parameters);
	expect(outcome.error?.message).toMatch(/^Cloudsquid could not process/);
	expectAllReported(environment, outcome);
});

test('does not wait for a Retry-After of ten minutes, and reports it', async () => {
	const { emulator, runOn } = environment;
	emulator.inject(answer('uploadFile', 429, { headers: { 'retry-after': '600' } }));
	const { error } = await runOn(await textItems(1), upload);
	expect(error?.message).toBe('Cloudsquid is receiving too many requests');
	expect(error?.description).toContain('try again in 10 minutes');
	expect(emulator.requests).toHaveLength(1);
});

test('passes an ID that is no UUID to the next node', async () => {
	const { emulator, runOn } = environment;
	emulator.inject(answer('uploadFile', 201, { body: { row_id: 'row_0042' } }));
	const { items } = await runOn(await textItems(1), upload);
	emulator.inject(answer('startRun', 202, { body: { run_id: 'run_0042' } }));
	const started = await runOn(items, { ...startRun, rowId: '={{ $json.row_id }}' });
	expect(started.error).toBeUndefined();
	expect(started.items[0]!.json).toMatchObject({ row_id: 'row_0042', run_id: 'run_0042' });
});
