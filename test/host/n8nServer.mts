import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import type { Owner } from './n8nClient.mts';
import { N8nClient } from './n8nClient.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment, serverSettings } from './n8nSettings.mts';
import { assertPortFree, freePort } from './ports.mts';
import { Problem } from './problem.mts';
import type { Running } from './processes.mts';
import { start } from './processes.mts';
import type { Host } from './setUp.mts';

export interface ServerOptions extends Omit<N8nSettings, 'userFolder'> {
	/** A folder prepared for this n8n (see `newUserFolder`); a fresh one when left out. */
	userFolder?: string;
	/** A fixed port; a free one when left out. */
	port?: number;
	/** The name of the log file. */
	logName?: string;
	startTimeoutMs?: number;
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

/** Some seconds, but a minute for the first start after an installation on a busy machine. */
const START_TIMEOUT_MS = 300_000;

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
	const running = start(host.node.file, [host.n8nBin, 'start'], {
		// n8n reads settings from a file `.env` in the folder it is started in: here is none.
		cwd: userFolder,
		env: {
			...n8nEnvironment(host.n8nVersion, { ...options, userFolder }, await freePort()),
			...serverSettings(port),
		},
		log,
	});
	const stop = async () => {
		await running.stop();
		removeFolder(userFolder);
	};
	const client = new N8nClient(`http://127.0.0.1:${port}`);
	try {
		await waitUntilReady(host, client.baseUrl, running, log, options.startTimeoutMs);
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

/** Every address answers "n8n is starting up" with status 200 at first, and `/healthz` answers before the REST API does. */
async function waitUntilReady(
	host: Host,
	baseUrl: string,
	running: Running,
	log: string,
	timeoutMs = START_TIMEOUT_MS,
): Promise<void> {
	const until = Date.now() + timeoutMs;
	const advice = `should its installation be damaged, delete ${host.folder} and run this again.`;
	let ended = false;
	void running.ended.then(() => {
		ended = true;
	});
	while (!(await answers(`${baseUrl}/rest/settings`))) {
		if (ended) throw new Problem(`n8n ended before it was ready; ${advice}`, log);
		if (Date.now() > until)
			throw new Problem(`n8n was not ready after ${timeoutMs / 1000} s; ${advice}`, log);
		await sleep(200);
	}
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
		await response.json();
		return response.ok;
	} catch {
		return false;
	}
}
