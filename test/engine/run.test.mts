import { useSetting } from './setting.mts';

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };
const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const wait = { waitForCompletion: true };

/** Uploads a text and gives the output items, as a workflow would hand them on. */
async function uploadText(text: string) {
	const { place, run, textItem } = setting;
	return (await run({ parameters: { ...upload, ...place }, items: [await textItem(text)] })).items;
}

describe('Run → Start Run', () => {
	test.each([true, false])(
		'takes the row of the upload before it; zero retention %s',
		async (zeroRetention) => {
			const { emulator, place, run } = setting;
			const uploaded = await uploadText('Total: 1');
			const { items } = await run({
				parameters: { ...start, ...place, zeroRetention },
				items: uploaded,
			});
			const [{ run_id, row_id }] = emulator.runs as [(typeof emulator.runs)[0]];
			expect(items).toEqual([
				{
					json: {
						run_id,
						row_id,
						zero_retention: zeroRetention,
						project_name: emulator.project,
						table_id: emulator.tableId,
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(row_id).toBe(uploaded[0]!.json.row_id);
			expect(emulator.requests.at(-1)).toMatchObject({
				operationId: 'startRun',
				url: `/api/projects/Invoices%20%26%20Receipts/tables/${emulator.tableId}/run`,
				body: { row_id, zero_retention: zeroRetention },
			});
			expect(emulator.requests).toHaveLength(2);
		},
	);

	test('waits for the row if asked to', async () => {
		const { emulator, place, run } = setting;
		const items = await uploadText('Total: 1');
		const outcome = await run({ parameters: { ...start, ...place, ...wait }, items });
		expect(outcome.items[0]!.json).toMatchObject({
			run_id: emulator.runs[0]!.run_id,
			status: 'done',
			zero_retention: false,
			data: { total: '1' },
		});
	});

	test('runs a task of a reconcile table', async () => {
		const { emulator, reconcilePlace, run } = setting;
		const createTask = { resource: 'reconciliation', operation: 'createTask' };
		const task = await run({
			parameters: { ...createTask, ...reconcilePlace, data: { vendor: 'Acme' } },
		});
		const parameters = { ...start, ...reconcilePlace, ...wait, rowId: '={{ $json.task_id }}' };
		const outcome = await run({ parameters, items: task.items });
		expect(outcome.error).toBeUndefined();
		expect(outcome.items[0]!.json).toMatchObject({
			status: 'done',
			table_id: emulator.reconcileTableId,
		});
	});
});

describe('Run → Get Run', () => {
	test.each(['row', 'result'] as const)(
		'takes the run of the start before it; answer in the form of a %s',
		async (runAnswer) => {
			const { emulator, place, run } = setting;
			emulator.configure({ runAnswer });
			const started = await run({
				parameters: { ...start, ...place },
				items: await uploadText('Total: 7'),
			});
			const { items } = await run({
				parameters: { ...get, ...place, ...wait },
				items: started.items,
			});
			const [{ run_id }] = emulator.runs as [(typeof emulator.runs)[0]];
			expect(items).toHaveLength(1);
			expect(items[0]!.json).toMatchObject({ run_id, status: 'done', data: { total: '7' } });
			expect(items[0]!.json).not.toHaveProperty('result');
			expect(emulator.requests.at(-1)).toMatchObject({
				method: 'GET',
				url: `/api/projects/Invoices%20%26%20Receipts/tables/${emulator.tableId}/run/${run_id}`,
			});
			expect(emulator.requests.at(-1)!.headers).not.toHaveProperty('content-type');
		},
	);

	test('gives a run that is under way as it is, when not told to wait', async () => {
		const { emulator, place, run } = setting;
		emulator.planRun({ runningMs: 'always', pendingMs: 0 });
		const started = await run({
			parameters: { ...start, ...place },
			items: await uploadText('Total: 7'),
		});
		const { items } = await run({ parameters: { ...get, ...place }, items: started.items });
		expect(items[0]!.json).toMatchObject({ status: 'running' });
		expect(items[0]!.json).not.toHaveProperty('data');
	});
});

test('Upload, Start Run and Get Run chain with nothing filled in, several items at once', async () => {
	const { emulator, place, run, textItem } = setting;
	const texts = ['Total: 1', 'Total: 2', 'Total: 3'];
	const documents = await Promise.all(texts.map(async (text) => await textItem(text)));
	const uploaded = await run({ parameters: { ...upload, ...place }, items: documents });
	const started = await run({ parameters: { ...start, ...place }, items: uploaded.items });
	const fetched = await run({ parameters: { ...get, ...place, ...wait }, items: started.items });
	expect(fetched.items.map(({ json, pairedItem }) => [json.data, pairedItem])).toEqual(
		texts.map((text, item) => [
			expect.objectContaining({ total: text.slice(-1), size_bytes: 8 }),
			{ item },
		]),
	);
	expect(emulator.runs).toHaveLength(3);
});
