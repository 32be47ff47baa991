import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';

export const MEGABYTE = 1024 ** 2;

/** Files that were written for a benchmark. */
export interface FileSet {
	/** The pattern with which n8n's file node reads all of them. */
	pattern: string;
	files: string[];
	/** The hash of each file, by file name. */
	hashes: Map<string, string>;
}

/** Writes files of random bytes. They are named as images, so that the emulator doesn't parse them. */
export async function writeFiles(
	parent: string,
	name: string,
	count: number,
	bytes: number,
): Promise<FileSet> {
	const folder = path.join(parent, name);
	mkdirSync(folder);
	const files: string[] = [];
	const hashes = new Map<string, string>();
	for (let number = 1; number <= count; number++) {
		const file = path.join(folder, `${name}-${String(number).padStart(3, '0')}.jpg`);
		files.push(file);
		hashes.set(path.basename(file), await writeRandom(file, bytes));
	}
	return { pattern: `${folder}/*.jpg`, files, hashes };
}

/** Repeats the same random megabyte, which is sufficient for large files and much faster. */
async function writeRandom(file: string, bytes: number): Promise<string> {
	const piece = randomBytes(Math.min(bytes, MEGABYTE));
	const hash = createHash('sha256');
	const handle = await open(file, 'w');
	try {
		for (let left = bytes; left > 0; left -= piece.length) {
			const part = piece.subarray(0, left);
			hash.update(part);
			await handle.write(part);
		}
	} finally {
		await handle.close();
	}
	return hash.digest('hex');
}
