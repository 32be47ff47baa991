import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Execution } from './engine.mts';
import { useSetting } from './setting.mts';

const setting = useSetting();
const extract = { resource: 'document', operation: 'extract' };
const upload = { resource: 'document', operation: 'upload' };

/** Text files, one an item; those with these indexes are of a type that Cloudsquid does not accept. */
async function textItems(count: number, ...wrong: number[]): Promise<INodeExecutionData[]> {
	return await Promise.all(
		Array.from({ length: count }, async (_, index) => {
			const mimeType = wrong.includes(index) ? 'application/msword' : 'text/plain';
			const fileName = `${index}.${wrong.includes(index) ? 'doc' : 'txt'}`;
			return await setting.fileItem(
				{ data: { bytes: `Number: ${index}`, fileName, mimeType } },
				{ index },
			);
		}),
	);
}

async function runOn(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	execution: Partial<Execution> = {},
) {
	return await setting.run({
		parameters: { ...setting.place, ...parameters },
		items,
		...execution,
	});
}

/** How often each endpoint was called. */
function countRequests(): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { operationId } of setting.emulator.requests) {
		counts[String(operationId)] = (counts[String(operationId)] ?? 0) + 1;
	}
	return counts;
}

/** A failed execution tells every row and run that exists. */
function expectEverythingTold(error: unknown) {
	const { created = [] } = (error as { context: { created?: object[] } }).context;
	const told = JSON.stringify(created);
	for (const { row_id } of setting.emulator.rows) expect(told).toContain(row_id);
	for (const { run_id } of setting.emulator.runs) expect(told).toContain(run_id);
}

describe('one item that cannot be sent', () => {
	test('keeps all others from being sent where errors stop the workflow', async () => {
		const { error, items } = await runOn(await textItems(100, 50), extract);
		expect(items).toEqual([]);
		expect(error?.message).toMatch(/^Cloudsquid does not accept .* \[Item 50\]$/);
		expect(error?.context.itemIndex).toBe(50);
		expect(setting.emulator.requests).toEqual([]);
	});

	test('concerns nobody else where n8n is told to continue', async () => {
		const execution = { onError: 'continueErrorOutput' } as const;
		const { items, errorItems } = await runOn(await textItems(5, 3), extract, execution);
		expect(items.map(({ json }) => json.status)).toEqual(['done', 'done', 'done', 'done']);
		expect(errorItems).toHaveLength(1);
		expect(setting.emulator.rows).toHaveLength(4);
	});

	test('is the one of n8n itself, whose expression fails: nothing is sent, now or later', async () => {
		const fileUrl = `={{ $json.index === 15 ? $('Gone').item.json.url : $json.url }}`;
		const url = (index: number) => (index === 3 ? 'no address' : 'https://example.com/a.pdf');
		const items = Array.from({ length: 20 }, (_, index) => ({
			json: { index, url: url(index) },
		}));
		const { error } = await runOn(items, { ...extract, inputSource: 'url', fileUrl });
		expect(error?.message).toBe("Referenced node doesn't exist");
		// What another execution sends comes after whatever this one would still send.
		await runOn(await textItems(1), upload);
		expect(countRequests()).toEqual({ uploadFile: 1 });
	});
});

