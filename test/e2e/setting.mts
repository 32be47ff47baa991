import path from 'node:path';
import type { Emulator, EmulatorOptions } from '../emulator/emulator.mts';
import { startEmulator } from '../emulator/emulator.mts';
import { CleanUp } from '../host/cleanUp.mts';
import { temporaryFolder } from '../host/folders.mts';
import type { N8nClient } from '../host/n8nClient.mts';
import type { N8nServer, ServerOptions } from '../host/n8nServer.mts';
import { newUserFolder, startN8n } from '../host/n8nServer.mts';
import type { Tarball } from '../host/pack.mts';
import { buildAndPack, installCommunityPackage } from '../host/pack.mts';
import type { Host } from '../host/setUp.mts';
import { ensureHost } from '../host/setUp.mts';
import type { Credential } from '../host/workflow.mts';

// A test that is broken off must not leave an n8n behind: what was started ends as this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.once(signal, () => process.exit(1));
}

/** A real n8n with this package in it, and a local Cloudsquid to work with. */
export interface Setting {
	host: Host;
	server: N8nServer;
	client: N8nClient;
	emulator: Emulator;
	/** Stored in the n8n; its key and address are the emulator's. */
	credential: Credential & { id: string };
	/** Where the n8n keeps everything. */
	userFolder: string;
	/** Ends all of it. */
	close(): Promise<void>;
}

/** Builds and packs the package, and sets up what it needs to run. */
export async function openSetting(
	server: Omit<ServerOptions, 'userFolder'> = {},
	emulatorOptions: EmulatorOptions = {},
): Promise<Setting> {
	const cleanUp = new CleanUp();
	try {
		return await open(server, emulatorOptions, cleanUp);
	} catch (error) {
		await cleanUp.close();
		throw error;
	}
}

async function open(
	options: ServerOptions,
	emulatorOptions: EmulatorOptions,
	cleanUp: CleanUp,
): Promise<Setting> {
	const host = await ensureHost();
	const userFolder = await preparedUserFolder(host);
	const emulator = await startEmulator(emulatorOptions);
	await cleanUp.add(async () => await emulator.close());
	const server = await startN8n(host, { ...options, userFolder });
	await cleanUp.add(async () => await server.stop());
	const { client } = server;
	const credential = await client.createCredential(credentialFor(emulator));
	const close = async () => await cleanUp.close();
	return { host, server, client, emulator, credential, userFolder, close };
}

/** A user folder for an n8n to come, with this package in it, installed from its tarball. */
export async function preparedUserFolder(host: Host): Promise<string> {
	const userFolder = newUserFolder();
	await installCommunityPackage(await packedOnce(), userFolder, host.node);
	return userFolder;
}

let packed: Promise<Tarball> | undefined;

async function packedOnce() {
	packed ??= buildAndPack(temporaryFolder('package'));
	return await packed;
}

/** A credential for an emulator. */
export function credentialFor({ apiKey, baseUrl }: Pick<Emulator, 'apiKey' | 'baseUrl'>) {
	const credential: Credential = {
		name: 'Cloudsquid account',
		type: 'cloudsquidApi',
		data: { apiKey, baseUrl },
	};
	return credential;
}

/** The file of an n8n's database. */
export function databaseFile(userFolder: string): string {
	return path.join(userFolder, '.n8n/database.sqlite');
}
