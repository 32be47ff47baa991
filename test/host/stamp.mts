import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Does a step of an installation, unless it is complete. If it was interrupted or `content` differs, it is repeated. */
export async function once(
	folder: string,
	step: string,
	content: string,
	work: () => Promise<void>,
): Promise<void> {
	const file = path.join(folder, `.${step}`);
	if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
	await work();
	writeFileSync(file, content);
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
