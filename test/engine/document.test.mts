import { createHash } from 'node:crypto';
import { locator, useSetting } from './setting.mts';

const setting = useSetting();

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describe('Document → Upload', () => {
	const upload = { resource: 'document', operation: 'upload' };

	test('sends the file as the API documents it and gives the row', async () => {
		const { emulator, place, run } = setting;
		const item = await setting.textItem('Total: 119.00', 'invoice.txt');

		const { items, error } = await run({ parameters: { ...upload, ...place }, items: [item] });

		expect(error).toBeUndefined();
		const [row] = emulator.rows;
		expect(items).toEqual([
			{
				json: {
					row_id: row!.row_id,
					filename: 'invoice.txt',
					mimetype: 'text/plain',
					project_name: emulator.project,
					table_id: emulator.tableId,
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(emulator.requests).toHaveLength(1);
		const [request] = emulator.requests;
		expect(request).toMatchObject({
			operationId: 'uploadFile',
			method: 'POST',
			url: `/api/projects/Invoices%20%26%20Receipts/tables/${emulator.tableId}/files`,
			status: 200,
			body: {
				filename: 'invoice.txt',
				mimetype: 'text/plain',
				file_type: 'binary',
				file: { bytes: 13, sha256: sha256('Total: 119.00') },
			},
		});
		expect(request!.headers).toMatchObject({
			'x-api-key': emulator.apiKey,
			'content-type': 'application/json',
			accept: 'application/json',
		});
	});

	test('passes an address on without opening it', async () => {
		const { emulator, place, run } = setting;
		const fileUrl = 'https://files.invalid/2026/Rechnung%20117.pdf?signature=a%2Fb';

		const { items } = await run({
			parameters: { ...upload, ...place, inputSource: 'url', fileUrl },
		});

		expect(items[0]!.json).toMatchObject({
			filename: 'Rechnung 117.pdf',
			mimetype: 'application/pdf',
		});
		expect(emulator.requests.map(({ body }) => body)).toEqual([
			{
				filename: 'Rechnung 117.pdf',
				mimetype: 'application/pdf',
				file_type: 'uri',
				file: fileUrl,
			},
		]);
	});

	test('takes every awkward project name as it is', async () => {
		const { emulator, run } = setting;
		const item = await setting.textItem('Total: 1');
		for (const { name, tableId } of emulator.projects) {
			const parameters = {
				...upload,
				project: locator('name', name),
				table: locator('id', tableId),
			};
			const { items } = await run({ parameters, items: [item] });
			expect(items[0]?.json).toMatchObject({ project_name: name, table_id: tableId });
		}
		expect(emulator.documents.map(({ project_name }) => project_name)).toEqual(
			emulator.projects.map(({ name }) => name),
		);
	});

	test.each([
		['an address', (id: string) => `https://app.example/projects/7/tables/${id}?view=all#top`],
		[
			'the last ID of an address',
			(id: string) => `https://app.example/${id.replace(/^./, 'f')}/${id}`,
		],
		['an ID in capitals', (id: string) => `https://app.example/tables/${id.toUpperCase()}`],
	])('finds the table in %s', async (_, toAddress) => {
		const { emulator, place, run, textItem } = setting;
		const table = locator('url', toAddress(emulator.tableId));
		const { items } = await run({
			parameters: { ...upload, ...place, table },
			items: [await textItem('Total: 1')],
		});
		expect(String(items[0]?.json.table_id).toLowerCase()).toBe(emulator.tableId);
	});

	test('lets the user give another name and type', async () => {
		const { emulator, place, run, fileItem } = setting;
		const bytes = 'vendor;total';
		const item = await fileItem({ data: { bytes, mimeType: 'application/x-unknown' } });
		const options = { filename: 'vendors.csv', mimeType: 'text/csv' };

		await run({ parameters: { ...upload, ...place, options }, items: [item] });

		expect(emulator.documents).toMatchObject([{ filename: 'vendors.csv', mimetype: 'text/csv' }]);
	});

	test('names a file that has no name after its field', async () => {
		const { emulator, place, run, fileItem } = setting;
		const item = await fileItem({ data: { bytes: '%PDF-1.4', mimeType: 'application/pdf' } });
		await run({ parameters: { ...upload, ...place }, items: [item] });
		expect(emulator.documents).toMatchObject([{ filename: 'data.pdf' }]);
	});
});

describe('Document → Upload, several files of an item', () => {
	const upload = { resource: 'document', operation: 'upload' };
	const files = {
		attachment_0: { bytes: 'No: 0', fileName: 'zero.txt', mimeType: 'text/plain' },
		attachment_1: { bytes: 'No: 1', fileName: 'one.txt', mimeType: 'text/plain' },
		attachment_2: { bytes: 'No: 2', fileName: 'two.txt', mimeType: 'text/plain' },
	};

	test.each([
		['*', ['attachment_0', 'attachment_1', 'attachment_2']],
		['attachment_2, attachment_0', ['attachment_2', 'attachment_0']],
		['attachment_1,attachment_1,', ['attachment_1']],
	])('gives one item per file for %j, in order', async (binaryPropertyName, fields) => {
		const { place, run, fileItem } = setting;
		const { items } = await run({
			parameters: { ...upload, ...place, binaryPropertyName },
			items: [await fileItem(files), await fileItem(files)],
		});
		const named = items.map(({ json, pairedItem }) => [json.filename, pairedItem]);
		const names = fields.map((field) => files[field as keyof typeof files].fileName);
		expect(named).toEqual([
			...names.map((name) => [name, { item: 0 }]),
			...names.map((name) => [name, { item: 1 }]),
		]);
		if (fields.length > 1) {
			expect(items.map(({ json }) => json.source_field)).toEqual([...fields, ...fields]);
		} else expect(items[0]!.json).not.toHaveProperty('source_field');
	});

	test('sends none of them when one cannot be sent', async () => {
		const { emulator, place, run, fileItem } = setting;
		const item = await fileItem({
			...files,
			letter: { bytes: 'x', fileName: 'letter.docx', mimeType: 'application/msword' },
		});
		const parameters = { ...upload, ...place, binaryPropertyName: '*' };
		const { items, error } = await run({ parameters, items: [item] });
		expect(items).toEqual([]);
		expect(error?.message).toContain("'letter'");
		expect(emulator.requests).toEqual([]);
	});
});

describe('Document → Extract', () => {
	const extract = { resource: 'document', operation: 'extract' };

	test('uploads, runs, waits and gives the row', async () => {
		const { emulator, place, run, textItem } = setting;
		const text = 'Invoice Number: 2026-117\nTotal: 119.00';
		const { items, error } = await run({
			parameters: { ...extract, ...place, zeroRetention: true },
			items: [await textItem(text, 'invoice.txt')],
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		const [{ run_id, row_id }] = emulator.runs as [(typeof emulator.runs)[0]];
		expect(items[0]!.json).toMatchObject({
			run_id,
			row_id,
			status: 'done',
			zero_retention: true,
			data: {
				file_name: 'invoice.txt',
				sha256: sha256(text),
				invoice_number: '2026-117',
				total: '119.00',
			},
			project_name: emulator.project,
			table_id: emulator.tableId,
		});
		expect(emulator.runs).toMatchObject([{ zero_retention: true }]);
		expect(emulator.requests.map(({ operationId }) => operationId)).toEqual([
			'uploadFile',
			'startRun',
			'getRun',
		]);
	});

	test('makes one blocking call in synchronous mode', async () => {
		const { emulator, place, run, textItem } = setting;
		const { items } = await run({
			parameters: { ...extract, ...place, extractMode: 'sync' },
			items: [await textItem('Total: 5')],
		});
		expect(items[0]!.json).toMatchObject({ data: { total: '5' }, table_id: emulator.tableId });
		expect(emulator.requests.map(({ operationId }) => operationId)).toEqual(['extractFile']);
	});

	test('gives the extracted fields alone, beside the input fields, if asked to', async () => {
		const { place, run, fileItem } = setting;
		const item = await fileItem(
			{ data: { bytes: 'Total: 5', fileName: 'a.txt', mimeType: 'text/plain' } },
			{ subject: 'Your invoice', total: 'unknown' },
		);
		const options = { output: 'data', includeInputFields: true };
		const parameters = { ...extract, ...place, extractMode: 'sync', options };
		const { items } = await run({ parameters, items: [item] });
		expect(items[0]!.json).toMatchObject({ subject: 'Your invoice', total: '5' });
		expect(items[0]!.json).not.toHaveProperty('row_id');
	});
});
