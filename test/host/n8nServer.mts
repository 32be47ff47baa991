import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import type { Owner } from './n8nClient.mts';
import { N8nClient } from './n8nClient.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment } from './n8nSettings.mts';
import { assertPortFree, freePort, LOOPBACK } from './ports.mts';
import type { Running } from './processes.mts';
import { startReady } from './processes.mts';
import type { Host } from './setUp.mts';

export interface ServerOptions extends Omit<N8nSettings, 'userFolder'> {
	/** A folder prepared for this n8n. By default, a new one. */
	userFolder?: string;
	/** By default, a free port. */
	port?: number;
	/** The name of the log file. */
	logName?: string;
}

/** An n8n started here, or one that was already running. */
export interface N8nServer {
	baseUrl: string;
	client: N8nClient;
	owner: Pick<Owner, 'email' | 'password'>;
	/** The process ID and the log file, if the server was started here. */
	pid?: number;
	log?: string;
	/** Ends a server that was started here, and removes its folder. */
	stop(): Promise<void>;
}

/** The owner of every n8n started here. It listens on a loopback address, and its data is temporary. */
const OWNER: Owner = {
	email: 'demo@cloudsquid.example',
	firstName: 'Demo',
	lastName: 'Owner',
	password: 'Cloudsquid-demo-1',
};

/** Creates a user folder for an n8n, in which packages can be installed before it starts. */
export function newUserFolder(): string {
	const folder = temporaryFolder('n8n');
	mkdirSync(`${folder}/.n8n`, { recursive: true });
	return folder;
}

/** Starts an n8n server on a loopback address, and logs in as its new owner. */
export async function startN8n(host: Host, options: ServerOptions = {}): Promise<N8nServer> {
	const userFolder = options.userFolder ?? newUserFolder();
	if (options.port !== undefined) await assertPortFree(options.port);
	const port = options.port ?? (await freePort());
	const log = logFile(options.logName ?? `${path.basename(userFolder)}-server`);
	const client = new N8nClient(`http://${LOOPBACK}:${port}`);
	let running: Running | undefined;
	const stop = async () => {
		await running?.stop();
		removeFolder(userFolder);
	};
	try {
		({ running } = await startReady(host.node.file, [host.n8nBin, 'start'], {
			// n8n reads settings from a file `.env` in its working directory. Here is none.
			cwd: userFolder,
			env: {
				...n8nEnvironment(host.n8nVersion, { ...options, userFolder }, await freePort()),
				N8N_LISTEN_ADDRESS: LOOPBACK,
				N8N_HOST: LOOPBACK,
				N8N_PORT: String(port),
				N8N_SECURE_COOKIE: 'false',
			},
			log,
			title: 'n8n',
			// Requests are answered earlier, but with "n8n is starting up" and status 200.
			ready: /Editor is now accessible/,
			advice: `if its installation is damaged, delete ${host.folder} and run this again`,
		}));
		await client.setUpOwner(OWNER);
	} catch (error) {
		await stop();
		throw error;
	}
	const { pid } = running;
	return { baseUrl: client.baseUrl, client, owner: OWNER, log, stop, ...(pid ? { pid } : {}) };
}

/** Connects to an n8n that is already running. */
export async function connectToN8n(
	baseUrl: string,
	owner: Pick<Owner, 'email' | 'password'>,
): Promise<N8nServer> {
	const client = new N8nClient(baseUrl.replace(/\/+$/, ''));
	await client.logIn(owner);
	return { baseUrl: client.baseUrl, client, owner, stop: async () => undefined };
}