describe('the first failure', () => {
	test('ends the batch, and tells every row that exists', async () => {
		const { emulator } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 413, early: true });
		const { error, items } = await runOn(await textItems(30), extract);
		expect(items).toEqual([]);
		expect(error?.message).toMatch(/^The document is too large for Cloudsquid \[Item \d+\]$/);
		expect(emulator.documents.length).toBeLessThan(10);
		expect(emulator.runs).toEqual([]);
		expectEverythingTold(error);
		const before = emulator.requests.length;
		await runOn(await textItems(1), upload);
		expect(emulator.requests).toHaveLength(before + 1);
	});

	test('is told with the IDs of other items, the first few in its description', async () => {
		const { emulator } = setting;
		emulator.planRun({ runningMs: 'always', times: 'always' });
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 403, skip: 7 });
		const { error } = await runOn(await textItems(6), extract);
		expect(error?.message).toMatch(/^This API key has no access/);
		const created = error?.context.created as object[];
		expect(created).toHaveLength(6);
		expect(error?.description).toMatch(/Already created: item \d: Row ID: .*; and 2 more\.$/);
		expectEverythingTold(error);
	});

	test('of a wrong API key costs no more requests than were in flight', async () => {
		const credential = { ...setting.credential, apiKey: 'another-key-0000' };
		const { error } = await runOn(await textItems(100), upload, { credential });
		expect(error?.message).toMatch(/^The API key was rejected \[Item \d+\]$/);
		expect(countRequests().uploadFile).toBeLessThanOrEqual(10);
	});

	test('is the one that came first, not that of the first item', async () => {
		const { emulator } = setting;
		emulator.planRun({ runningMs: 'always' });
		const items = [...(await textItems(1)), ...(await textItems(1))];
		emulator.inject({ operation: 'uploadFile', kind: 'delay', delayMs: 600 });
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422 });
		const { error } = await runOn(items, upload, {});
		expect(error?.message).toBe('Cloudsquid could not process the values [Item 1]');
		expect(error?.context.itemIndex).toBe(1);
		expectEverythingTold(error);
	});
});

describe("n8n's Retry On Fail", () => {
	test.each([2, 3])('sends nothing twice, with %i tries', async (maxTries) => {
		const { emulator } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422 });
		const { error, items } = await runOn(await textItems(5), extract, { maxTries });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => (json.data as { number: string }).number)).toEqual([
			'0',
			'1',
			'2',
			'3',
			'4',
		]);
		expect(emulator.rows).toHaveLength(5);
		expect(emulator.runs).toHaveLength(5);
	});

	test('waits for the same runs again', async () => {
		const { emulator } = setting;
		emulator.planRun({ pendingMs: 0, runningMs: 2500, times: 'always' });
		const parameters = { ...extract, options: { maxWait: 2 } };
		const { error, items } = await runOn(await textItems(2), parameters, { maxTries: 2 });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.status)).toEqual(['done', 'done']);
		expect(emulator.rows).toHaveLength(2);
		expect(emulator.runs).toHaveLength(2);
	});

	test('starts a failed run anew, on the same row', async () => {
		const { emulator } = setting;
		emulator.planRun({ fail: true });
		const { error, items } = await runOn(await textItems(3), extract, { maxTries: 2 });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(3);
		expect(emulator.rows).toHaveLength(3);
		expect(emulator.runs).toHaveLength(4);
	});

	test('repeats a request whose response was lost, and the error of the first try says so', async () => {
		const { emulator } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'reset', when: 'after', times: 'always' });
		const { error } = await runOn(await textItems(1), upload, { maxTries: 2 });
		expect(emulator.rows).toHaveLength(2);
		expect(error?.description).toContain("n8n's Retry On Fail does");
	});

	test('continues where an item failed that n8n was told to continue with', async () => {
		const { emulator } = setting;
		emulator.inject({ operation: 'startRun', kind: 'answer', status: 422 });
		const execution = { maxTries: 2, onError: 'continueRegularOutput' } as const;
		const { items } = await runOn(await textItems(4), extract, execution);
		expect(items.filter(({ json }) => json.status === 'done').length).toBeGreaterThanOrEqual(3);
		expect(emulator.rows).toHaveLength(4);
		expect(emulator.runs.length).toBeLessThanOrEqual(4);
	});

	test.each(['30000ms', '60 s', 'soon', -1])(
		'sends nothing twice with a timeout of %j',
		async (timeout) => {
			const requestOptions = { timeout: `={{ ${JSON.stringify(timeout)} }}` };
			const parameters = { ...upload, requestOptions };
			const { error } = await runOn(await textItems(1), parameters, { maxTries: 3 });
			expect(error).toBeUndefined();
			expect(setting.emulator.documents).toHaveLength(1);
		},
	);

	test.each([1, 2, 3])(
		'sends nothing twice if n8n fails to read the credential, time %i',
		async (failing) => {
			const { apiKey, baseUrl } = setting.credential;
			let reads = 0;
			const credential = {
				baseUrl,
				get apiKey() {
					if (++reads === failing) throw new Error('database is locked');
					return apiKey;
				},
			};
			const { error } = await runOn(await textItems(1), upload, { maxTries: 3, credential });
			expect(error).toBeUndefined();
			expect(setting.emulator.documents).toHaveLength(1);
		},
	);

	test('takes an item that is twice in the input for two', async () => {
		const { emulator } = setting;
		const [item] = await textItems(1);
		emulator.inject({ operation: 'startRun', kind: 'answer', status: 422 });
		const { items } = await runOn([item!, item!], extract, { maxTries: 2 });
		expect(items).toHaveLength(2);
		expect(emulator.rows).toHaveLength(2);
		expect(emulator.runs).toHaveLength(2);
	});
});

