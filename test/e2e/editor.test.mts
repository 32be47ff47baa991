import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
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
import { openBrowser } from './browser.mts';
import { Editor } from './editor.mts';
import { importWorkflow } from './n8n.mts';
import { takePicture } from './pictures.mts';
import type { Setting } from './setting.mts';
import { openSetting } from './setting.mts';

let setting: Setting;
let browser: Browser;
let editor: Editor;

before(async () => {
	browser = await openBrowser();
	setting = await openSetting();
	editor = new Editor(browser.page, setting.server);
	await editor.logIn();
});
after(async () => {
	await browser?.close();
	await setting?.close();
});

/** A test that leaves a picture of the screen beside n8n's logs when it fails. */
function watched(name: string, work: () => Promise<void>): void {
	test(name, async () => {
		try {
			await work();
		} catch (error) {
			const path = logFile('editor').replace(/log$/, 'png');
			await editor.page.screenshot({ path });
			console.error(`A picture of the editor is in ${path}`);
			throw error;
		}
	});
}

describe('in a new workflow', () => {
	watched('the node is found by what people look for, and added by its action', async () => {
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

	watched('the credential is made, and tested as it is saved', async () => {
		const { page, credentialDialog } = editor;
		await page.getByTestId('node-credentials-select').click();
		await page.getByTestId('node-credentials-select-item-new').click();
		const { apiKey, baseUrl } = setting.emulator;
		await editor.saveCredential({ apiKey, baseUrl });
		await credentialDialog.waitFor({ state: 'hidden' });
		await page.getByTestId('credential-edit-button').click();
		await page.getByTestId('credentials-config-container-test-success').waitFor();
		await editor.closeMessages();
	});

	watched('a credential with a wrong key says so', async () => {
		const { credentialDialog } = editor;
		await editor.saveCredential({ apiKey: 'no-such-key-9999' });
		await credentialDialog.getByText('More details').click();
		await credentialDialog
			.getByText("The API key was rejected. Check 'API Key' in the credential.")
			.waitFor();
		await editor.closeCredential();
	});

	watched('the list of projects says why it is empty', async () => {
		const error = editor.page.getByTestId('rlc-error-container');
		await editor.openProjects();
		await error.waitFor();
		const text = await error.innerText();
		assert.match(text, /The API key was rejected/);
		assert.match(text, /Check 'API Key' in the credential/);
		await editor.page.keyboard.press('Escape');
	});

	watched('a project is chosen from the list, among those that match', async () => {
		const { page, parameters } = editor;
		await editor.chooseCredential(setting.credential.name);
		await editor.openProjects();
		const entries = page.getByTestId('rlc-item');
		await entries.first().waitFor();
		assert.deepEqual(
			await entries.allInnerTexts(),
			setting.emulator.projects.map(({ name }) => name).sort((a, b) => a.localeCompare(b)),
		);
		await page.getByTestId('rlc-search').fill('receipts');
		await entries.nth(1).waitFor({ state: 'hidden' });
		const entry = entries.getByText(setting.emulator.project);
		await entry.waitFor();
		await entry.click();
		const chosen = parameters.getByTestId('resource-locator-project').getByTestId('rlc-input');
		assert.equal(await chosen.inputValue(), setting.emulator.project);
	});
});

/** Where the editor shows something, it is as the description says. */
describe('the panel of parameters', () => {
	let description: INodeTypeDescription;

	before(async () => {
		const types = await setting.client.nodeTypes();
		const found = types.find(({ name }) => name === 'n8n-nodes-cloudsquid.cloudsquid');
		description = found as unknown as INodeTypeDescription;
	});

	/** The entries of a list, without the one that n8n adds to every node with a credential of its own. */
	const entriesOf = (property?: INodeProperties) =>
		((property?.options ?? []) as INodePropertyOptions[]).filter(
			({ value }) => value !== '__CUSTOM_API_CALL__',
		);

	/** Shows an operation, and gives the properties that are to be seen for it, with all else as it is at first. */
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

	watched('shows the fields and options of each operation, in order', async () => {
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
				assert.deepEqual(
					lines.filter((line) => labels.has(line)),
					['Resource', 'Operation', ...properties.map(({ displayName }) => displayName)],
					where,
				);
				for (const { hint, default: start } of properties) {
					// n8n shows what an expression gives in place of the hint.
					if (hint && !String(start).startsWith('=')) assert.ok(lines.includes(hint), hint);
				}
				const entries = await editor.optionEntries();
				assert.deepEqual(
					entries,
					[...entries].sort((a, b) => a.localeCompare(b)),
					where,
				);
				assert.ok(entries.includes('Max Retries'), where);
			}
		}
	});

	watched(
		'offers what belongs to waiting when there is waiting, and warns of zero retention',
		async () => {
			const { parameters } = editor;
			await editor.choose('resource', 'Run');
			await editor.choose('operation', 'Start Run');
			assert.ok(!(await editor.optionEntries()).includes('Max Wait'));
			await parameters.getByTestId('parameter-input-waitForCompletion').click();
			assert.ok((await editor.optionEntries()).includes('Max Wait'));
			const notice = parameters.getByText('does not document how long a zero-retention result');
			assert.equal(await notice.count(), 0);
			await parameters.getByTestId('parameter-input-zeroRetention').click();
			await notice.waitFor();
		},
	);
});

describe('with the workflow of the first steps', () => {
	watched('the steps run, one after the other', async () => {
		const { page } = editor;
		const example = withCredential(readExample('first-steps.json'), setting.credential);
		const { id } = await importWorkflow(setting.client, example);
		await editor.open(id);
		await page.getByTestId('execute-workflow-button').click();
		await page.getByText('Workflow executed successfully').waitFor();
		await editor.closeMessages();
		await takePicture(page, 'workflow', { x: 140, y: 205, width: 1170, height: 500 });
	});

	watched('the result is in the output panel, as JSON and as a table', async () => {
		const { page, output } = editor;
		await editor.openNode(STEPS.extract);
		await takePicture(page, 'extract', editor.parameters);
		await output.getByTestId('radio-button-table').click();
		const header = (await output.locator('th').allInnerTexts()).map((text) => text.trim());
		assert.deepEqual(header.slice(0, 5), ['run_id', 'row_id', 'status', 'zero_retention', 'data']);
		await output.getByTestId('radio-button-json').click();
		const json = output.getByTestId('ndv-data-container');
		await json.getByText('INV-2026-0042').waitFor();
		await takePicture(page, 'result', page.getByTestId('ndv'));
	});

	watched('an error says what happened and how to go on', async () => {
		const { page, output } = editor;
		setting.emulator.planRun({
			filename: 'sample-invoice.pdf',
			fail: true,
			data: { error: 'The document has no readable page.' },
		});
		await page.getByTestId('node-execute-button').click();
		await page.getByTestId('node-error-message').waitFor();
		const text = await output.innerText();
		assert.ok(text.includes("The run ended with the status 'error'"), text);
		assert.ok(text.includes('Cloudsquid says: "The document has no readable page."'), text);
		const failed = setting.emulator.runs.find(({ status }) => status === 'error');
		assert.ok(failed && text.includes(failed.run_id), text);
		await editor.closeMessages();
		await takePicture(page, 'error', output, 370);
	});
});
