import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { itemsOf } from '../host/execution.mts';
import { removeFolder, temporaryFolder } from '../host/folders.mts';
import type { BinaryMode } from '../host/versions.mts';
import { findHostVersion } from '../host/versions.mts';
import { importWorkflow } from './n8n.mts';
import type { Setting } from './setting.mts';
import { openSetting } from './setting.mts';
import { chain, cloudsquidNode, makeNode, manualTrigger, upload } from './workflows.mts';

/** No multiple of three, of a kilobyte, or of anything else that pieces are made of. */
const size = 5 * 1024 * 1024 + 1;

/** The ID of a file says where it is; one that is kept in memory has none. */
const idOf: Record<BinaryMode, RegExp> = {
	default: /^$/,
	filesystem: /^filesystem/,
	database: /^database/,
};
const { binaryModes } = findHostVersion(process.env.CLOUDSQUID_N8N);

describe('a file of 5 MB is uploaded as it is', () => {
	for (const mode of binaryModes) {
		test(`from the binary store "${mode}"`, async () => {
			const folder = temporaryFolder('files');
			const setting = await openSetting({
				fileFolders: [folder],
				settings: { N8N_DEFAULT_BINARY_DATA_MODE: mode },
			});
			try {
				await uploadFrom(setting, folder, idOf[mode]);
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
	const execution = await client.waitForExecution(await client.run(workflow, 'Start'));
	assert.equal(execution.status, 'success', execution.error?.message);
	assert.match(itemsOf(execution, 'Read')[0]?.binary?.data?.id ?? '', storeId);
	const [document, ...others] = emulator.documents;
	assert.deepEqual(others, []);
	assert.equal(document?.bytes, size);
	assert.equal(document.sha256, createHash('sha256').update(content).digest('hex'));
	assert.equal(itemsOf(execution, 'Cloudsquid')[0]?.json.row_id, document.row_id);
}
