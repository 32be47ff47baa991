import { accessSync, constants, readdirSync } from 'node:fs';
import path from 'node:path';
import { Problem } from './problem.mts';

const POSTGRES_FOLDER = '/usr/lib/postgresql';

/** Where a program of PostgreSQL is: the newest that Debian's packages installed, else the one that PATH has. */
export function findPostgresProgram(name: 'initdb' | 'postgres'): string {
	return findProgram(name, [...debianFolders(), ...pathFolders()]);
}

/** Where Redis is. */
export function findRedis(): string {
	return findProgram('redis-server', pathFolders());
}

function findProgram(name: string, folders: readonly string[]): string {
	const found = folders.map((folder) => path.join(folder, name)).find(isExecutable);
	if (found) return found;
	throw new Problem(
		`${name} is not installed on this machine, and n8n's queue mode needs PostgreSQL and Redis: apt-get install postgresql redis-server.`,
	);
}

function debianFolders(): string[] {
	return listFolder(POSTGRES_FOLDER)
		.filter((name) => /^\d+$/.test(name))
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => path.join(POSTGRES_FOLDER, version, 'bin'));
}

function listFolder(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function pathFolders(): string[] {
	return (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
