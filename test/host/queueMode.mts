import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import which from 'which';
import { withCleanUp, type CleanUp } from './command.mts';
import { plainEnvironment } from './environment.mts';
import { CommandError } from './errors.mts';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import { startN8n, type N8nServer } from './n8nServer.mts';
import { n8nEnvironment, type N8nSettings } from './n8nSettings.mts';
import { preparedUserFolder } from './pack.mts';
import { freePort } from './ports.mts';
import { run, startReady, type Running } from './processes.mts';
import type { Host } from './setUp.mts';

/** How many executions a worker runs at the same time. */
export const CONCURRENCY = 5;

/**
 * An n8n in queue mode: a main process, which takes requests, and workers, which run executions.
 * `stop` ends all processes, including PostgreSQL and Redis.
 */
export interface QueueMode extends N8nServer {
	workers: N8nWorker[];
}

/**
 * Starts PostgreSQL, Redis, a main process, and workers with this package on this machine.
 *
 * @param more more settings for the main process and the workers
 */
export async function startQueueMode(
	host: Host,
	workerCount: number,
	more: Record<string, string> = {},
): Promise<QueueMode> {
	return await withCleanUp(async (cleanUp) => {
		const settings = {
			EXECUTIONS_MODE: 'queue',
			N8N_ENCRYPTION_KEY: randomBytes(24).toString('base64'),
			N8N_DEFAULT_BINARY_DATA_MODE: 'database',
			...(await startPostgres(cleanUp)),
			...(await startRedis(cleanUp)),
			...more,
		};
		// The main process creates the tables, which workers don't wait for.
		const main = await startN8n(host, { userFolder: await preparedUserFolder(host), settings });
		await cleanUp.add(main.stop);
		const workers: N8nWorker[] = [];
		for (let number = 1; number <= workerCount; number++) {
			const userFolder = await preparedUserFolder(host);
			const worker = new N8nWorker(host, { userFolder, settings }, number);
			await cleanUp.add(async () => await worker.stop());
			await worker.start();
			workers.push(worker);
		}
		return { ...main, workers, stop: async () => await cleanUp.close() };
	});
}

/** A worker of an n8n in queue mode, which takes executions from the queue and runs them. */
class N8nWorker {
	/** Also before a restart. */
	readonly started: string[] = [];
	private readonly finished = new Set<string>();
	private running: Running | undefined;

	constructor(
		private readonly host: Host,
		private readonly settings: N8nSettings,
		private readonly number: number,
	) {}

	/** The executions that it is running, or was running when it was killed. */
	get unfinished(): string[] {
		return this.started.filter((id) => !this.finished.has(id));
	}

	get pid(): number | undefined {
		return this.running?.pid;
	}

	/** Starts or restarts it, and waits until it is ready. */
	async start(): Promise<void> {
		const { host, settings, number } = this;
		const args = [host.n8nBin, 'worker', `--concurrency=${CONCURRENCY}`];
		const { running } = await startReady(host.node.file, args, {
			cwd: settings.userFolder,
			env: await n8nEnvironment(host, settings),
			log: logFile(`${path.basename(settings.userFolder)}-worker-${number}`),
			append: this.running !== undefined,
			onLine: (line) => {
				const [, event, id] = /Worker (started|finished) execution (\d+) /.exec(line) ?? [];
				if (event === 'started') this.started.push(id!);
				if (event === 'finished') this.finished.add(id!);
			},
			title: `n8n's worker ${number}`,
			ready: /n8n worker is now ready/,
		});
		this.running = running;
	}

	async kill(): Promise<void> {
		await this.running?.kill();
	}

	async stop(): Promise<void> {
		await this.running?.stop();
		removeFolder(this.settings.userFolder);
	}
}

/** Starts a PostgreSQL with an empty, temporary database, and returns n8n's settings for it. */
async function startPostgres(cleanUp: CleanUp): Promise<Record<string, string>> {
	const { password, ...service } = await prepareService('postgres', cleanUp);
	const data = path.join(service.cwd, 'data');
	const passwordFile = path.join(service.cwd, 'password');
	writeFileSync(passwordFile, password, { mode: 0o600 });
	const options = { ...service, ...postgresUser() };
	const { uid, gid } = options;
	if (uid && gid) for (const place of [service.cwd, passwordFile]) chownSync(place, uid, gid);
	const access = ['--username=n8n', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
	const flags = ['--encoding=UTF8', '--locale=C', '--no-sync'];
	const args = [`--pgdata=${data}`, ...access, ...flags];
	const { code } = await run(findProgram('initdb'), args, options);
	if (code !== 0) throw new CommandError('PostgreSQL could not create a database.', options.log);
	const port = String(await freePort());
	const network = ['--listen_addresses=127.0.0.1', '--unix_socket_directories='];
	// The data is temporary, so nothing waits for the disk.
	const settings = ['--max_connections=100', '--fsync=off', '--synchronous_commit=off'];
	const postgresArgs = ['-D', data, '-p', port, ...network, ...settings];
	const { running } = await startReady(findProgram('postgres'), postgresArgs, {
		...options,
		append: true,
		title: 'PostgreSQL',
		ready: /database system is ready to accept connections/,
		// SIGTERM waits for all clients. These don't, and free the shared memory.
		stopSignal: 'SIGINT',
		killSignal: 'SIGQUIT',
	});
	await cleanUp.add(running.stop);
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: port,
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: 'n8n',
		DB_POSTGRESDB_PASSWORD: password,
	};
}

/** Starts an empty Redis that keeps its data in memory, and returns n8n's settings for it. */
async function startRedis(cleanUp: CleanUp): Promise<Record<string, string>> {
	const { password, ...options } = await prepareService('redis', cleanUp);
	const port = String(await freePort());
	const file = path.join(options.cwd, 'redis.conf');
	const network = `bind 127.0.0.1\nport ${port}\nrequirepass ${password}\n`;
	writeFileSync(file, `${network}save ""\nappendonly no\n`, { mode: 0o600 });
	const { running } = await startReady(findProgram('redis-server'), [file], {
		...options,
		title: 'Redis',
		ready: /Ready to accept connections/,
	});
	await cleanUp.add(running.stop);
	return {
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: port,
		QUEUE_BULL_REDIS_PASSWORD: password,
	};
}

/** A service works in a temporary folder, and asks for a password. */
async function prepareService(name: string, cleanUp: CleanUp) {
	const cwd = temporaryFolder(name);
	await cleanUp.add(() => removeFolder(cwd));
	const password = randomBytes(16).toString('hex');
	return { cwd, env: plainEnvironment(), log: logFile(path.basename(cwd)), password };
}

/** PostgreSQL refuses to run as root. Debian's package creates a user for it. */
function postgresUser(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
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

function findProgram(name: 'initdb' | 'postgres' | 'redis-server'): string {
	// Debian installs PostgreSQL outside of PATH.
	const debian = '/usr/lib/postgresql';
	const versions = existsSync(debian) ? readdirSync(debian).map(Number) : [];
	const folders = versions.sort((a, b) => b - a).map((version) => `${debian}/${version}/bin`);
	const searched = [...folders, process.env.PATH ?? ''].join(path.delimiter);
	const found = which.sync(name, { nothrow: true, path: searched });
	if (found) return found;
	throw new CommandError(
		`${name} is not installed, and n8n's queue mode needs PostgreSQL and Redis: apt-get install postgresql redis-server.`,
	);
}
