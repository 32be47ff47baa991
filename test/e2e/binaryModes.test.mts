import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { itemsOf } from '../host/execution.mts';
import { removeFolder, temporaryFolder } from '../host/folders.mts';
import { importWorkflow, runFrom } from './n8n.mts';
import type { Setting } from './setting.mts';
import { openSetting } from './setting.mts';
import { chain, cloudsquidNode, makeNode, manualTrigger, upload } from './workflows.mts';

/** No multiple of three, of a kilobyte, or of anything else that pieces are made of. */
const size = 5 * 1024 * 1024 + 1;

/** Where each of n8n's stores keeps a file, as its ID begins. */
const stores = { filesystem: /^filesystem/, database: /^database/ };

describe('a file of 5 MB is uploaded as it is', () => {
	for (const [mode, id] of Object.entries(stores)) {
		test(`from the binary store "${mode}"`, async () => {
			const folder = temporaryFolder('files');
			const setting = await openSetting({
				fileFolders: [folder],
				settings: { N8N_DEFAULT_BINARY_DATA_MODE: mode },
			});
			try {
				await uploadFrom(setting, folder, id);
			} finally {
				await setting.close();
				removeFolder(folder);
			}
		});
	}
});

async function uploadFrom(setting: Setting, folder: string, storeId: RegExp): Promise<void> {
	const { client, emulator } = setting;
	const content = randomBytes(size);
	const file = path.join(folder, 'scan.png');
	writeFileSync(file, content);
	const read = makeNode(
		'Read',
		'n8n-nodes-base.readWriteFile',
		{ operation: 'read', fileSelector: file.replaceAll('\\', '/'), options: {} },
		{ typeVersion: 1.1 },
	);
	const workflow = await importWorkflow(
		client,
		chain('Upload', [manualTrigger(), read, cloudsquidNode(setting, upload)]),
	);
	const execution = await client.waitForExecution(await runFrom(client, workflow, 'Start'));
	assert.equal(execution.status, 'success', execution.error?.message);
	assert.match(itemsOf(execution, 'Read')[0]?.binary?.data?.id ?? '', storeId);
	const [document, ...others] = emulator.documents;
	assert.deepEqual(others, []);
	assert.equal(document?.bytes, size);
	assert.equal(document.sha256, createHash('sha256').update(content).digest('hex'));
	assert.equal(itemsOf(execution, 'Cloudsquid')[0]?.json.row_id, document.row_id);
}
