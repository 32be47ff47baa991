import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this repository. */
export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where installations of n8n and Node.js are kept. */
export const hostsFolder = path.resolve(projectFolder, process.env.CLOUDSQUID_HOSTS || '.hosts');

const temporaryFolders = new Set<string>();

process.once('exit', removeTemporaryFolders);

/** Removes all folders created by `temporaryFolder`. Jest needs it, because it hides the end of the process from tests. */
export function removeTemporaryFolders(): void {
	for (const folder of temporaryFolders) removeFolder(folder);
}

/** Creates a folder that is removed when the process exits, or earlier by `removeFolder`. */
export function temporaryFolder(purpose: string): string {
	const folder = mkdtempSync(path.join(tmpdir(), `cloudsquid-${purpose}-`));
	temporaryFolders.add(folder);
	return folder;
}

/** Removes a folder created by `temporaryFolder`. */
export function removeFolder(folder: string): void {
	temporaryFolders.delete(folder);
	try {
		// Windows and network drives release files late.
		rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	} catch {
		// A temporary folder that stays is no reason to fail.
	}
}

const LOG_RETENTION_MS = 24 * 60 * 60_000;

/** A file for the output of a command. It is kept for a day, so that it can be read after a failure. */
export function logFile(name: string): string {
	const folder = path.join(hostsFolder, 'logs');
	mkdirSync(folder, { recursive: true });
	for (const file of readdirSync(folder).map((entry) => path.join(folder, entry))) {
		const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
		if (mtimeMs && Date.now() - mtimeMs > LOG_RETENTION_MS) rmSync(file, { force: true });
	}
	return path.join(folder, `${name}.log`);
}
