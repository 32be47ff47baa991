import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from './environment.mts';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import { freePort } from './ports.mts';
import type { Service } from './postgres.mts';
import { startReady } from './ready.mts';
import { findRedis } from './systemPrograms.mts';

/** Starts a Redis that holds nothing, and keeps what it is given in memory alone. */
export async function startRedis(): Promise<Service> {
	const folder = temporaryFolder('redis');
	const port = await freePort();
	const password = randomBytes(16).toString('hex');
	const settings = [
		'bind 127.0.0.1',
		`port ${port}`,
		`requirepass ${password}`,
		`dir ${folder}`,
		'save ""',
		'appendonly no',
	];
	const file = path.join(folder, 'redis.conf');
	writeFileSync(file, settings.join('\n'), { mode: 0o600 });
	const { running } = await startReady(findRedis(), [file], {
		cwd: folder,
		env: plainEnvironment(),
		log: logFile(path.basename(folder)),
		title: 'Redis',
		ready: /Ready to accept connections/,
	});
	const stop = async () => {
		await running.stop();
		removeFolder(folder);
	};
	return { port, password, stop };
}
