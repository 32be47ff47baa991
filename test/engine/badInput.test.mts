import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { locator, useSetting } from './setting.mts';

const setting = useSetting();

const upload = { resource: 'document', operation: 'upload' };
const extract = { resource: 'document', operation: 'extract' };
const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const reconcile = { resource: 'reconciliation', operation: 'reconcile' };
const updateSettings = { resource: 'table', operation: 'updateSettings' };
const fileGet = { resource: 'projectFile', operation: 'get' };
const fileUpload = { resource: 'projectFile', operation: 'upload' };
const download = { resource: 'projectFile', operation: 'download' };
const unknownId = '00000000-0000-4000-8000-000000000000';

/** Given by expression, a value passes n8n's own checks in the editor and reaches the node. */
const byExpression = (value: string) => `={{ ${JSON.stringify(value)} }}`;

/** What a user fills in, and the sentence and the way out that come back. */
interface Case {
	name: string;
	parameters: INodeParameters;
	item?: 'text' | 'none' | 'empty' | 'word' | 'two';
	message: string | RegExp;
	wayOut: string;
}

async function toItems(kind: Case['item'] = 'text'): Promise<INodeExecutionData[]> {
	const text = { bytes: 'Total: 1', fileName: 'a.txt', mimeType: 'text/plain' };
	switch (kind) {
		case 'none':
			return [{ json: {} }];
		case 'empty':
			return [await setting.fileItem({ data: { ...text, bytes: '' } })];
		case 'word':
			return [
				await setting.fileItem({
					data: { ...text, fileName: 'a.doc', mimeType: 'application/msword' },
				}),
			];
		case 'two':
			return [await setting.fileItem({ first: text, second: text })];
		default:
			return [await setting.fileItem({ data: text })];
	}
}

/** Known to be wrong before anything is sent. */
const refusedAtOnce: Case[] = [
	{
		name: 'no project',
		parameters: { ...upload, project: locator('name', byExpression(' ')) },
		message: "'Project' is empty",
		wayOut: 'Select a project from the list',
	},
	{
		name: 'a project that is a path',
		parameters: { ...upload, project: locator('name', '..') },
		message: "'Project' cannot be '..'",
		wayOut: 'Enter the project name exactly as Cloudsquid shows it',
	},
	{
		name: 'a table ID that is none',
		parameters: { ...upload, table: locator('id', byExpression('invoices/../../x')) },
		message: "'Table' is not a valid ID: 'invoices/../../x'",
		wayOut: 'Copy it from Cloudsquid',
	},
	{
		name: 'a table address without an ID',
		parameters: { ...upload, table: locator('url', byExpression('https://app.example/t')) },
		message: "'Table' is not a valid ID: 'https://app.example/t'",
		wayOut: 'paste the URL of the table',
	},
	{
		name: 'no table',
		parameters: { ...start, table: locator('id', byExpression('')), rowId: unknownId },
		message: "'Table' is empty",
		wayOut: 'A table ID looks like',
	},
	{
		name: 'an empty field name',
		parameters: { ...upload, binaryPropertyName: byExpression(' , ') },
		message: "'Input Data Field Name' is empty",
		wayOut: 'the field that contains the file',
	},
	{
		name: 'a field without a file',
		parameters: { ...extract, binaryPropertyName: 'attachment' },
		item: 'two',
		message: "The item has no file in the field 'attachment'",
		wayOut: 'This item has: first, second.',
	},
	{
		name: 'an item without files',
		parameters: upload,
		item: 'none',
		message: "The item has no file in the field 'data'",
		wayOut: 'This item has no files',
	},
	{
		name: 'all files of an item without files',
		parameters: { ...upload, binaryPropertyName: '*' },
		item: 'none',
		message: 'The item has no files',
		wayOut: 'Connect a node that outputs files',
	},
	{
		name: 'an empty file',
		parameters: extract,
		item: 'empty',
		message: "The file 'a.txt' in 'data' is empty",
		wayOut: 'at least one byte',
	},
	{
		name: 'a type of file the API does not take',
		parameters: extract,
		item: 'word',
		message: "Cloudsquid does not accept files of type 'application/msword' (the field 'data')",
		wayOut: 'Accepted types: application/pdf, application/json, image/jpg',
	},
	{
		name: 'no address',
		parameters: { ...upload, inputSource: 'url', fileUrl: byExpression('') },
		message: "'File URL' is empty",
		wayOut: 'starts with http:// or https://',
	},
	...['ftp://files.example/a.pdf', 'file:///etc/passwd', 'C:\\a.pdf', '/a.pdf'].map((fileUrl) => ({
		name: `the address ${fileUrl}`,
		parameters: { ...extract, inputSource: 'url', fileUrl },
		message: `'File URL' is not a valid URL: '${fileUrl}'`,
		wayOut: 'starts with http:// or https://',
	})),
	{
		name: 'an address that does not tell the type',
		parameters: { ...upload, inputSource: 'url', fileUrl: 'https://files.example/download' },
		message: "The file type could not be determined ('File URL')",
		wayOut: "Set 'MIME Type' under Options",
	},
	{
		name: 'no row ID',
		parameters: start,
		message: "'Row ID' is empty",
		wayOut: 'Use row_id from the output of Document → Upload',
	},
	{
		name: 'a row ID that is none',
		parameters: { ...start, rowId: 'row 117' },
		message: "'Row ID' is not a valid ID: 'row 117'",
		wayOut: 'Use row_id from the output of Document → Upload',
	},
	{
		name: 'no run ID',
		parameters: get,
		message: "'Run ID' is empty",
		wayOut: 'Use run_id from the output of Run → Start Run',
	},
	{
		name: 'a run ID that leads elsewhere',
		parameters: { ...get, runId: `../files?x=${unknownId}` },
		message: /^'Run ID' is not a valid ID/,
		wayOut: 'Use run_id',
	},
	{
		name: 'nothing to reconcile',
		parameters: reconcile,
		message: "'Data' and 'Files' are both empty",
		wayOut: 'Fill in at least one of them',
	},
	...['[1, 2]', '"text"', '{"vendor": ', '12'].map((data) => ({
		name: `the data ${data}`,
		parameters: { ...reconcile, data: byExpression(data) },
		message: "'Data' is not a JSON object",
		wayOut: 'Enter an object such as',
	})),
	{
		name: 'files that are no row IDs',
		parameters: { ...reconcile, files: `${unknownId}, invoice.pdf` },
		message: "'Files' contains an invalid ID: 'invoice.pdf'",
		wayOut: 'Enter row IDs separated by commas',
	},
	{
		name: 'no settings',
		parameters: updateSettings,
		message: "'Settings' is empty",
		wayOut: 'Add at least one setting',
	},
	{
		name: 'no path',
		parameters: { ...fileGet, path: byExpression(' ') },
		message: "'Path' is empty",
		wayOut: 'Enter a path such as',
	},
	...['/a/../../b', '..', 'a\\..\\b'].map((path) => ({
		name: `the path ${path}`,
		parameters: { ...fileGet, path },
		message: "'Path' must not contain '..'",
		wayOut: 'Enter the full path',
	})),
	{
		name: 'several files for one path',
		parameters: { ...fileUpload, path: '/in/a.txt', binaryPropertyName: 'first, second' },
		item: 'two',
		message: "'Path' must be a folder when uploading several files",
		wayOut: 'End it with a slash',
	},
	{
		name: 'no field to put a download in',
		parameters: { ...download, path: '/a.txt', binaryPropertyName: byExpression('') },
		message: "'Output Data Field Name' is empty",
		wayOut: 'such as data',
	},
];

