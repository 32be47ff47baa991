import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import type { Owner } from './n8nClient.mts';
import { N8nClient } from './n8nClient.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment, serverSettings } from './n8nSettings.mts';
import { assertPortFree, freePort } from './ports.mts';
import type { Running } from './processes.mts';
import { startReady } from './ready.mts';
import type { Host } from './setUp.mts';

export interface ServerOptions extends Omit<N8nSettings, 'userFolder'> {
	/** A folder prepared for this n8n (see `newUserFolder`); a fresh one when left out. */
	userFolder?: string;
	/** A fixed port; a free one when left out. */
	port?: number;
	/** The name of the log file. */
	logName?: string;
}

/** An n8n to drive: one of ours, or one that somebody else runs. */
export interface N8nServer {
	baseUrl: string;
	client: N8nClient;
	owner: Pick<Owner, 'email' | 'password'>;
	/** The process' ID, and what it prints; not known of an n8n that was not started here. */
	pid?: number;
	log?: string;
	/** Ends the server and removes its folder; does nothing to an n8n that was not started here. */
	stop(): Promise<void>;
}

/** The owner of every n8n started here. It listens on a loopback address, and its data goes when it ends. */
export const DEMO_OWNER: Owner = {
	email: 'demo@cloudsquid.example',
	firstName: 'Demo',
	lastName: 'Owner',
	password: 'Cloudsquid-demo-1',
};

/** A user folder for an n8n to come: community packages can be put in before it starts. */
export function newUserFolder(): string {
	const folder = temporaryFolder('n8n');
	mkdirSync(`${folder}/.n8n`, { recursive: true });
	return folder;
}

/** Starts an n8n server on a loopback address and logs in as its new owner. */
export async function startN8n(host: Host, options: ServerOptions = {}): Promise<N8nServer> {
	const userFolder = options.userFolder ?? newUserFolder();
	if (options.port !== undefined) await assertPortFree(options.port);
	const port = options.port ?? (await freePort());
	const log = logFile(options.logName ?? `${path.basename(userFolder)}-server`);
	const client = new N8nClient(`http://127.0.0.1:${port}`);
	let running: Running | undefined;
	const stop = async () => {
		await running?.stop();
		removeFolder(userFolder);
	};
	try {
		({ running } = await startReady(host.node.file, [host.n8nBin, 'start'], {
			// n8n reads settings from a file `.env` in the folder it is started in: here is none.
			cwd: userFolder,
			env: {
				...n8nEnvironment(host.n8nVersion, { ...options, userFolder }, await freePort()),
				...serverSettings(port),
			},
			log,
			title: 'n8n',
			// Addresses answer before this, but with "n8n is starting up", and status 200.
			ready: /Editor is now accessible/,
			advice: `should its installation be damaged, delete ${host.folder} and run this again`,
		}));
		await client.setUpOwner(DEMO_OWNER);
	} catch (error) {
		await stop();
		throw error;
	}
	const { pid } = running;
	return { baseUrl: client.baseUrl, client, owner: DEMO_OWNER, log, stop, ...(pid ? { pid } : {}) };
}

/** Connects to an n8n that is running already. */
export async function connectToN8n(
	baseUrl: string,
	owner: Pick<Owner, 'email' | 'password'>,
): Promise<N8nServer> {
	const client = new N8nClient(baseUrl.replace(/\/+$/, ''));
	await client.logIn(owner);
	return { baseUrl: client.baseUrl, client, owner, stop: async () => await Promise.resolve() };
}
