import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export const MEGABYTE = 1024 ** 2;

/**
 * Writes files of random bytes, which repeat after a megabyte. They are named as images, so that the emulator doesn't
 * parse them.
 *
 * @returns the files, the pattern with which n8n's file node reads all of them, and their hashes by file name
 */
export async function writeFiles(parent: string, name: string, count: number, bytes: number) {
	const folder = path.join(parent, name);
	mkdirSync(folder);
	const files: string[] = [];
	const hashes = new Map<string, string>();
	for (let number = 1; number <= count; number++) {
		const file = path.join(folder, `${name}-${String(number).padStart(3, '0')}.jpg`);
		const piece = randomBytes(Math.min(bytes, MEGABYTE));
		const pieces = Array<Buffer>(bytes / piece.length).fill(piece);
		await writeFile(file, pieces);
		const hash = pieces.reduce((sum, each) => sum.update(each), createHash('sha256'));
		files.push(file);
		hashes.set(path.basename(file), hash.digest('hex'));
	}
	return { pattern: `${folder}/*.jpg`, files, hashes };
}
