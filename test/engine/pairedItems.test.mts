import { extract, upload } from './operations.mts';
import { setupEngine } from './testEnvironment.mts';

const environment = setupEngine();
const { runOn, fileItem, textItem } = environment;
const strict = { onUnsupportedFile: 'error' };
const allFiles = { ...upload, binaryPropertyName: '*', options: strict };

/** Three items: the first and last can be sent, the middle one has a good and a bad file. */
async function mixedItems() {
	const good = { bytes: 'Total: 1', mimeType: 'text/plain', fileName: 'good.txt' };
	const bad = { ...good, mimeType: 'application/msword', fileName: 'bad.docx' };
	return [
		await textItem('Total: 1', 'first.txt', { order: 1 }),
		await fileItem({ a: good, b: bad }, { order: 2 }),
		await textItem('Total: 1', 'last.txt', { order: 3 }),
	];
}

test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
	'continues with the other items, and pairs each output with its input: %s',
	async (onError) => {
		const { emulator } = environment;
		const { items, errorItems, error } = await runOn(await mixedItems(), allFiles, { onError });
		expect(error).toBeUndefined();
		const refused = [...items, ...errorItems].filter(({ json }) => json.error);
		expect(items.map(({ json, pairedItem }) => [json.filename, pairedItem])).toEqual([
			['first.txt', { item: 0 }],
			['good.txt', { item: 1 }],
			...(onError === 'continueRegularOutput' ? [[undefined, { item: 1 }]] : []),
			['last.txt', { item: 2 }],
		]);
		expect(errorItems).toEqual(onError === 'continueErrorOutput' ? refused : []);
		expect(refused).toMatchObject([{ pairedItem: { item: 1 } }]);
		expect(refused[0]!.json).toEqual({
			// On the error output n8n adds the fields of the input item.
			...(onError === 'continueErrorOutput' && { order: 2 }),
			error: {
				message: expect.stringContaining('Cloudsquid does not accept'),
				description: expect.stringContaining('Convert it to one of these types: PDF'),
				kind: 'unsupportedType',
				project_name: emulator.project,
				table_id: emulator.tableId,
				source_field: 'b',
				filename: 'bad.docx',
			},
		});
		expect(Object.keys(refused[0]!.binary ?? {})).toEqual(['b']);
	},
);

test('sends an error of the API there, with its status and IDs', async () => {
	const { emulator } = environment;
	const answer = { kind: 'answer', status: 422, body: { errorMessage: 'No.' } } as const;
	emulator.inject({ ...answer, operation: 'startRun' });
	const execution = { onError: 'continueErrorOutput' } as const;
	const { items, errorItems } = await runOn([await textItem()], extract, execution);
	expect(items).toEqual([]);
	expect(errorItems).toHaveLength(1);
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
