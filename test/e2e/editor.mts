import type { Locator, Page } from 'playwright-core';
import type { N8nServer } from '../host/n8nServer.mts';

/** n8n's editor, used as a person does. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly server: N8nServer,
	) {}

	/** The panel with a node's parameters. */
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

	/** Searches for a node, and returns the entry with this name. */
	async searchNode(text: string, name: string): Promise<Locator> {
		const search = this.page.getByTestId('node-creator-search-bar');
		if (!(await search.isVisible())) await this.page.getByTestId('canvas-add-button').click();
		await search.fill(text);
		return this.page.getByTestId('node-creator-item-name').getByText(name, { exact: true });
	}

	async openNode(name: string): Promise<void> {
		const node = this.page.getByTestId('canvas-node').filter({ hasText: name });
		await node.getByTestId(/^canvas-(default|trigger|configuration)-node$/).dblclick();
		await this.parameters.waitFor();
	}

	/** Selects an option of a parameter. */
	async choose(parameter: string, label: string): Promise<void> {
		const field = this.parameters.getByTestId(`parameter-input-${parameter}`);
		if ((await field.locator('input').first().inputValue()) === label) return;
		await field.click();
		await this.popper.getByText(label, { exact: true }).first().click();
		await this.popper.first().waitFor({ state: 'hidden' });
	}

	/** The entries under "Add option", in that order. */
	async optionEntries(): Promise<string[]> {
		// The hidden settings of n8n have such a button, too.
		const buttons = this.parameters.locator('[data-test-id=collection-parameter-add]:visible');
		await buttons.last().click();
		await this.popper.first().waitFor();
		const entries = await this.popper.allInnerTexts();
		await this.page.keyboard.press('Escape');
		await this.popper.first().waitFor({ state: 'hidden' });
		return entries.map((entry) => entry.trim());
	}

	/** Fills in the open credential, and saves it, which tests it. */
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

	/** Opens the project list. */
	async openProjects(): Promise<void> {
		const locator = this.parameters.getByTestId('resource-locator-project');
		await locator.getByTestId('rlc-input').click();
	}

	/** Closes messages, which cover other elements. */
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
