import { logger } from './engine.mts';
import { startRecordingServer } from './network.mts';
import * as operations from './operations.mts';
import { byExpression, locator, setupEngine, sha256 } from './testEnvironment.mts';

/* The requests and the output of each operation, except those of project files. */

const environment = setupEngine();
const { concurrentEach, concurrent, run, runOn, textItem, fileItem } = environment;
const { extract, extractSync, upload, startRun, getRun, waitForRun } = operations;
const { createTask, getProjects, updateSettings } = operations;
const projectPath = '/api/projects/Invoices%20%26%20Receipts';

describe('Document → Upload', () => {
	test('sends the file as the API documents it and returns the row', async () => {
		const { emulator } = environment;
		const { items, error } = await runOn([await textItem('Total: 119.00', 'invoice.txt')], upload);
		expect(error).toBeUndefined();
		const json = {
			row_id: emulator.rows[0]!.row_id,
			filename: 'invoice.txt',
			mimetype: 'text/plain',
			project_name: emulator.project,
			table_id: emulator.tableId,
		};
		expect(items).toEqual([{ json, pairedItem: { item: 0 } }]);
		expect(emulator.requests).toMatchObject([
			{
				operationId: 'uploadFile',
				method: 'POST',
				url: `${projectPath}/tables/${emulator.tableId}/files`,
				status: 200,
				body: {
					filename: 'invoice.txt',
					mimetype: 'text/plain',
					file_type: 'binary',
					file: { bytes: 13, sha256: sha256('Total: 119.00') },
				},
				headers: {
					'x-api-key': emulator.apiKey,
					'content-type': 'application/json',
					accept: 'application/json',
				},
			},
		]);
	});

	test('passes a URL on as it was checked, without opening it', async () => {
		const server = await startRecordingServer();
		const fileUrl = `${server.origin.toUpperCase()}/x/../Rechnung 117.pdf?signature=a%2Fb`;
		const { items } = await run({ parameters: { ...upload, inputSource: 'url', fileUrl } });
		await server.close();
		const document = { filename: 'Rechnung 117.pdf', mimetype: 'application/pdf' };
		const file = `${server.origin}/Rechnung%20117.pdf?signature=a%2Fb`;
		expect(items[0]!.json).toMatchObject(document);
		const bodies = environment.emulator.requests.map(({ body }) => body);
		expect(bodies).toEqual([{ ...document, file_type: 'uri', file }]);
		expect(server.visits).toEqual([]);
	});

	const id = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
	const other = id.replace(/^./, 'f');
	test.each([
		['project', 'list', ' Invoices ', '/projects/%20Invoices%20/tables/'],
		['project', 'name', ' Invoices ', '/projects/Invoices/tables/'],
		...[`/tables/${id}`, `/tables/${id}/`, `/tables/${id}/rows/${other}`, `/t/${other}/${id}?a=b#c`]
			.concat([`/projects/${other}/tables/${id}`, `/projects/${other}/tables/${id}/edit?x=1`])
			.map((path) => ['table', 'url', `https://app.example${path}`, `/tables/${id}/files`]),
		['table', 'url', id.toUpperCase(), `/tables/${id.toUpperCase()}/files`],
		['table', 'id', id.toUpperCase(), `/tables/${id.toUpperCase()}/files`],
		['table', 'id', ` https://app.example/tables/${id}?tab=rows `, `/tables/${id}/files`],
	])('finds the %s by %s in %j', async (parameter, mode, value, path) => {
		await runOn([await textItem()], { ...upload, [parameter!]: locator(mode!, value) });
		expect(environment.emulator.requests[0]!.url).toContain(path);
	});

	test('sends another name and type if told to', async () => {
		const item = await fileItem({ data: { bytes: 'vendor;total', mimeType: 'application/x-any' } });
		const options = { filename: 'vendors.csv', mimeType: 'text/csv' };
		await runOn([item], { ...upload, options });
		const document = { filename: 'vendors.csv', mimetype: 'text/csv' };
		expect(environment.emulator.documents).toMatchObject([document]);
	});

	const text = { bytes: 'Total: 1', mimeType: 'text/plain' };
	const files = { a: { ...text, fileName: 'a.txt' }, b: { ...text, fileName: 'b.txt' } };

	test.each([
		['*', ['a', 'b']],
		['b, a', ['b', 'a']],
		['b,b,', ['b']],
	])('returns one item per file for %j, in order', async (binaryPropertyName, fields) => {
		const documents = [await fileItem(files), await fileItem(files)];
		const { items } = await runOn(documents, { ...upload, binaryPropertyName });
		expect(
			items.map(({ json, pairedItem }) => [json.filename, json.source_field, pairedItem]),
		).toEqual(
			[0, 1].flatMap((item) =>
				fields.map((field) => [`${field}.txt`, fields[1] && field, { item }]),
			),
		);
	});

	test.each([{}, { mimeType: 'application/pdf' }])(
		'skips, with *, what Cloudsquid does not accept, and items without files (%j)',
		async (options) => {
			const info = jest.spyOn(logger, 'info');
			const gif = { bytes: 'GIF89a', fileName: 'logo.gif', mimeType: 'image/gif' };
			const documents = [await fileItem({ ...files, logo: gif }), { json: {} }];
			const parameters = { ...upload, binaryPropertyName: '*', options };
			const { items, error } = await runOn(documents, parameters);
			expect(error).toBeUndefined();
			expect(items.map(({ json }) => [json.source_field, json.skipped_files])).toEqual([
				['a', ['logo.gif']],
				['b', ['logo.gif']],
			]);
			// By default, n8n prints only the message, not what comes after it.
			expect(info.mock.calls.map(([message]) => message)).toEqual([
				'Cloudsquid: skipped files of item 0: logo.gif',
				'Cloudsquid: skipped item 1, which has no files',
			]);
			info.mockRestore();
		},
	);

	test('does not skip a file whose type is unknown', async () => {
		const unknown = { bytes: '%PDF', mimeType: 'application/octet-stream' };
		const parameters = { ...upload, binaryPropertyName: '*' };
		const { error } = await runOn([await fileItem({ ...files, unknown })], parameters);
		expect(error?.message).toBe("The file type could not be determined (the field 'unknown')");
		expect(environment.emulator.requests).toEqual([]);
	});
});