describe('a synchronous run that failed', () => {
	const extractAtOnce = { ...extract, extractMode: 'sync' };

	test('tells its row', async () => {
		setting.emulator.planRun({ fail: true });
		const { errorItems } = await runOn(await textItems(1), extractAtOnce, {
			onError: 'continueErrorOutput',
		});
		const { row_id } = setting.emulator.rows[0]!;
		expect(errorItems[0]!.json.error).toMatchObject({ row_id });
	});

	test.each([
		['Extract', extractAtOnce, 1],
		['Reconcile', { resource: 'reconciliation', operation: 'reconcile', data: { a: 1 } }, 0],
	])('of %s is followed by another run on the same row', async (_, parameters, documents) => {
		setting.emulator.planRun({ fail: true, times: 2 });
		const { table } = setting.reconcilePlace;
		const { items, error } = await runOn(
			await textItems(1),
			{ ...(documents === 0 && { table }), ...parameters },
			{ maxTries: 3 },
		);
		expect(error).toBeUndefined();
		expect(items).toMatchObject([{ json: { status: 'done' } }]);
		expect(setting.emulator.documents).toHaveLength(documents);
		expect(setting.emulator.rows).toHaveLength(1);
		expect(setting.emulator.runs).toHaveLength(3);
	});
});

describe('all items', () => {
	test('run with Execute Once, which uses the first alone', async () => {
		const { items } = await runOn(await textItems(3), upload, { executeOnce: true });
		expect(items).toHaveLength(1);
		expect(setting.emulator.rows).toHaveLength(1);
	});

	test("run with n8n's Batching, which starts some of them later", async () => {
		const requestOptions = { batching: { batch: { batchSize: 2, batchInterval: 20 } } };
		const { items } = await runOn(await textItems(5), { ...upload, requestOptions });
		expect(items.map(({ json }) => json.filename)).toEqual([
			'0.txt',
			'1.txt',
			'2.txt',
			'3.txt',
			'4.txt',
		]);
	});
});

describe("n8n's Batching", () => {
	const requestOptions = { batching: { batch: { batchSize: 2, batchInterval: 50 } } };

	test('does not keep an item that fails from being heard', async () => {
		// What fails while nobody listens would end this process.
		setting.emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 422 });
		const { error } = await runOn(await textItems(5), { ...upload, requestOptions });
		expect(error?.message).toMatch(/^Cloudsquid could not process/);
		expectEverythingTold(error);
	});

	test.each([
		['cannot be sent', 'data', [4], /^Cloudsquid does not accept .* \[Item 4\]$/],
		[
			'has an expression that fails',
			"={{ $json.index === 4 ? $('Gone').item.json.name : 'data' }}",
			[],
			/^Referenced node/,
		],
	])('sends nothing if a later item %s', async (_, binaryPropertyName, wrong, message) => {
		const parameters = { ...extract, binaryPropertyName, requestOptions };
		const { error } = await runOn(await textItems(5, ...wrong), parameters, { maxTries: 2 });
		expect(error?.message).toMatch(message);
		await runOn(await textItems(1), upload);
		expect(countRequests()).toEqual({ uploadFile: 1 });
	});
});

