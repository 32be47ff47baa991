import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Whether a step of an installation is complete. If not, it was interrupted or belongs to another
 * version, and must be repeated.
 */
export function isStamped(folder: string, step: string, content: string): boolean {
	const file = path.join(folder, `.${step}`);
	return existsSync(file) && readFileSync(file, 'utf8') === content;
}

/** Marks a step as complete. */
export function writeStamp(folder: string, step: string, content: string): void {
	writeFileSync(path.join(folder, `.${step}`), content);
}

/**
 * Empties a folder, and writes a `package.json`.
 *
 * @param overrides versions for npm to use instead of those that packages require
 */
export function emptyPackageFolder(folder: string, overrides: Record<string, string> = {}): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	mkdirSync(folder, { recursive: true });
	const manifest = { name: 'host', version: '0.0.0', private: true, overrides };
	writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
}
