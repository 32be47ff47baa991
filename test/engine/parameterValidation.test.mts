import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import * as operations from './operations.mts';
import { byExpression, locator, setupEngine } from './testEnvironment.mts';

const environment = setupEngine();
const { run, runOn, fileItem } = environment;
const { upload, extract, startRun, getRun, reconcile, getFile, uploadFile } = operations;
const { getProjects, updateSettings } = operations;
const unknownId = '00000000-0000-4000-8000-000000000000';

const text = { bytes: 'Total: 1', fileName: 'a.txt', mimeType: 'text/plain' };

/** The items that a case may need. */
const itemsOf = {
	text: async () => [await fileItem({ data: text })],
	none: async () => [{ json: {} }],
	empty: async () => [await fileItem({ data: { ...text, bytes: '' } })],
	word: async () => [
		await fileItem({ data: { ...text, fileName: 'a.doc', mimeType: 'application/msword' } }),
	],
	two: async () => [await fileItem({ first: text, second: text })],
} satisfies Record<string, () => Promise<INodeExecutionData[]>>;

/** What the user enters, and the message and the hint that are returned. */
type Case = [
	message: string,
	parameters: INodeParameters,
	hint: string,
	item?: keyof typeof itemsOf,
];

const project = (name: string) => ({ project: locator('name', byExpression(name)) });
const tableId = (id: string) => ({ table: locator('id', byExpression(id)) });
const url = (fileUrl: string) => ({ inputSource: 'url', fileUrl });
const field = (binaryPropertyName: string) => ({ binaryPropertyName });
const tableUrl = { ...upload, table: locator('url', byExpression('https://a.example/t')) };
const isHttp = 'starts with http:// or https://';
const skipMissing = "set 'On Unsupported or Missing File' under Options";
const acceptedFiles = 'Convert it to one of these types: PDF, JPEG, PNG, CSV, TXT';
const strict = { ...field('*'), options: { onUnsupportedFile: 'error' } };
const emptyField = { ...upload, ...field(byExpression(' , ')) };
const otherRun = `../files?x=${unknownId}`;
const useRowId = 'Use row_id from the output of Document → Upload';
const useRunId = 'Use run_id from the output of Run → Start Run';
const notTable = "'Table' is not a valid ID:";
const noFile = 'The item has no file in the field';
const notUrl = "'File URL' is not a valid URL:";
const unknownType = "The file type could not be determined ('File URL')";
const setType = "Set 'MIME Type' under Options";

const maybe = byExpression('maybe');
const booleans: Array<[label: string, parameters: INodeParameters]> = [
	['Zero Retention', { ...extract, zeroRetention: maybe }],
	['Wait for Completion', { ...getRun, runId: unknownId, waitForCompletion: maybe }],
	['Return All', { ...getProjects, returnAll: maybe }],
	['Include Input Fields', { ...upload, options: { includeInputFields: maybe } }],
	['Review Mode', { ...updateSettings, settings: { review_mode: maybe } }],
];

/** Rejected before any request. */
const rejectedAtOnce: Case[] = [
	["'Project' is empty", { ...upload, ...project(' ') }, 'Select a project from the list'],
	[`${notTable} 'https://a.example/t'`, tableUrl, 'copy its URL'],
	["'Table' is empty", { ...startRun, ...tableId(''), rowId: unknownId }, 'copy its URL'],
	["'Input Data Field Name' is empty", emptyField, 'the field that contains the file'],
	[`${noFile} 'b'`, { ...extract, ...field('b') }, 'This item has: first, second.', 'two'],
	[`${noFile} 'data'`, upload, 'This item has no files', 'none'],
	['The item has no files', { ...upload, ...strict }, skipMissing, 'none'],
	["The file 'a.txt' in 'data' is empty", extract, 'at least one byte', 'empty'],
	["Cloudsquid does not accept 'a.doc'", extract, acceptedFiles, 'word'],
	["'File URL' is empty", { ...upload, ...url(byExpression('')) }, isHttp],
	[`${notUrl} 'file:///etc/passwd'`, { ...extract, ...url('file:///etc/passwd') }, isHttp],
	[`${notUrl} 'C:\\a.pdf'`, { ...extract, ...url('C:\\a.pdf') }, isHttp],
	[unknownType, { ...upload, ...url('https://files.example/a/b') }, setType],
	["'Row ID' is empty", startRun, useRowId],
	["'Run ID' is empty", getRun, useRunId],
	[`'Run ID' is not a valid ID: '${otherRun}'`, { ...getRun, runId: otherRun }, 'Use run_id'],
	["'Data' and 'Files' are both empty", reconcile, 'Fill in at least one of them'],
	["'Settings' is empty", updateSettings, 'Add at least one setting'],
	["'Path' is empty", { ...getFile, path: byExpression(' ') }, 'Enter a path such as'],
	["'Path' must not contain '..'", { ...getFile, path: '/a/../../b' }, 'Enter the full path'],
	[
		"'Path' must be a folder when uploading several files",
		{ ...uploadFile, path: '/in/a.txt', ...field('first, second') },
		'End it with a slash',
		'two',
	],
	[
		"'Output Data Field Name' is empty",
		{ ...operations.download, path: '/a.txt', ...field(byExpression('')) },
		'such as data',
	],
	...booleans.map(([label, parameters]): Case => [
		`'${label}' must be true or false, not 'maybe'`,
		parameters,
		'use an expression that returns true or false',
	]),
];

const unknownRow = { ...startRun, rowId: unknownId };
const unknownRun = { ...getRun, runId: unknownId };
const unknownPath = { ...getFile, path: '/no/such/file.pdf' };

/** Only Cloudsquid can know. */
const rejectedByCloudsquid: Case[] = [
	["No project named 'No such' found", { ...upload, ...project('No such') }, 'the list'],
	[
		"No table found for this 'Table'",
		{ ...extract, ...tableId(unknownId) },
		'exists in Cloudsquid',
	],
	["No row found for this 'Table' and 'Row ID'", unknownRow, `Row ID: ${unknownId}`],
	["No run found for this 'Table' and 'Run ID'", unknownRun, `Run ID: ${unknownId}`],
	["No file or folder found for this 'Path'", unknownPath, 'Check that'],
];

describe.each([
	{ when: 'before any request', cases: rejectedAtOnce, requests: 0 },
	// The second one asks whether the project exists.
	{ when: 'after the response from Cloudsquid', cases: rejectedByCloudsquid, requests: 2 },
])('$when', ({ cases, requests }) => {
	test.each(cases)('reports: %s, for %j', async (message, parameters, hint, item = 'text') => {
		const { items, error } = await runOn(await itemsOf[item](), parameters);
		expect(items).toEqual([]);
		expect(error?.message).toBe(message);
		expect(error?.description).toContain(hint);
		expect(environment.emulator.requests).toHaveLength(requests);
	});
});

test.each(['not-an-address', ''])('reports the base URL %j in the credential', async (baseUrl) => {
	const credential = { ...environment.credential, baseUrl };
	const { error } = await run({ parameters: getProjects, credential });
	expect(error?.message).toBe("'Base URL' in the credential is not a valid URL");
	expect(error?.description).toContain('https:');
});

test('reports a base URL at which not even the list of projects is found', async () => {
	const { origin } = environment.emulator;
	const credential = { ...environment.credential, baseUrl: origin };
	const { error } = await runOn(await itemsOf.text(), extract, { credential });
	expect(error?.message).toBe("Nothing found at the credential's 'Base URL'");
	expect(error?.description).toContain('It usually ends in /api.');
});
