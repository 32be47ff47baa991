import path from 'node:path';
import type { Emulator, EmulatorOptions } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import type { CleanUp } from '../host/cleanUp.mts';
import { withCleanUp } from '../host/cleanUp.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { N8nClient } from '../host/n8nClient.mts';
import type { N8nServer, ServerOptions } from '../host/n8nServer.mts';
import { connectToN8n, startN8n } from '../host/n8nServer.mts';
import { preparedUserFolder } from '../host/pack.mts';
import type { Host } from '../host/setUp.mts';
import { ensureHost } from '../host/setUp.mts';
import type { Credential } from '../host/workflow.mts';
import { credentialFor } from '../host/workflow.mts';

// A test that is broken off must not leave an n8n behind: what was started ends as this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.once(signal, () => process.exit(1));
}

/** A real n8n with this package in it, and a local Cloudsquid to work with. */
export interface Setting {
	server: N8nServer;
	client: N8nClient;
	emulator: Emulator;
	/** Stored in the n8n; its key and address are the emulator's. */
	credential: Credential & { id: string };
	/** Ends all of it. */
	close(): Promise<void>;
}

/** The same with an n8n of our own. */
export interface OwnSetting extends Setting {
	host: Host;
	/** Where the n8n keeps everything. */
	userFolder: string;
}

/** The n8n that is wanted: `npm run test:e2e` names it. */
export async function wantedHost(): Promise<Host> {
	return await ensureHost(process.env.CLOUDSQUID_N8N);
}

/** Builds and packs the package, and sets up what it needs to run. */
export async function openSetting(
	options: Omit<ServerOptions, 'userFolder'> = {},
	emulatorOptions: EmulatorOptions = {},
): Promise<OwnSetting> {
	return await withCleanUp(async (cleanUp) => {
		const host = await wantedHost();
		const userFolder = await preparedUserFolder(host);
		const open = async () => await startN8n(host, { ...options, userFolder });
		return { host, userFolder, ...(await openAround(open, emulatorOptions, cleanUp)) };
	});
}

/** The same with the n8n that `N8N_URL` names, where it does; it must have the package already. */
export async function openAnySetting(emulatorOptions: EmulatorOptions = {}): Promise<Setting> {
	const { N8N_URL, N8N_EMAIL: email = '', N8N_PASSWORD: password = '' } = process.env;
	if (!N8N_URL) return await openSetting({}, emulatorOptions);
	return await withCleanUp(async (cleanUp) => {
		const open = async () => await connectToN8n(N8N_URL, { email, password });
		return await openAround(open, emulatorOptions, cleanUp);
	});
}

/** A local Cloudsquid and the n8n that `openServer` gives, which is ended with it. */
export async function openAround<Server extends N8nServer>(
	openServer: () => Promise<Server>,
	emulatorOptions: EmulatorOptions,
	cleanUp: CleanUp,
): Promise<Setting & { server: Server }> {
	const emulator = await startEmulator({
		temporaryFolder: temporaryFolder('emulator'),
		...emulatorOptions,
	});
	await cleanUp.add(async () => await emulator.close());
	const server = await openServer();
	await cleanUp.add(async () => await server.stop());
	const { client } = server;
	const credential = await client.createCredential(credentialFor(emulator));
	const close = async () => await cleanUp.close();
	return { server, client, emulator, credential, close };
}

/** The file of an n8n's database. */
export function databaseFile(userFolder: string): string {
	return path.join(userFolder, '.n8n/database.sqlite');
}
