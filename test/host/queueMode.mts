import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import which from 'which';
import type { CleanUp } from './command.mts';
import { withCleanUp } from './command.mts';
import { plainEnvironment } from './environment.mts';
import { CommandError } from './errors.mts';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import type { N8nServer } from './n8nServer.mts';
import { startN8n } from './n8nServer.mts';
import { N8nWorker } from './n8nWorker.mts';
import { freePort } from './ports.mts';
import type { StartOptions } from './processes.mts';
import { run, startReady } from './processes.mts';
import type { Host } from './setUp.mts';

export interface QueueModeOptions {
	/** The number of workers. */
	workers: number;
	/** How many executions a worker runs at the same time. */
	concurrency: number;
	/** Creates a user folder with the package, for the main process and for each worker. */
	prepareFolder: () => Promise<string>;
	/** More settings for the main process and the workers. */
	settings?: Record<string, string>;
}

/** An n8n in queue mode: a main process, which takes requests, and workers, which run executions. */
export interface QueueMode extends N8nServer {
	workers: N8nWorker[];
	/** Ends all processes, including PostgreSQL and Redis. */
	stop(): Promise<void>;
}

/** Starts PostgreSQL, Redis, a main process, and workers on this machine. */
export async function startQueueMode(host: Host, options: QueueModeOptions): Promise<QueueMode> {
	return await withCleanUp(async (cleanUp) => await start(host, options, cleanUp));
}

async function start(host: Host, options: QueueModeOptions, cleanUp: CleanUp): Promise<QueueMode> {
	const { prepareFolder, concurrency } = options;
	const settings = {
		EXECUTIONS_MODE: 'queue',
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('base64'),
		N8N_DEFAULT_BINARY_DATA_MODE: 'database',
		...(await startPostgres(cleanUp)),
		...(await startRedis(cleanUp)),
		...options.settings,
	};
	// The main process creates the tables, which workers don't wait for.
	const main = await startN8n(host, { userFolder: await prepareFolder(), settings });
	await cleanUp.add(main.stop);
	const workers: N8nWorker[] = [];
	for (let number = 1; number <= options.workers; number++) {
		const userFolder = await prepareFolder();
		const worker = new N8nWorker(host, { userFolder, settings }, { number, concurrency });
		await cleanUp.add(async () => await worker.stop());
		await worker.start();
		workers.push(worker);
	}
	return { ...main, workers, stop: async () => await cleanUp.close() };
}

/** Starts a PostgreSQL with an empty, temporary database, and returns n8n's settings for it. */
async function startPostgres(cleanUp: CleanUp): Promise<Record<string, string>> {
	const { folder, options } = await serviceFolder('postgres', cleanUp);
	const data = path.join(folder, 'data');
	const passwordFile = path.join(folder, 'password');
	const password = randomBytes(16).toString('hex');
	writeFileSync(passwordFile, password, { mode: 0o600 });
	const user = postgresUser();
	if (user) for (const place of [folder, passwordFile]) chownSync(place, user.uid, user.gid);
	const initialization = await run(
		findProgram('initdb'),
		[
			`--pgdata=${data}`,
			'--username=n8n',
			`--pwfile=${passwordFile}`,
			'--auth=scram-sha-256',
		].concat(['--encoding=UTF8', '--locale=C', '--no-sync']),
		{ ...options, ...user },
	);
	if (initialization.code !== 0) {
		throw new CommandError('PostgreSQL could not create a database.', options.log);
	}
	const port = await freePort();
	// The data is temporary, so nothing waits for the disk.
	const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off']
		.concat(['synchronous_commit=off', 'max_connections=100'])
		.flatMap((setting) => ['-c', setting]);
	const { running } = await startReady(
		findProgram('postgres'),
		['-D', data, '-p', String(port), ...settings],
		{
			...options,
			...user,
			append: true,
			title: 'PostgreSQL',
			ready: /database system is ready to accept connections/,
			// SIGTERM waits for all clients. These don't, and free the shared memory.
			stopSignal: 'SIGINT',
			killSignal: 'SIGQUIT',
		},
	);
	await cleanUp.add(async () => await running.stop());
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(port),
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: 'n8n',
		DB_POSTGRESDB_PASSWORD: password,
	};
}

/** Starts an empty Redis that keeps its data in memory, and returns n8n's settings for it. */
async function startRedis(cleanUp: CleanUp): Promise<Record<string, string>> {
	const { folder, options } = await serviceFolder('redis', cleanUp);
	const port = String(await freePort());
	const password = randomBytes(16).toString('hex');
	const file = path.join(folder, 'redis.conf');
	const settings = ['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`].concat([
		`dir ${folder}`,
		'save ""',
		'appendonly no',
	]);
	writeFileSync(file, settings.join('\n'), { mode: 0o600 });
	const { running } = await startReady(findProgram('redis-server'), [file], {
		...options,
		title: 'Redis',
		ready: /Ready to accept connections/,
	});
	await cleanUp.add(async () => await running.stop());
	return {
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: port,
		QUEUE_BULL_REDIS_PASSWORD: password,
	};
}

async function serviceFolder(name: string, cleanUp: CleanUp) {
	const folder = temporaryFolder(name);
	await cleanUp.add(() => removeFolder(folder));
	const log = logFile(path.basename(folder));
	const options: StartOptions = { cwd: folder, env: plainEnvironment(), log };
	return { folder, options };
}

/** PostgreSQL refuses to run as root. Debian's package creates a user for it. */
function postgresUser(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = (kind: '-u' | '-g') =>
		Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
	try {
		return { uid: idOf('-u'), gid: idOf('-g') };
	} catch {
		throw new CommandError(
			'PostgreSQL does not run as root, and this machine has no user "postgres": apt-get install postgresql creates one.',
		);
	}
}

/** Debian installs PostgreSQL outside of PATH. */
const POSTGRES_FOLDER = '/usr/lib/postgresql';

function findProgram(name: 'initdb' | 'postgres' | 'redis-server'): string {
	const versions = existingFolders(POSTGRES_FOLDER).sort((a, b) => Number(b) - Number(a));
	const folders = versions.map((version) => path.join(POSTGRES_FOLDER, version, 'bin'));
	const searched = [...folders, process.env.PATH ?? ''].join(path.delimiter);
	const found = which.sync(name, { nothrow: true, path: searched });
	if (found) return found;
	throw new CommandError(
		`${name} is not installed, and n8n's queue mode needs PostgreSQL and Redis: apt-get install postgresql redis-server.`,
	);
}

function existingFolders(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
