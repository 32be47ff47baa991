import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { itemsOf } from '../host/execution.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { BinaryMode } from '../host/versions.mts';
import { findHostVersion } from '../host/versions.mts';
import { hashOf } from './batches.mts';
import { openEnvironment } from './testEnvironment.mts';
import { chain, cloudsquidNode, makeNode, manualTrigger, upload } from './workflows.mts';

/** Not a multiple of three, of a kilobyte, or of any chunk size. */
const size = 5 * 1024 * 1024 + 1;

/** The ID of a file names the mode. Files in memory have none. */
const ids: Record<BinaryMode, RegExp> = {
	default: /^$/,
	filesystem: /^filesystem/,
	database: /^database/,
};
const { binaryModes } = findHostVersion(process.env.CLOUDSQUID_N8N);

test.each(binaryModes)('uploads a file of 5 MB in the binary mode "%s"', async (mode) => {
	const folder = temporaryFolder('files');
	const settings = { N8N_DEFAULT_BINARY_DATA_MODE: mode };
	const environment = await openEnvironment({ fileFolders: [folder], settings });
	try {
		const { client, emulator } = environment;
		const content = randomBytes(size);
		const file = path.join(folder, 'scan.png');
		writeFileSync(file, content);
		const fileSelector = file.replaceAll('\\', '/');
		const parameters = { operation: 'read', fileSelector, options: {} };
		const type = 'n8n-nodes-base.readWriteFile';
		const read = makeNode('Read', type, parameters, { typeVersion: 1.1 });
		const nodes = [manualTrigger(), read, cloudsquidNode(environment, upload)];
		const workflow = await client.importWorkflow(chain('Upload', nodes));
		const execution = await client.waitForExecution(await client.run(workflow, 'Start'));
		expect(execution).toMatchObject({ status: 'success' });
		expect(itemsOf(execution, 'Read')[0]?.binary?.data?.id ?? '').toMatch(ids[mode]);
		const sha256 = hashOf(content);
		expect(emulator.documents).toEqual([expect.objectContaining({ bytes: size, sha256 })]);
		const { row_id } = emulator.documents[0]!;
		expect(itemsOf(execution, 'Cloudsquid')[0]?.json).toMatchObject({ row_id });
	} finally {
		await environment.close();
	}
});
