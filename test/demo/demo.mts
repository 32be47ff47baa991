import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Emulator } from '../emulator/emulator.mts';
import type { CleanUp } from '../host/cleanUp.mts';
import type { Execution } from '../host/execution.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { N8nServer } from '../host/n8nServer.mts';
import { newUserFolder, startN8n } from '../host/n8nServer.mts';
import type { Tarball } from '../host/pack.mts';
import { buildAndPack, installCommunityPackage } from '../host/pack.mts';
import { assertPortFree } from '../host/ports.mts';
import { Problem } from '../host/problem.mts';
import { withProgress } from '../host/progress.mts';
import type { Host } from '../host/setUp.mts';
import { ensureHost } from '../host/setUp.mts';
import type { Credential, Workflow } from '../host/workflow.mts';
import { withCredential } from '../host/workflow.mts';
import type { DemoOptions } from './args.mts';
import { SAMPLE_FILE } from './args.mts';
import { readExampleCredential, readExampleWorkflow, withFile, withTable } from './example.mts';

/** All that the demo set up and what came of it. */
export interface Demo {
	host: Host;
	tarball: Tarball;
	server: N8nServer;
	emulator?: Emulator;
	workflow: Workflow & { id: string };
	execution: Execution;
	/** Of the document that was sent, computed here. */
	sha256: string;
}

const LIVE_TIMEOUT_MS = 15 * 60_000;
const LOCAL_TIMEOUT_MS = 60_000;

/** Sets everything up and runs the workflow once; what has to be ended afterwards is noted in `cleanUp`. */
export async function runDemo(options: DemoOptions, cleanUp: CleanUp): Promise<Demo> {
	if (options.port !== undefined) await assertPortFree(options.port);
	const host = await ensureHost();
	const userFolder = newUserFolder();
	const tarball = await preparePackage(host, userFolder);
	const emulator = options.live ? undefined : await openEmulator(cleanUp);
	const fileFolder = temporaryFolder('demo');
	const server = await withProgress(
		'Starting n8n',
		undefined,
		async () => await startServer(host, userFolder, fileFolder, options, cleanUp),
		({ baseUrl }) => `n8n ${host.n8nVersion} is running at ${baseUrl}`,
	);
	const credential = await storeCredential(server, options, emulator);
	const prepared = withCredential(prepareWorkflow(options, fileFolder), credential);
	const workflow = await server.client.createWorkflow(prepared);
	const execution = await execute(server, workflow, options);
	const sha256 = await hashOf(options.file);
	return { host, tarball, server, workflow, execution, sha256, ...(emulator ? { emulator } : {}) };
}

async function preparePackage(host: Host, userFolder: string): Promise<Tarball> {
	return await withProgress(
		'Building, packing and installing the package',
		undefined,
		async () => {
			const tarball = await buildAndPack(temporaryFolder('package'));
			await installCommunityPackage(tarball, userFolder, host.node);
			return tarball;
		},
		({ name, version, fileCount, bytes }) =>
			`${name} ${version} installed from its tarball: ${fileCount} files, ${Math.ceil(bytes / 1000)} kB`,
	);
}

async function openEmulator(cleanUp: CleanUp): Promise<Emulator> {
	const { startEmulator } = await import('../emulator/emulator.mts');
	const emulator = await startEmulator();
	await cleanUp.add(async () => await emulator.close());
	console.log(`✓ Cloudsquid emulator is running at ${emulator.baseUrl}`);
	return emulator;
}

async function startServer(
	host: Host,
	userFolder: string,
	fileFolder: string,
	{ port }: DemoOptions,
	cleanUp: CleanUp,
): Promise<N8nServer> {
	const server = await startN8n(host, {
		userFolder,
		fileFolders: [fileFolder],
		...(port === undefined ? {} : { port }),
	});
	await cleanUp.add(async () => await server.stop());
	return server;
}

async function storeCredential(
	{ client }: N8nServer,
	{ live }: DemoOptions,
	emulator: Emulator | undefined,
): Promise<Credential & { id: string }> {
	const apiKey = live?.apiKey ?? emulator?.apiKey ?? '';
	const baseUrl = live ? live.baseUrl : emulator?.baseUrl;
	const stored = await client.createCredential(readExampleCredential(apiKey, baseUrl));
	const { status, message } = await client.testCredential(stored);
	if (status !== 'OK') throw new Problem(`The credential's test failed: ${message}`);
	console.log(`✓ Credential "${stored.name}" stored and tested: ${message}`);
	return stored;
}

function prepareWorkflow({ file, live }: DemoOptions, fileFolder: string): Workflow {
	const example = readExampleWorkflow();
	const workflow = file === SAMPLE_FILE ? example : withFile(example, file, fileFolder);
	return live ? withTable(workflow, live.project, live.table) : workflow;
}

async function execute(
	{ client }: N8nServer,
	workflow: Workflow & { id: string },
	{ live }: DemoOptions,
): Promise<Execution> {
	const timeoutMs = live ? LIVE_TIMEOUT_MS : LOCAL_TIMEOUT_MS;
	return await withProgress(
		`Running the workflow "${workflow.name}"`,
		undefined,
		async () => await client.waitForExecution(await client.run(workflow), { timeoutMs }),
		({ status }) => `Workflow "${workflow.name}" ended: ${status}`,
		({ status }) => status === 'success',
	);
}

async function hashOf(file: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	return hash.digest('hex');
}
