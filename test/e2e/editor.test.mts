import type {
	INode,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { readExample, STEPS } from '../host/examples.mts';
import { logFile } from '../host/folders.mts';
import { withCredential } from '../host/workflow.mts';
import type { Browser } from './browser.mts';
import { openBrowser, takeScreenshot } from './browser.mts';
import { Editor } from './editor.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openEnvironment } from './testEnvironment.mts';

let environment: TestEnvironment;
let browser: Browser;
let editor: Editor;

beforeAll(async () => {
	browser = await openBrowser();
	environment = await openEnvironment();
	editor = new Editor(browser.page, environment.server);
	await editor.logIn();
});
afterAll(async () => {
	await browser?.close();
	await environment?.close();
});

/** A test that takes a screenshot if it fails. */
function editorTest(name: string, work: () => Promise<void>): void {
	test(name, async () => {
		try {
			await work();
		} catch (error) {
			const path = logFile('editor').replace(/log$/, 'png');
			await editor.page.screenshot({ path });
			console.error(`Screenshot of the editor: ${path}`);
			throw error;
		}
	});
}

describe('in a new workflow', () => {
	editorTest('finds the node by what people search for, and adds it with an action', async () => {
		await editor.open();
		for (const text of ['OCR', 'invoice', 'document extraction', 'cloudsquid']) {
			await (await editor.searchNode(text, 'Cloudsquid')).waitFor();
		}
		const found = await editor.searchNode('cloudsquid', 'Cloudsquid');
		const first = editor.page.getByTestId('node-creator-item-name').first();
		await first.filter({ hasText: 'Cloudsquid' }).waitFor();
		await found.click();
		const action = editor.page.getByTestId('node-creator-item-name');
		await action.getByText('Extract data from document', { exact: true }).click();
		await editor.parameters.waitFor();
	});

	editorTest('creates a credential, and tests it when it is saved', async () => {
		const { page, credentialDialog } = editor;
		await page.getByTestId('node-credentials-select').click();
		await page.getByTestId('node-credentials-select-item-new').click();
		const { apiKey, baseUrl } = environment.emulator;
		await editor.saveCredential({ apiKey, baseUrl });
		await credentialDialog.waitFor({ state: 'hidden' });
		await page.getByTestId('credential-edit-button').click();
		await page.getByTestId('credentials-config-container-test-success').waitFor();
		await editor.closeMessages();
	});

	editorTest('shows that a credential has a wrong key', async () => {
		const { credentialDialog } = editor;
		await editor.saveCredential({ apiKey: 'no-such-key-9999' });
		await credentialDialog.getByText('More details').click();
		await credentialDialog
			.getByText("The API key was rejected. Check 'API Key' in the credential.")
			.waitFor();
		await editor.closeCredential();
	});

	editorTest('shows why the project list is empty', async () => {
		const error = editor.page.getByTestId('rlc-error-container');
		await editor.openProjects();
		await error.waitFor();
		const text = await error.innerText();
		expect(text).toContain('The API key was rejected');
		expect(text).toContain("Check 'API Key' in the credential");
		await editor.page.keyboard.press('Escape');
	});

	editorTest('selects a project from the list, and filters the list', async () => {
		const { page, parameters } = editor;
		await editor.chooseCredential(environment.credential.name);
		await editor.openProjects();
		const entries = page.getByTestId('rlc-item');
		await entries.first().waitFor();
		expect(await entries.allInnerTexts()).toEqual(
			environment.emulator.projects.map(({ name }) => name).sort((a, b) => a.localeCompare(b)),
		);
		await page.getByTestId('rlc-search').fill('receipts');
		await entries.nth(1).waitFor({ state: 'hidden' });
		const entry = entries.getByText(environment.emulator.project);
		await entry.waitFor();
		await entry.click();
		const chosen = parameters.getByTestId('resource-locator-project').getByTestId('rlc-input');
		expect(await chosen.inputValue()).toBe(environment.emulator.project);
	});
});

describe('the parameter panel', () => {
	let description: INodeTypeDescription;

	beforeAll(async () => {
		const types = await environment.client.nodeTypes();
		const found = types.find(({ name }) => name === 'n8n-nodes-cloudsquid.cloudsquid');
		description = found as unknown as INodeTypeDescription;
	});

	/** The options of a property, without the one that n8n adds to every node with a credential. */
	const entriesOf = (property?: INodeProperties) =>
		((property?.options ?? []) as INodePropertyOptions[]).filter(
			({ value }) => value !== '__CUSTOM_API_CALL__',
		);

	/** Selects an operation, and returns the properties that must be shown for it by default. */
	async function show(resource: INodePropertyOptions, operation: INodePropertyOptions) {
		await editor.choose('resource', resource.name);
		await editor.choose('operation', operation.name);
		const node = { type: description.name, typeVersion: 1 } as INode;
		const values = { resource: resource.value, operation: operation.value };
		const shown = NodeHelpers.getNodeParameters(
			description.properties,
			values,
			true,
			true,
			node,
			description,
		);
		return description.properties
			.filter((each) => NodeHelpers.displayParameter(shown ?? {}, each, node, description))
			.filter(({ name, isNodeSetting }) => {
				return !isNodeSetting && name !== 'resource' && name !== 'operation';
			});
	}

	editorTest('shows the fields and options of each operation, in order', async () => {
		const labels = new Set(description.properties.map(({ displayName }) => displayName));
		const operations = description.properties.filter(({ name }) => name === 'operation');
		for (const resource of entriesOf(description.properties[0])) {
			const own = operations.find(({ displayOptions }) =>
				displayOptions?.show?.resource?.includes(resource.value),
			);
			for (const operation of entriesOf(own)) {
				const where = `${resource.name} → ${operation.name}`;
				const properties = await show(resource, operation);
				const lines = await editor.parameterLines();
				expect([where, ...lines.filter((line) => labels.has(line))]).toEqual([
					where,
					'Resource',
					'Operation',
					...properties.map(({ displayName }) => displayName),
				]);
				for (const { hint, default: start } of properties) {
					// n8n shows the result of an expression instead of the hint.
					if (hint && !String(start).startsWith('=')) expect(lines).toContain(hint);
				}
				const entries = await editor.optionEntries();
				expect(entries).toEqual([...entries].sort((a, b) => a.localeCompare(b)));
				expect(entries).toContain('Max Retries');
			}
		}
	});

	editorTest(
		'offers options for waiting only if the node waits, and warns about zero retention',
		async () => {
			const { parameters } = editor;
			await editor.choose('resource', 'Run');
			await editor.choose('operation', 'Start Run');
			expect(await editor.optionEntries()).not.toContain('Max Wait');
			await parameters.getByTestId('parameter-input-waitForCompletion').click();
			expect(await editor.optionEntries()).toContain('Max Wait');
			const notice = parameters.getByText('does not document how long a zero-retention result');
			expect(await notice.count()).toBe(0);
			await parameters.getByTestId('parameter-input-zeroRetention').click();
			await notice.waitFor();
		},
	);
});

describe('with the first example', () => {
	editorTest('runs the steps, one after the other', async () => {
		const { page } = editor;
		const example = withCredential(readExample('first-steps.json'), environment.credential);
		const { id } = await environment.client.importWorkflow(example);
		await editor.open(id);
		await page.getByTestId('execute-workflow-button').click();
		await page.getByText('Workflow executed successfully').waitFor();
		await editor.closeMessages();
		await takeScreenshot(page, 'workflow', { x: 140, y: 205, width: 1170, height: 500 });
	});

	editorTest('shows the result in the output panel, as JSON and as a table', async () => {
		const { page, output } = editor;
		await editor.openNode(STEPS.extract);
		await takeScreenshot(page, 'extract', editor.parameters);
		await output.getByTestId('radio-button-table').click();
		const header = (await output.locator('th').allInnerTexts()).map((text) => text.trim());
		expect(header.slice(0, 5)).toEqual(['run_id', 'row_id', 'status', 'zero_retention', 'data']);
		await output.getByTestId('radio-button-json').click();
		const json = output.getByTestId('ndv-data-container');
		await json.getByText('INV-2026-0042').waitFor();
		await takeScreenshot(page, 'result', page.getByTestId('ndv'));
	});

	editorTest('shows what happened in an error, and how to continue', async () => {
		const { page, output } = editor;
		environment.emulator.planRun({
			filename: 'sample-invoice.pdf',
			fail: true,
			data: { error: 'The document has no readable page.' },
		});
		await page.getByTestId('node-execute-button').click();
		await page.getByTestId('node-error-message').waitFor();
		const text = await output.innerText();
		expect(text).toContain("The run ended with the status 'error'");
		expect(text).toContain('Cloudsquid says: "The document has no readable page."');
		const failed = environment.emulator.runs.find(({ status }) => status === 'error');
		expect(text).toContain(failed!.run_id);
		await editor.closeMessages();
		await takeScreenshot(page, 'error', output, 370);
	});
});
