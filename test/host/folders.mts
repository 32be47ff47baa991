import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this repository. */
export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where n8n and Node.js installations are kept between runs; `CLOUDSQUID_HOSTS` names another place. */
export const hostsFolder = path.resolve(
	projectFolder,
	process.env.CLOUDSQUID_HOSTS || path.join(projectFolder, '.hosts'),
);

const temporaryFolders = new Set<string>();

// The last resort: whatever way this process ends, its temporary folders go with it.
process.once('exit', () => {
	for (const folder of temporaryFolders) removeNow(folder);
});

/** A new folder of this process' own, removed when the process ends, or sooner by `removeFolder`. */
export function temporaryFolder(purpose: string): string {
	const folder = mkdtempSync(path.join(tmpdir(), `cloudsquid-${purpose}-`));
	temporaryFolders.add(folder);
	return folder;
}

/** Removes a folder made by `temporaryFolder`. */
export function removeFolder(folder: string): void {
	removeNow(folder);
	temporaryFolders.delete(folder);
}

const LOGS_KEPT_MS = 24 * 60 * 60_000;

/** A file for what a command prints. It outlives this process, so that it can be read after a failure, by a day. */
export function logFile(name: string): string {
	const folder = path.join(hostsFolder, 'logs');
	mkdirSync(folder, { recursive: true });
	for (const file of readdirSync(folder).map((entry) => path.join(folder, entry))) {
		const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
		if (mtimeMs !== undefined && Date.now() - mtimeMs > LOGS_KEPT_MS) removeNow(file);
	}
	return path.join(folder, `${name}.log`);
}

function removeNow(folder: string): void {
	try {
		// Windows and network drives let go of files a moment late.
		rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	} catch {
		// A left-over temporary folder is no reason to fail.
	}
}
