import type { Page } from 'playwright-core';
import type { INode, INodeExecutionData, INodeParameters, INodeProperties } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import { operations } from '../docs/operations.mts';
import { readExample, STEPS } from '../host/examples.mts';
import { logFile } from '../host/folders.mts';
import { withCredential } from '../host/workflow.mts';
import { openPage, takeScreenshot } from './browser.mts';
import { Editor } from './editor.mts';
import type { TestEnvironment } from './testEnvironment.mts';
import { openEnvironment } from './testEnvironment.mts';

let environment: TestEnvironment;
let page: Page;
let editor: Editor;

beforeAll(async () => {
	page = await openPage();
	environment = await openEnvironment();
	editor = new Editor(page, environment.server);
	await editor.logIn();
});
afterAll(async () => {
	await page?.context().close();
	await environment?.close();
});

/** A test that takes a screenshot if it fails. */
function editorTest(name: string, work: () => Promise<void>): void {
	test(name, async () => {
		try {
			await work();
		} catch (error) {
			const path = logFile('editor').replace(/log$/, 'png');
			await page.screenshot({ path });
			console.error(`Screenshot of the editor: ${path}`);
			throw error;
		}
	});
}

describe('in a new workflow', () => {
	editorTest('finds the node by what people search for, and adds it with an action', async () => {
		await editor.open();
		for (const text of ['OCR', 'extract pdf', 'read invoice', 'parse document', 'cloudsquid']) {
			await (await editor.searchNode(text, 'Cloudsquid')).waitFor();
		}
		const found = await editor.searchNode('cloudsquid', 'Cloudsquid');
		const first = page.getByTestId('node-creator-item-name').first();
		await first.filter({ hasText: 'Cloudsquid' }).waitFor();
		await found.click();
		const action = page.getByTestId('node-creator-item-name');
		await action.getByText('On file created', { exact: true }).waitFor();
		await page.getByText(/^Actions \(\d+\)$/).click();
		await action.getByText('Extract data from document', { exact: true }).click();
		await editor.parameters.waitFor();
	});

	editorTest('creates a credential, and tests it when it is saved', async () => {
		const { credentialDialog } = editor;
		await page.getByTestId('node-credentials-select').click();
		await page.getByTestId('node-credentials-select-item-new').click();
		const { apiKey, baseUrl } = environment.emulator;
		await editor.saveCredential({ apiKey, baseUrl });
		await credentialDialog.waitFor({ state: 'hidden' });
		await page.getByTestId('credential-edit-button').click();
		await page.getByTestId('credentials-config-container-test-success').waitFor();
		await editor.closeMessages();
	});

	editorTest('shows that a key is wrong, in the credential and in the project list', async () => {
		const { credentialDialog } = editor;
		const message = /^The API key was rejected\. .*Check 'API Key' in the credential\./;
		await editor.saveCredential({ apiKey: 'no-such-key-9999' });
		await credentialDialog.getByText('More details').click();
		await credentialDialog.getByText(message).waitFor();
		await credentialDialog.getByRole('button', { name: 'Close this dialog' }).click();
		await credentialDialog.waitFor({ state: 'hidden' });
		await editor.openProjects();
		const error = page.getByTestId('rlc-error-container');
		await error.getByText('The API key was rejected').waitFor();
		await error.getByText("Check 'API Key' in the credential").waitFor();
		await page.keyboard.press('Escape');
	});

	editorTest('selects a project from the list, and filters the list', async () => {
		const { parameters } = editor;
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
	const { description } = new Cloudsquid();
	const { name: type, properties } = description;
	const labels = new Set(properties.map(({ displayName }) => displayName));

	/** The properties that must be shown for these parameters. */
	function shownFor(parameters: INodeParameters): INodeProperties[] {
		const node = { type, typeVersion: 1 } as INode;
		const all = NodeHelpers.getNodeParameters(
			properties,
			parameters,
			true,
			true,
			node,
			description,
		)!;
		return properties.filter((each) => NodeHelpers.displayParameter(all, each, node, description));
	}

	editorTest('shows the fields and options of each operation, in order', async () => {
		for (const { title, resource, operation } of operations) {
			await editor.choose('resource', resource.name);
			await editor.choose('operation', operation.name);
			const text = await editor.parameters.innerText();
			const lines = text.split('\n').map((line) => line.trim());
			const shown = shownFor({ resource: resource.value, operation: operation.value });
			expect([title, ...lines.filter((line) => labels.has(line))]).toEqual([
				title,
				...shown.map(({ displayName }) => displayName),
			]);
			for (const { hint, default: start } of shown) {
				// n8n shows the result of an expression instead of the hint.
				if (hint && !String(start).startsWith('=')) expect(lines).toContain(hint);
			}
			const entries = await editor.optionEntries();
			const places = ['Include Input Fields', 'Max Retries'].map((each) => entries.indexOf(each));
			expect(places).toEqual([expect.any(Number), entries.length - 1]);
			expect(places[0]).toBeLessThan(2);
		}
	});

	editorTest('offers options for waiting only if the node waits', async () => {
		await editor.choose('resource', 'Run');
		await editor.choose('operation', 'Start Run');
		expect(await editor.optionEntries()).not.toContain('Max Wait (Seconds)');
		await editor.parameters.getByTestId('parameter-input-waitForCompletion').click();
		expect(await editor.optionEntries()).toContain('Max Wait (Seconds)');
	});

	editorTest('warns about zero retention', async () => {
		const { parameters } = editor;
		const notice = parameters.getByText('does not document how long a zero-retention result');
		expect(await notice.count()).toBe(0);
		await parameters.getByTestId('parameter-input-zeroRetention').click();
		await notice.waitFor();
	});
});

describe('with the first example', () => {
	editorTest('runs the steps, one after the other', async () => {
		const example = withCredential(readExample('first-steps.json'), environment.credential);
		const { id } = await environment.client.importWorkflow(example);
		await editor.open(id);
		await page.getByTestId('execute-workflow-button').click();
		await page.getByText('Workflow executed successfully').waitFor();
		await editor.closeMessages();
		await takeScreenshot(page, 'workflow', { x: 140, y: 205, width: 1170, height: 500 });
	});

	editorTest('says how to wait for a run that has just been started', async () => {
		await editor.openNode(STEPS.start);
		await editor.output.getByText('Start Run does not wait for the results').waitFor();
		await page.keyboard.press('Escape');
		await editor.parameters.waitFor({ state: 'hidden' });
	});

	editorTest('shows the result in the output panel, as JSON and as a table', async () => {
		const { output } = editor;
		await editor.openNode(STEPS.extract);
		await takeScreenshot(page, 'extract', editor.parameters);
		await output.getByTestId('radio-button-table').click();
		const header = (await output.locator('th').allInnerTexts()).map((text) => text.trim());
		expect(header.slice(0, 5)).toEqual(['status', 'data', 'row_id', 'run_id', 'zero_retention']);
		await output.getByTestId('radio-button-json').click();
		const json = output.getByTestId('ndv-data-container');
		await json.getByText('INV-2026-0042').waitFor();
		await takeScreenshot(page, 'result', page.getByTestId('ndv'));
	});

	editorTest('shows what happened in an error, and how to continue', async () => {
		const { output } = editor;
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

editorTest('says that files were skipped', async () => {
	const example = withCredential(readExample('invoices-from-email.json'), environment.credential);
	const { binary } = example.pinData!['Invoice email received']![0] as INodeExecutionData;
	Object.assign(binary!.attachment_1!, { fileName: 'logo.gif', mimeType: 'image/gif' });
	const { id } = await environment.client.importWorkflow(example);
	await editor.open(id);
	await page.getByTestId('execute-workflow-button').click();
	await page.getByText('Workflow executed successfully').waitFor();
	await editor.openNode('Extract data from attachments');
	await editor.output.getByText('Files that Cloudsquid does not accept are skipped').waitFor();
	await editor.output.getByText('logo.gif').first().waitFor();
	await editor.closeMessages();
	await takeScreenshot(page, 'hint', editor.output, 600);
});

editorTest('says how to set up an agent tool', async () => {
	const example = withCredential(readExample('agent-tools.json'), environment.credential);
	const { id } = await environment.client.importWorkflow(example);
	await editor.open(id);
	await editor.openNode('Extract document from URL');
	await editor.parameters.getByText('AI agents cannot pass files to tools').waitFor();
	await editor.parameters.getByText('Tool Description', { exact: true }).waitFor();
	await takeScreenshot(page, 'tool', editor.parameters);
});

editorTest('fetches a test event of the trigger, which is the newest file', async () => {
	const { client, credential, emulator } = environment;
	const name = 'invoice-117.pdf';
	emulator.addProjectFile(emulator.project, `/invoices/inbox/${name}`, 'PDF', 'application/pdf');
	const example = withCredential(readExample('new-project-files.json'), credential);
	const { id } = await client.importWorkflow(example);
	await editor.open(id);
	await editor.openNode('File created');
	await page.getByTestId('node-execute-button').click();
	await editor.output.getByText(`/invoices/inbox/${name}`).waitFor();
	await editor.closeMessages();
});
