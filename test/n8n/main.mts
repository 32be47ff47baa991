import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startEmulator } from '../emulator/emulator.mts';
import { parseOptions, runCommand } from '../host/command.mts';
import { listExamples, readExample, SAMPLE_FILE } from '../host/examples.mts';
import { projectFolder } from '../host/folders.mts';
import { startN8n } from '../host/n8nServer.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { readPort } from '../host/ports.mts';
import { withProgress } from '../host/progress.mts';
import { ensureHost } from '../host/setUp.mts';
import { heading } from '../host/tables.mts';
import { credentialFor, withCredential } from '../host/workflow.mts';

const HELP = `npm run n8n [-- options]

Opens a real n8n that has the packed node, a local Cloudsquid emulator, a credential for it, and the
workflows in examples/. The first time, installs n8n into .hosts/ (about 8 minutes and 3 GB); after
that, it starts in half a minute. Ctrl+C closes it and removes its data.

  --port <number>   the port n8n listens on; a free one by default
  --help            show this help

CLOUDSQUID_HOSTS names another folder than .hosts to install into.`;

await runCommand(async () => {
	const { values } = parseOptions(HELP, { port: { type: 'string' } });
	const port = values.port === undefined ? undefined : await readPort(values.port);
	const host = await ensureHost();
	const userFolder = await withProgress(
		'Building, packing, and installing the package',
		async () => await preparedUserFolder(host),
		() => 'Package installed from its tarball',
	);
	const emulator = await startEmulator();
	// The folder that the trigger of an example watches.
	const file = `/invoices/inbox/${path.basename(SAMPLE_FILE)}`;
	emulator.addProjectFile(emulator.project, file, readFileSync(SAMPLE_FILE), 'application/pdf');
	console.log(`✓ Cloudsquid emulator is running at ${emulator.baseUrl}`);
	const fileFolders = [path.dirname(SAMPLE_FILE)];
	const server = await withProgress(
		'Starting n8n',
		async () => await startN8n(host, { userFolder, fileFolders, port }),
		({ baseUrl }) => `n8n ${host.n8nVersion} is running at ${baseUrl}`,
	);
	const { baseUrl, client, owner } = server;
	const credential = await client.createCredential(credentialFor(emulator));
	const names = listExamples();
	for (const name of names) {
		await client.importWorkflow(withCredential(readExample(name), credential));
	}
	console.log(`✓ Credential "${credential.name}" stored, and ${names.length} examples imported`);
	console.log(heading('Open until Ctrl+C'));
	console.log(`address   ${baseUrl}`);
	console.log(`login     ${owner.email}  ${owner.password}`);
	console.log(`emulator  ${emulator.baseUrl}  key ${emulator.apiKey}`);
	console.log(`process   ${process.pid}`);
	if (server.log) console.log(`log       ${path.relative(projectFolder, server.log)}`);
	return await new Promise<never>(() => undefined);
});