describe('the row of a run that is not done', () => {
	const onlyFields = { output: 'data', maxWait: 1 };

	test('is returned whole when the time is up', async () => {
		setting.emulator.planRun({ runningMs: 'always' });
		const options = { ...onlyFields, onTimeout: 'return' };
		const { items } = await runOn(await textItems(1), { ...extract, options });
		const [run] = setting.emulator.runs;
		expect(items[0]!.json).toMatchObject({ run_id: run!.run_id, row_id: run!.row_id });
	});

	test('is returned whole when the run failed', async () => {
		setting.emulator.planRun({ fail: true });
		const options = { ...onlyFields, maxWait: 20, onRunError: 'return' };
		const { items } = await runOn(await textItems(1), { ...extract, options });
		const [run] = setting.emulator.runs;
		expect(items[0]!.json).toMatchObject({ run_id: run!.run_id, status: 'error' });
	});
});

describe('a run that was just started', () => {
	test('may not be found at first', async () => {
		const { emulator } = setting;
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 404, times: 2 });
		const { error, items } = await runOn(await textItems(1), extract);
		expect(error).toBeUndefined();
		expect(items[0]!.json).toMatchObject({ status: 'done' });
	});

	test('must be found at once if the user entered its ID', async () => {
		const { emulator } = setting;
		const { items } = await runOn(await textItems(1), extract);
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 404 });
		const parameters = {
			resource: 'run',
			operation: 'get',
			runId: items[0]!.json.run_id as string,
			waitForCompletion: true,
		};
		const { error } = await runOn([{ json: {} }], parameters);
		expect(error?.message).toBe("No run found for this 'Project', 'Table' and 'Run ID'");
	});

	test('that ends with an undocumented status is not said to continue', async () => {
		const { emulator } = setting;
		const body = { status: 'cancelled' };
		emulator.inject({ operation: 'getRun', kind: 'answer', status: 200, body, times: 'always' });
		const { error } = await runOn(await textItems(1), { ...extract, options: { maxWait: 2 } });
		expect(error?.context.kind).toBe('runTimeout');
		expect(error?.description).toContain("'cancelled'");
		expect(error?.description).not.toContain('continues');
		expect(countRequests().getRun).toBeGreaterThan(1);
	});
});

describe('Retry-After', () => {
	test('of ten minutes is not waited for, and says when to come back', async () => {
		const headers = { 'retry-after': '600' };
		const { emulator } = setting;
		emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 429, headers });
		const { error } = await runOn(await textItems(1), upload);
		expect(error?.message).toBe('Cloudsquid is receiving too many requests');
		expect(error?.description).toContain('try again in 10 minutes');
		expect(emulator.requests).toHaveLength(1);
	});
});

test('an ID that is no UUID works in the next node', async () => {
	const { emulator } = setting;
	const body = { row_id: 'row_0042' };
	emulator.inject({ operation: 'uploadFile', kind: 'answer', status: 201, body });
	const { items } = await runOn(await textItems(1), upload);
	expect(items[0]!.json.row_id).toBe('row_0042');
	emulator.inject({
		operation: 'startRun',
		kind: 'answer',
		status: 202,
		body: { run_id: 'run_0042' },
	});
	const start = { resource: 'run', operation: 'start', rowId: '={{ $json.row_id }}' };
	const { items: started, error } = await runOn(items, start);
	expect(error).toBeUndefined();
	expect(started[0]!.json).toMatchObject({ row_id: 'row_0042', run_id: 'run_0042' });
});
