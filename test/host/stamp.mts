import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A stamp is written when a step of an installation is complete, and after everything else. A folder without it was
 * left by an interrupted installation, or belongs to another version, and the step is done again.
 */
export function isStamped(folder: string, step: string, content: string): boolean {
	const file = stampFile(folder, step);
	return existsSync(file) && readFileSync(file, 'utf8') === content;
}

/** Marks a step as complete. */
export function writeStamp(folder: string, step: string, content: string): void {
	writeFileSync(stampFile(folder, step), content);
}

/**
 * An empty folder with a `package.json`, whatever was there before: a half-done installation cannot be trusted.
 *
 * @param overrides versions that npm is to take in place of those that packages ask for
 */
export function emptyPackageFolder(folder: string, overrides: Record<string, string> = {}): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	mkdirSync(folder, { recursive: true });
	const manifest = { name: 'host', version: '0.0.0', private: true, overrides };
	writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
}

function stampFile(folder: string, step: string): string {
	return path.join(folder, `.${step}`);
}
