import path from 'node:path';
import { withCleanUp } from './command.mts';
import { logFile, removeFolder } from './folders.mts';
import { N8nClient, type Login } from './n8nClient.mts';
import { n8nEnvironment, type N8nSettings } from './n8nSettings.mts';
import { freePort, LOOPBACK } from './ports.mts';
import { startReady, type Running } from './processes.mts';
import type { Host } from './setUp.mts';

export interface ServerOptions extends N8nSettings {
	port?: number;
}

/** An n8n started here, or one that was already running. */
export interface N8nServer {
	baseUrl: string;
	client: N8nClient;
	owner: Login;
	/** The process ID and the log file, if the server was started here. */
	pid?: number;
	log?: string;
	/** Ends a server that was started here, and removes its folder. */
	stop(): Promise<void>;
}

/** An n8n started here, which can be restarted with the same data. */
export type OwnN8nServer = N8nServer & { restart(): Promise<void> };

/** The owner of every n8n started here. It listens on a loopback address, and its data is temporary. */
const OWNER: Login = { email: 'demo@cloudsquid.example', password: 'Cloudsquid-demo-1' };

/** Starts an n8n server on a loopback address, and logs in as its new owner. */
export async function startN8n(host: Host, options: ServerOptions): Promise<OwnN8nServer> {
	const { userFolder, port = await freePort() } = options;
	const log = logFile(`${path.basename(userFolder)}-server`);
	const client = new N8nClient(`http://${LOOPBACK}:${port}`);
	return await withCleanUp(async (cleanUp) => {
		await cleanUp.add(() => removeFolder(userFolder));
		let running: Running | undefined;
		const start = async () => {
			({ running } = await startReady(host.node.file, [host.n8nBin, 'start'], {
				// n8n reads settings from a file `.env` in its working directory. Here is none.
				cwd: userFolder,
				env: {
					...(await n8nEnvironment(host, options)),
					N8N_LISTEN_ADDRESS: LOOPBACK,
					N8N_HOST: LOOPBACK,
					N8N_PORT: String(port),
					N8N_SECURE_COOKIE: 'false',
				},
				log,
				append: running !== undefined,
				title: 'n8n',
				// Requests are answered earlier, but with "n8n is starting up" and status 200.
				ready: /Editor is now accessible/,
				advice: `if its installation is damaged, delete ${host.folder} and run this again`,
			}));
		};
		await cleanUp.add(async () => await running?.stop());
		await start();
		await client.setUpOwner(OWNER);
		const restart = async () => {
			await running?.stop();
			await start();
		};
		const stop = async () => await cleanUp.close();
		const { baseUrl } = client;
		return { baseUrl, client, owner: OWNER, log, restart, stop, pid: running?.pid };
	});
}

/** Connects to an n8n that is already running. */
export async function connectToN8n(baseUrl: string, owner: Login): Promise<N8nServer> {
	const client = new N8nClient(baseUrl.replace(/\/+$/, ''));
	await client.logIn(owner);
	return { baseUrl: client.baseUrl, client, owner, stop: async () => undefined };
}