/** Only Cloudsquid can know. */
const refusedByCloudsquid: Case[] = [
	{
		name: 'an unknown project',
		parameters: { ...upload, project: locator('name', 'No such project') },
		message: "No table found for this 'Project' and 'Table'",
		wayOut: 'Check these values in Cloudsquid',
	},
	{
		name: 'an unknown table',
		parameters: { ...extract, table: locator('id', unknownId) },
		message: "No table found for this 'Project' and 'Table'",
		wayOut: 'The table must belong to the selected project',
	},
	{
		name: 'an unknown row',
		parameters: { ...start, rowId: unknownId },
		message: "No row found for this 'Project', 'Table' and 'Row ID'",
		wayOut: `Row ID: ${unknownId}`,
	},
	{
		name: 'an unknown run',
		parameters: { ...get, runId: unknownId },
		message: "No run found for this 'Project', 'Table' and 'Run ID'",
		wayOut: `Run ID: ${unknownId}`,
	},
	{
		name: 'an unknown path',
		parameters: { ...fileGet, path: '/no/such/file.pdf' },
		message: "No file or folder found for this 'Project' and 'Path'",
		wayOut: 'Check these values in Cloudsquid',
	},
];

describe.each([
	{ when: 'before any request', cases: refusedAtOnce, requests: 0 },
	{ when: 'by Cloudsquid', cases: refusedByCloudsquid, requests: 1 },
])('refused $when', ({ cases, requests }) => {
	test.each(cases)('$name', async ({ parameters, item, message, wayOut }) => {
		const { emulator, place, run } = setting;
		const { items, error } = await run({
			parameters: { ...place, ...parameters },
			items: await toItems(item),
		});
		expect(items).toEqual([]);
		if (typeof message === 'string') expect(error?.message).toBe(message);
		else expect(error?.message).toMatch(message);
		expect(error?.description).toContain(wayOut);
		expect(emulator.requests).toHaveLength(requests);
	});
});

test('a wrong key', async () => {
	const { credential, place, run } = setting;
	const { error, run: stored } = await run({
		parameters: { ...upload, ...place },
		items: await toItems(),
		credential: { ...credential, apiKey: 'another-key-1111' },
	});
	expect(error?.message).toBe('The API key was rejected');
	expect(error?.description).toContain("Check 'API Key' in the credential");
	expect(JSON.stringify(stored)).not.toContain('another-key-1111');
});

test.each([
	['not-an-address', "'Base URL' in the credential is not a valid URL"],
	['', "'Base URL' in the credential is not a valid URL"],
	['http://127.0.0.1:1/api', 'Could not connect to Cloudsquid'],
])('the base URL %j', async (baseUrl, message) => {
	const { credential, place, run } = setting;
	const { error } = await run({
		parameters: { ...upload, ...place, options: { maxRetries: 0 } },
		items: await toItems(),
		credential: { ...credential, baseUrl },
	});
	expect(error?.message).toBe(message);
	expect(error?.description).toMatch(/Base URL|https:/);
});

test('a base URL without its path is told from a wrong project', async () => {
	const { credential, emulator, run } = setting;
	const { error } = await run({
		parameters: { resource: 'project', operation: 'getAll' },
		credential: { ...credential, baseUrl: emulator.origin },
	});
	expect(error?.message).toBe("Nothing found at the credential's 'Base URL'");
});
