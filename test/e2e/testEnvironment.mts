import type { Emulator, EmulatorOptions } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import type { CleanUp } from '../host/command.mts';
import { withCleanUp } from '../host/command.mts';
import type { N8nClient, StoredCredential } from '../host/n8nClient.mts';
import type { N8nServer, OwnN8nServer, ServerOptions } from '../host/n8nServer.mts';
import { connectToN8n, startN8n } from '../host/n8nServer.mts';
import { preparedUserFolder } from '../host/pack.mts';
import type { QueueMode } from '../host/queueMode.mts';
import { startQueueMode } from '../host/queueMode.mts';
import type { Host } from '../host/setUp.mts';
import { ensureHost } from '../host/setUp.mts';
import { credentialFor } from '../host/workflow.mts';

// What an interrupted test started is ended when the process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.once(signal, () => process.exit(1));
}

/** A real n8n with this package, and an emulator. */
export interface TestEnvironment<Server extends N8nServer = N8nServer> {
	server: Server;
	client: N8nClient;
	emulator: Emulator;
	/** A credential for the emulator, stored in n8n. */
	credential: StoredCredential;
	/** Ends all of it. */
	close(): Promise<void>;
}

/** A test environment whose n8n was started here. */
export interface OwnEnvironment extends TestEnvironment<OwnN8nServer> {
	host: Host;
	userFolder: string;
}

/** Starts the n8n that `npm run test:e2e` selected. */
export async function openEnvironment(
	options: Omit<ServerOptions, 'userFolder'> = {},
	emulatorOptions: EmulatorOptions = {},
): Promise<OwnEnvironment> {
	const host = await ensureHost(process.env.CLOUDSQUID_N8N);
	const userFolder = await preparedUserFolder(host);
	const start = async () => await startN8n(host, { ...options, userFolder });
	return { host, userFolder, ...(await open(start, emulatorOptions)) };
}

/** Uses the n8n that `N8N_URL` names, or else starts one. */
export async function openAnyEnvironment(
	emulatorOptions: EmulatorOptions,
): Promise<TestEnvironment> {
	const { N8N_URL, N8N_EMAIL: email = '', N8N_PASSWORD: password = '' } = process.env;
	if (!N8N_URL) return await openEnvironment({}, emulatorOptions);
	return await open(async () => await connectToN8n(N8N_URL, { email, password }), emulatorOptions);
}

/** Starts an n8n in queue mode. */
export async function openQueueEnvironment(
	workers: number,
	emulatorOptions: EmulatorOptions,
): Promise<TestEnvironment<QueueMode>> {
	const host = await ensureHost(process.env.CLOUDSQUID_N8N);
	return await open(async () => await startQueueMode(host, workers), emulatorOptions);
}

async function open<Server extends N8nServer>(
	startServer: () => Promise<Server>,
	emulatorOptions: EmulatorOptions,
): Promise<TestEnvironment<Server>> {
	return await withCleanUp(async (cleanUp: CleanUp) => {
		const emulator = await startEmulator(emulatorOptions);
		await cleanUp.add(async () => await emulator.close());
		const server = await startServer();
		await cleanUp.add(async () => await server.stop());
		const { client } = server;
		const credential = await client.createCredential(credentialFor(emulator));
		return { server, client, emulator, credential, close: async () => await cleanUp.close() };
	});
}
