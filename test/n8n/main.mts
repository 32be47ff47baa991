import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startEmulator, type Emulator } from '../emulator/emulator.mts';
import { parseOptions, runCommand, type CleanUp } from '../host/command.mts';
import { listExamples, readExample, SAMPLE_FILE } from '../host/examples.mts';
import { startN8n, type N8nServer } from '../host/n8nServer.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { assertPortFree, readPort } from '../host/ports.mts';
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

await runCommand(async (cleanUp) => {
	const options = { help: { type: 'boolean', short: 'h' }, port: { type: 'string' } } as const;
	const { help, port } = parseOptions(process.argv.slice(2), options, 'npm run n8n').values;
	if (help) {
		console.log(HELP);
		return 0;
	}
	const { server, emulator } = await open(readPort(port), cleanUp);
	console.log(heading('Open until Ctrl+C'));
	console.log(`address   ${server.baseUrl}`);
	console.log(`login     ${server.owner.email}  ${server.owner.password}`);
	console.log(`emulator  ${emulator.baseUrl}  key ${emulator.apiKey}`);
	console.log(`process   ${process.pid}`);
	return await new Promise<never>(() => undefined);
});

/** Starts n8n and the emulator, and imports the examples. */
async function open(port: number | undefined, cleanUp: CleanUp) {
	if (port !== undefined) await assertPortFree(port);
	const host = await ensureHost();
	const userFolder = await withProgress(
		'Building, packing, and installing the package',
		undefined,
		async () => await preparedUserFolder(host),
		() => 'Package installed from its tarball',
	);
	const emulator = await openEmulator(cleanUp);
	const server = await withProgress(
		'Starting n8n',
		undefined,
		async () => {
			const fileFolders = [path.dirname(SAMPLE_FILE)];
			const started = await startN8n(host, { userFolder, fileFolders, port });
			await cleanUp.add(async () => await started.stop());
			return started;
		},
		({ baseUrl }) => `n8n ${host.n8nVersion} is running at ${baseUrl}`,
	);
	await importExamples(server, emulator);
	return { server, emulator };
}

/** Starts an emulator with a file in the folder that the example with the trigger watches. */
async function openEmulator(cleanUp: CleanUp): Promise<Emulator> {
	const emulator = await startEmulator();
	await cleanUp.add(async () => await emulator.close());
	const file = `/invoices/inbox/${path.basename(SAMPLE_FILE)}`;
	emulator.addProjectFile(emulator.project, file, readFileSync(SAMPLE_FILE), 'application/pdf');
	console.log(`✓ Cloudsquid emulator is running at ${emulator.baseUrl}`);
	return emulator;
}

async function importExamples({ client }: N8nServer, emulator: Emulator): Promise<void> {
	const credential = await client.createCredential(credentialFor(emulator));
	const names = listExamples();
	for (const name of names) {
		await client.importWorkflow(withCredential(readExample(name), credential));
	}
	console.log(`✓ Credential "${credential.name}" stored, and ${names.length} examples imported`);
}
