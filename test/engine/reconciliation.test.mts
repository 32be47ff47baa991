import { useSetting } from './setting.mts';

const setting = useSetting();
const reconcile = { resource: 'reconciliation', operation: 'reconcile' };
const createTask = { resource: 'reconciliation', operation: 'createTask' };
const rowIds = ['7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b', '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f'];

/** Puts a document into the extraction table and gives its row ID. */
async function uploadRow(): Promise<string> {
	const { place, run, textItem } = setting;
	const parameters = { resource: 'document', operation: 'upload', ...place };
	const { items } = await run({ parameters, items: [await textItem('Total: 1')] });
	return String(items[0]!.json.row_id);
}

test('Reconcile sends data and rows, and gives the row', async () => {
	const { emulator, reconcilePlace, run } = setting;
	const files = await uploadRow();
	const { items, error } = await run({
		parameters: { ...reconcile, ...reconcilePlace, data: '{"vendor": "Acme"}', files },
	});
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({
		json: { data: expect.any(Object), table_id: emulator.reconcileTableId },
		pairedItem: { item: 0 },
	});
	expect(emulator.requests.at(-1)).toMatchObject({
		operationId: 'reconcile',
		url: `/api/projects/Invoices%20%26%20Receipts/tables/${emulator.reconcileTableId}/reconcile`,
		body: { data: { vendor: 'Acme' }, files: [{ id: files }] },
	});
});

test('Create Task gives the ID of the task', async () => {
	const { emulator, reconcilePlace, run } = setting;
	const { items } = await run({
		parameters: { ...createTask, ...reconcilePlace, data: '{"vendor": "Acme"}' },
	});
	expect(items).toEqual([
		{
			json: {
				task_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				project_name: emulator.project,
				table_id: emulator.reconcileTableId,
			},
			pairedItem: { item: 0 },
		},
	]);
	expect(emulator.requests.at(-1)).toMatchObject({ operationId: 'createTask', status: 200 });
});

test.each([
	['an object', { vendor: 'Acme' }],
	['JSON text', '{"vendor": "Acme"}'],
	['an expression', '={{ $json.invoice }}'],
])('data may be %s', async (_, data) => {
	const { emulator, reconcilePlace, run } = setting;
	await run({
		parameters: { ...createTask, ...reconcilePlace, data },
		items: [{ json: { invoice: { vendor: 'Acme' } } }],
	});
	expect(emulator.requests.map(({ body }) => body)).toEqual([{ data: { vendor: 'Acme' } }]);
});

test.each([
	['text', rowIds.join(' , ')],
	['a list', '={{ $json.ids }}'],
	['a list of rows', '={{ $json.ids.map((id) => ({ id })) }}'],
])('files may be %s', async (_, files) => {
	const { emulator, reconcilePlace, run } = setting;
	await run({
		parameters: { ...createTask, ...reconcilePlace, files },
		items: [{ json: { ids: rowIds } }],
	});
	expect(emulator.requests.map(({ body }) => body)).toEqual([
		{ files: rowIds.map((id) => ({ id })) },
	]);
});
