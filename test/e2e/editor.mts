import type { Locator, Page } from 'playwright-core';
import type { N8nServer } from '../host/n8nServer.mts';

/** n8n's editor, driven the way a person does. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly server: N8nServer,
	) {}

	/** The panel in which a node's parameters are filled in. */
	get parameters(): Locator {
		return this.page.getByTestId('node-parameters');
	}

	get output(): Locator {
		return this.page.getByTestId('output-panel');
	}

	get credentialDialog(): Locator {
		return this.page.getByTestId('editCredential-modal');
	}

	async logIn(): Promise<void> {
		const { page, server } = this;
		await page.goto(`${server.baseUrl}/signin`);
		await page.locator('input[type=email], input[autocomplete=email]').fill(server.owner.email);
		await page.locator('input[type=password]').fill(server.owner.password);
		await page.getByTestId('form-submit-button').click();
		await page.waitForURL(/home|workflow/);
	}

	/** Opens a workflow, or a new one. */
	async open(workflowId = 'new'): Promise<void> {
		await this.page.goto(`${this.server.baseUrl}/workflow/${workflowId}`);
		await this.page.getByTestId('canvas-controls').waitFor({ timeout: 120_000 });
	}

	/** Types into the search for nodes, and gives the entry of the node that is looked for. */
	async searchNode(text: string, name: string): Promise<Locator> {
		const search = this.page.getByTestId('node-creator-search-bar');
		if (!(await search.isVisible())) await this.page.getByTestId('canvas-add-button').click();
		await search.fill(text);
		return this.page.getByTestId('node-creator-item-name').getByText(name, { exact: true });
	}

	async openNode(name: string): Promise<void> {
		const node = this.page.getByTestId('canvas-node').filter({ hasText: name });
		await node.getByTestId('canvas-default-node').dblclick();
		await this.parameters.waitFor();
	}

	/** Chooses an entry of a list. */
	async choose(parameter: string, label: string): Promise<void> {
		const field = this.parameters.getByTestId(`parameter-input-${parameter}`);
		if ((await field.locator('input').first().inputValue()) === label) return;
		await field.click();
		await this.popper.getByText(label, { exact: true }).first().click();
		await this.popper.first().waitFor({ state: 'hidden' });
	}

	/** The entries of the button that adds an option, in their order. */
	async optionEntries(): Promise<string[]> {
		// Those of n8n's own settings are there too, unseen.
		const buttons = this.parameters.locator('[data-test-id=collection-parameter-add]:visible');
		await buttons.last().click();
		await this.popper.first().waitFor();
		const entries = await this.popper.allInnerTexts();
		await this.page.keyboard.press('Escape');
		await this.popper.first().waitFor({ state: 'hidden' });
		return entries.map((entry) => entry.trim());
	}

	/** The lines of text in the panel of parameters. */
	async parameterLines(): Promise<string[]> {
		return (await this.parameters.innerText()).split('\n').map((line) => line.trim());
	}

	/** Fills in the credential that is open, and saves it, which tests it. */
	async saveCredential(fields: Record<string, string>): Promise<void> {
		for (const [name, value] of Object.entries(fields)) {
			await this.credentialDialog
				.getByTestId(`parameter-input-${name}`)
				.locator('input')
				.fill(value);
		}
		await this.page.getByTestId('credential-save-button').click();
	}

	async chooseCredential(name: string): Promise<void> {
		await this.page.getByTestId('node-credentials-select').click();
		await this.popper.getByText(name, { exact: true }).first().click();
	}

	/** Opens the list to choose a project from. */
	async openProjects(): Promise<void> {
		const locator = this.parameters.getByTestId('resource-locator-project');
		await locator.getByTestId('rlc-input').click();
	}

	async closeCredential(): Promise<void> {
		await this.credentialDialog.getByRole('button', { name: 'Close this dialog' }).click();
		await this.credentialDialog.waitFor({ state: 'hidden' });
	}

	/** Small messages lie over what is to be seen, and over buttons. */
	async closeMessages(): Promise<void> {
		for (const message of await this.page.locator('.el-notification').elementHandles()) {
			await (await message.$('.el-notification__closeBtn'))?.click();
			await message.waitForElementState('hidden');
		}
	}

	private get popper(): Locator {
		return this.page.locator('.el-popper:visible .el-select-dropdown__item:visible');
	}
}
