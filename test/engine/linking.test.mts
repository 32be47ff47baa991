import type { INodeExecutionData } from 'n8n-workflow';
import { useSetting } from './setting.mts';

const setting = useSetting();
const upload = { resource: 'document', operation: 'upload' };

/** Three items: the first and last can be sent, the middle one has a good and a bad file. */
async function mixedItems(): Promise<INodeExecutionData[]> {
	const text = { bytes: 'Total: 1', mimeType: 'text/plain' };
	const { fileItem } = setting;
	return [
		await fileItem({ a: { ...text, fileName: 'first.txt' } }, { order: 1 }),
		await fileItem(
			{
				a: { ...text, fileName: 'good.txt' },
				b: { ...text, fileName: 'bad.docx', mimeType: 'application/msword' },
			},
			{ order: 2 },
		),
		await fileItem({ a: { ...text, fileName: 'last.txt' } }, { order: 3 }),
	];
}

const parametersFor = () => ({ ...upload, ...setting.place, binaryPropertyName: '*' });

test('with "continue on fail" the other items go on, and each output knows its input', async () => {
	const { emulator, run } = setting;
	const { items, error } = await run({
		parameters: parametersFor(),
		items: await mixedItems(),
		onError: 'continueRegularOutput',
	});
	expect(error).toBeUndefined();
	expect(items.map(({ json, pairedItem }) => [json.filename ?? 'refused', pairedItem])).toEqual([
		['first.txt', { item: 0 }],
		['good.txt', { item: 1 }],
		['refused', { item: 1 }],
		['last.txt', { item: 2 }],
	]);
	expect(items[2]!.json).toEqual({
		error: {
			message:
				"Cloudsquid does not accept files of type 'application/msword' (the field 'b') [Item 1]",
			description: expect.stringContaining('Accepted types: application/pdf'),
			kind: 'invalidParameter',
			project_name: emulator.project,
			table_id: emulator.tableId,
			source_field: 'b',
		},
	});
});

test('with an error output, errors come out there and nowhere else', async () => {
	const { run } = setting;
	const { items, errorItems } = await run({
		parameters: parametersFor(),
		items: await mixedItems(),
		onError: 'continueErrorOutput',
	});
	expect(items.map(({ json, pairedItem }) => [json.filename, pairedItem])).toEqual([
		['first.txt', { item: 0 }],
		['good.txt', { item: 1 }],
		['last.txt', { item: 2 }],
	]);
	expect(errorItems).toHaveLength(1);
	expect(errorItems[0]).toMatchObject({
		// n8n adds the fields of the input item, so that the error can be handled with them.
		json: { order: 2, error: { message: expect.stringContaining('application/msword') } },
		pairedItem: { item: 1 },
	});
});

test('an error of the API takes the same ways, with its status and IDs', async () => {
	const { emulator, place, run, textItem } = setting;
	emulator.inject({
		kind: 'answer',
		status: 422,
		body: { errorMessage: 'No.' },
		operation: 'startRun',
	});
	const { errorItems } = await run({
		parameters: { resource: 'document', operation: 'extract', ...place },
		items: [await textItem('Total: 1')],
		onError: 'continueErrorOutput',
	});
	expect(errorItems[0]!.json).toMatchObject({
		error: {
			message: 'Cloudsquid could not process the values',
			description: expect.stringContaining('Cloudsquid says: "No."'),
			kind: 'unprocessable',
			http_status: 422,
			row_id: emulator.rows[0]!.row_id,
			table_id: emulator.tableId,
		},
	});
});

test('without it the first error stops the node and names its item', async () => {
	const { run } = setting;
	const { items, error } = await run({ parameters: parametersFor(), items: await mixedItems() });
	expect(items).toEqual([]);
	expect(error?.message).toMatch(/ \[Item 1\]$/);
	expect(error?.context).toMatchObject({ itemIndex: 1 });
});

test('input fields are kept on request, and on every file of the item', async () => {
	const { run } = setting;
	const { items } = await run({
		parameters: { ...parametersFor(), options: { includeInputFields: true } },
		items: (await mixedItems()).slice(0, 1),
	});
	expect(items[0]!.json).toMatchObject({ order: 1, filename: 'first.txt' });
});