test("writes the IDs of a run to n8n's log when it starts, because a stopped execution has no output", async () => {
	const info = jest.spyOn(logger, 'info');
	const { items } = await runOn([await textItem()], extract);
	const { row_id, run_id } = items[0]!.json;
	const ids = expect.stringContaining(`Row ID: ${String(row_id)}, Run ID: ${String(run_id)}`);
	expect(info.mock.calls.map(([message]) => message)).toEqual([ids]);
	info.mockRestore();
});

concurrent(
	'Document → Extract uploads, runs, polls and returns the row',
	async ({ emulator, requestNames, runOn }) => {
		const text = 'Invoice Number: 2026-117\nTotal: 119.00';
		const { items, error } = await runOn([await textItem(text, 'invoice.txt')], {
			...extract,
			zeroRetention: true,
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		const [{ run_id, row_id }] = emulator.runs as [(typeof emulator.runs)[0]];
		const invoice = { file_name: 'invoice.txt', invoice_number: '2026-117', total: '119.00' };
		const data = { ...invoice, sha256: sha256(text) };
		expect(items[0]!.json).toMatchObject({
			...{ run_id, row_id, status: 'done', zero_retention: true, data },
			project_name: emulator.project,
			table_id: emulator.tableId,
		});
		expect(emulator.runs).toMatchObject([{ zero_retention: true }]);
		expect(requestNames()).toEqual(['uploadFile', 'startRun', 'getRun']);
	},
);

test.each(['done', 'running', 'absent'] as const)(
	'Document → Extract sends one blocking request, whatever the status in its response (%s)',
	async (syncStatus) => {
		const { emulator, requestNames } = environment;
		emulator.configure({ syncStatus });
		const { items } = await runOn([await textItem('Total: 5')], extractSync);
		const { row_id } = emulator.rows[0]!;
		const row = { row_id, data: { total: '5' }, table_id: emulator.tableId };
		expect(items).toMatchObject([{ json: row }]);
		expect(requestNames()).toEqual(['extractFile']);
	},
);

test('Document → Extract returns the extracted fields alone, with the input fields, if told to', async () => {
	const item = await textItem('Total: 5', 'a.txt', { subject: 'Your invoice', total: 'unknown' });
	const options = { output: 'data', includeInputFields: true };
	const { items } = await runOn([item], { ...extractSync, options });
	expect(items[0]!.json).toMatchObject({ subject: 'Your invoice', total: '5' });
	expect(items[0]!.json).not.toHaveProperty('row_id');
});

test.each([
	['running', { runningMs: 'always', pendingMs: 0 }],
	['error', { fail: true, runningMs: 0, pendingMs: 0 }],
] as const)('Get Run returns a run as it is when not told to wait: %s', async (status, plan) => {
	environment.emulator.planRun(plan);
	const uploaded = await runOn([await textItem()], upload);
	const { items } = await runOn((await runOn(uploaded.items, startRun)).items, getRun);
	expect(items[0]!.json).toMatchObject({ status });
	expect(items[0]!.json).not.toHaveProperty('data');
});

concurrentEach([
	['row', true],
	['result', false],
] as const)(
	'Upload, Start Run and Get Run use the items before them; response as a %s, zero retention %s',
	async ({ emulator, runOn }, [runAnswer, zero_retention]) => {
		emulator.configure({ runAnswer });
		const { project: project_name, tableId: table_id } = emulator;
		const texts = ['Total: 1', 'Total: 2', 'Total: 3'];
		const documents = await Promise.all(texts.map(async (text) => await textItem(text)));
		const uploaded = await runOn(documents, upload);
		const rowIds = uploaded.items.map(({ json }) => json.row_id);
		const started = await runOn(uploaded.items, { ...startRun, zeroRetention: zero_retention });
		const run_id = expect.any(String);
		const ids = { run_id, zero_retention, project_name, table_id };
		expect(started.items).toEqual(
			rowIds.map((row_id, item) => ({ json: { ...ids, row_id }, pairedItem: { item } })),
		);
		const { items } = await runOn(started.items, waitForRun);
		expect(items).toEqual(
			texts.map((text, item) => {
				const data = expect.objectContaining({ total: text.slice(-1), size_bytes: 8 });
				const { run_id } = started.items[item]!.json;
				const json = expect.objectContaining({ run_id, status: 'done', data });
				return { json, pairedItem: { item } };
			}),
		);
		for (const { json } of items) expect(json).not.toHaveProperty('result');
		expect(emulator.runs).toHaveLength(3);
		const [starts, polls] = [emulator.requests.slice(3, 6), emulator.requests.slice(6)];
		const path = `${projectPath}/tables/${table_id}/run`;
		expect(starts.map(({ url }) => url)).toEqual([path, path, path]);
		expect(starts.map(({ body }) => body)).toEqual(
			expect.arrayContaining(rowIds.map((row_id) => ({ row_id, zero_retention }))),
		);
		// A run may take longer than one poll.
		expect(new Set(polls.map(({ method, url }) => `${method} ${url}`))).toEqual(
			new Set(emulator.runs.map(({ run_id }) => `GET ${path}/${run_id}`)),
		);
		for (const { headers } of polls) expect(headers).not.toHaveProperty('content-type');
	},
);

const expressions = {
	review_mode: byExpression('TRUE'),
	bounding_boxes: byExpression('0'),
	active_pipeline: byExpression('cloudsquid-pro-v9'),
};
const given = { review_mode: true, bounding_boxes: false, active_pipeline: 'cloudsquid-pro-v9' };
const settings = { bounding_boxes: true, review_mode: false };
test.each([
	['the settings in the response', 'settings', settings, settings],
	['the settings sent if there are none, such as a new pipeline', 'empty', expressions, given],
] as const)('Update Extraction Settings returns %s', async (_, settingsAnswer, settings, body) => {
	const { emulator } = environment;
	emulator.configure({ settingsAnswer });
	const { items, error } = await run({ parameters: { ...updateSettings, settings } });
	expect(error).toBeUndefined();
	const { project: project_name, tableId: table_id } = emulator;
	expect(items[0]!.json).toMatchObject({ ...body, project_name, table_id });
	const url = `${projectPath}/tables/${table_id}/extraction-settings`;
	const request = { operationId: 'updateExtractionSettings', method: 'PATCH', url };
	expect(emulator.requests).toMatchObject([request]);
	expect(emulator.requests[0]!.body).toEqual(body);
});

test('Project → Get Many returns one item per project', async () => {
	const { emulator } = environment;
	const { items } = await run({ parameters: { ...getProjects, returnAll: true } });
	expect(items).toEqual(
		emulator.projects.map(({ name }) => ({
			json: { id: expect.any(String), name, created_at: expect.any(String) },
			pairedItem: { item: 0 },
		})),
	);
	expect(emulator.requests).toMatchObject([{ method: 'GET', url: '/api/projects' }]);
});

test('Project → Get Many applies the limit to each item', async () => {
	const { items } = await runOn([{ json: {} }, { json: {} }], { ...getProjects, limit: 2 });
	const inputs = [0, 0, 1, 1].map((item) => ({ item }));
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual(inputs);
});

test('Reconcile sends data and rows and returns the row', async () => {
	const { emulator } = environment;
	const { items: rows } = await runOn([await textItem()], upload);
	const input = { data: '{"vendor": "Acme"}', files: String(rows[0]!.json.row_id) };
	const { items, error } = await run({ parameters: { ...operations.reconcile, ...input } });
	expect(error).toBeUndefined();
	const table_id = emulator.reconcileTableId;
	const json = { data: expect.any(Object), table_id };
	expect(items).toMatchObject([{ json, pairedItem: { item: 0 } }]);
	expect(emulator.requests.at(-1)).toMatchObject({
		operationId: 'reconcile',
		url: `${projectPath}/tables/${table_id}/reconcile`,
		body: { data: { vendor: 'Acme' }, files: [{ id: input.files }] },
	});
});

test('Create Task accepts data and rows by expression, and Start Run runs the task', async () => {
	const { emulator } = environment;
	const { project: project_name, reconcileTableId: table_id } = emulator;
	const { items: rows } = await runOn([await textItem()], upload);
	const id = rows[0]!.json.row_id;
	const input = { data: '={{ { id: $json.row_id } }}', files: '={{ [{ id: $json.row_id }] }}' };
	const { items } = await runOn(rows, { ...createTask, ...input });
	const task_id = expect.stringMatching(/^[0-9a-f-]{36}$/);
	expect(items).toEqual([{ json: { task_id, project_name, table_id }, pairedItem: { item: 0 } }]);
	const body = { data: { id }, files: [{ id }] };
	expect(emulator.requests.at(-1)).toMatchObject({ operationId: 'createTask', body });
	const table = locator('id', table_id);
	const parameters = { ...operations.startAndWait, table, rowId: '={{ $json.task_id }}' };
	const { items: done } = await runOn(items, parameters);
	const { run_id } = emulator.runs[0]!;
	const row = { run_id, status: 'done', zero_retention: false, data: expect.any(Object), table_id };
	expect(done).toMatchObject([{ json: row }]);
});
