import { randomBytes } from 'node:crypto';
import type { CleanUp } from './cleanUp.mts';
import { withCleanUp } from './cleanUp.mts';
import type { N8nServer } from './n8nServer.mts';
import { startN8n } from './n8nServer.mts';
import { N8nWorker } from './n8nWorker.mts';
import type { Service } from './postgres.mts';
import { POSTGRES_DATABASE, POSTGRES_USER, startPostgres } from './postgres.mts';
import { startRedis } from './redis.mts';
import type { Host } from './setUp.mts';

export interface QueueModeOptions {
	/** How many workers there are. */
	workers: number;
	/** How many executions a worker takes at once. */
	concurrency: number;
	/** Gives a new user folder with the package in it, for the main process and for each worker. */
	prepareFolder: () => Promise<string>;
	/** More settings for the main process and the workers. */
	settings?: Record<string, string>;
}

/** An n8n in queue mode: its main process, which takes requests, and workers that run the executions. */
export interface QueueMode extends N8nServer {
	workers: N8nWorker[];
	/** Ends all of it, PostgreSQL and Redis included. */
	stop(): Promise<void>;
}

/** Starts PostgreSQL, Redis, a main process and its workers, all on this machine. */
export async function startQueueMode(host: Host, options: QueueModeOptions): Promise<QueueMode> {
	return await withCleanUp(async (cleanUp) => await start(host, options, cleanUp));
}

async function start(host: Host, options: QueueModeOptions, cleanUp: CleanUp): Promise<QueueMode> {
	const { prepareFolder, concurrency } = options;
	const postgres = await startPostgres();
	await cleanUp.add(postgres.stop);
	const redis = await startRedis();
	await cleanUp.add(redis.stop);
	const settings = { ...sharedSettings(postgres, redis), ...options.settings };
	// The main process makes the tables; workers that come sooner would wait for them in vain.
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

/** What all processes of one n8n have to agree on. */
function sharedSettings(postgres: Service, redis: Service): Record<string, string> {
	return {
		EXECUTIONS_MODE: 'queue',
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('base64'),
		N8N_DEFAULT_BINARY_DATA_MODE: 'database',
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: POSTGRES_DATABASE,
		DB_POSTGRESDB_USER: POSTGRES_USER,
		DB_POSTGRESDB_PASSWORD: postgres.password,
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_REDIS_PASSWORD: redis.password,
	};
}
