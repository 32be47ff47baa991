import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from './environment.mts';
import { logFile, removeFolder, temporaryFolder } from './folders.mts';
import { freePort } from './ports.mts';
import { Problem } from './problem.mts';
import type { StartOptions } from './processes.mts';
import { run } from './processes.mts';
import { startReady } from './ready.mts';
import { findPostgresProgram } from './systemPrograms.mts';

/** A server that was started here for a while. */
export interface Service {
	/** It listens on 127.0.0.1 alone. */
	port: number;
	password: string;
	/** Ends it and removes all it kept. */
	stop(): Promise<void>;
}

/** The user that `startPostgres` makes, and the name of that user's database. */
export const POSTGRES_USER = 'n8n';
export const POSTGRES_DATABASE = 'postgres';

/** Starts a PostgreSQL with a new, empty cluster. What it holds is lost when it ends, so nothing waits for the disk. */
export async function startPostgres(): Promise<Service> {
	const folder = temporaryFolder('postgres');
	const data = path.join(folder, 'data');
	const passwordFile = path.join(folder, 'password');
	const password = randomBytes(16).toString('hex');
	writeFileSync(passwordFile, password, { mode: 0o600 });
	const user = ownUser();
	if (user) for (const place of [folder, passwordFile]) chownSync(place, user.uid, user.gid);
	const options: StartOptions = {
		cwd: folder,
		env: plainEnvironment(),
		log: logFile(path.basename(folder)),
		...user,
	};
	await initialize(data, passwordFile, options);
	const port = await freePort();
	const settings = [
		'listen_addresses=127.0.0.1',
		'unix_socket_directories=',
		'fsync=off',
		'synchronous_commit=off',
		'max_connections=100',
	];
	const args = ['-D', data, '-p', String(port), ...settings.flatMap((each) => ['-c', each])];
	const { running } = await startReady(findPostgresProgram('postgres'), args, {
		...options,
		append: true,
		title: 'PostgreSQL',
		ready: /database system is ready to accept connections/,
		// SIGTERM would wait for every client to go; these two do not, and leave no shared memory behind.
		stopSignal: 'SIGINT',
		killSignal: 'SIGQUIT',
	});
	const stop = async () => {
		await running.stop();
		removeFolder(folder);
	};
	return { port, password, stop };
}

async function initialize(
	data: string,
	passwordFile: string,
	options: StartOptions,
): Promise<void> {
	const args = [
		`--pgdata=${data}`,
		`--username=${POSTGRES_USER}`,
		`--pwfile=${passwordFile}`,
		'--auth=scram-sha-256',
		'--encoding=UTF8',
		'--locale=C',
		'--no-sync',
	];
	const { code, error } = await run(findPostgresProgram('initdb'), args, options);
	if (error) throw error;
	if (code !== 0) throw new Problem('PostgreSQL could not make a database.', options.log);
}

/** PostgreSQL refuses to run as root: Debian's package has a user for it. */
function ownUser(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = (kind: '-u' | '-g') =>
		Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
	try {
		return { uid: idOf('-u'), gid: idOf('-g') };
	} catch {
		throw new Problem(
			'PostgreSQL does not run as root, and this machine has no user "postgres": apt-get install postgresql makes one.',
		);
	}
}
