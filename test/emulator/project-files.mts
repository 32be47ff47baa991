import { randomUUID } from 'node:crypto';
import type { StoredFile } from './documents.mts';
import type { schemas } from './types.mts';
import { Problem } from './types.mts';

/** A file of a project. */
export interface ProjectFile {
	name: string;
	mimetype: string;
	modified_at: string;
	stored: StoredFile;
}

/** The files and folders of one project. */
export class FileTree {
	private readonly files = new Map<string, ProjectFile>();
	private readonly folders = new Set<string>(['']);

	/** Finds what is at a path. */
	get(path: string): ProjectFile | 'folder' | undefined {
		const key = normalize(path);
		return this.files.get(key) ?? (this.folders.has(key) ? 'folder' : undefined);
	}

	/** Refuses a path at which no file can be put. */
	checkFree(path: string): void {
		const parts = normalize(path).split('/');
		if (parts[0] === '') throw new Problem(400, 'The path names no file.');
		if (this.get(path)) throw new Problem(409, `There is something at ${path} already.`);
		for (let length = 1; length < parts.length; length++) {
			const parent = parts.slice(0, length).join('/');
			if (this.files.has(parent)) throw new Problem(409, `${parent} is a file, not a folder.`);
		}
	}

	/** Puts a file at a path and makes the folders on the way. */
	put(path: string, mimetype: string, stored: StoredFile): ProjectFile {
		this.checkFree(path);
		const parts = normalize(path).split('/');
		for (let length = 1; length < parts.length; length++) {
			this.folders.add(parts.slice(0, length).join('/'));
		}
		const name = parts.at(-1) ?? '';
		const file = { name, mimetype, modified_at: new Date().toISOString(), stored };
		this.files.set(parts.join('/'), file);
		return file;
	}

	/** Lists what is directly in a folder, folders first. */
	list(path: string): Array<{ name: string; file?: ProjectFile }> {
		const folder = normalize(path);
		const prefix = folder === '' ? '' : `${folder}/`;
		const direct = (key: string) =>
			key !== '' && key.startsWith(prefix) && !key.slice(prefix.length).includes('/');
		return [
			...[...this.folders].filter(direct).map((key) => ({ name: key.slice(prefix.length) })),
			...[...this.files]
				.filter(([key]) => direct(key))
				.map(([, file]) => ({ name: file.name, file })),
		];
	}
}

/** The name of the last folder or file of a path. */
export function nameOf(path: string): string {
	return normalize(path).split('/').at(-1) || '/';
}

function normalize(path: string): string {
	const parts = path.split('/').filter((part) => part !== '' && part !== '.');
	if (parts.includes('..')) throw new Problem(400, 'The path must not contain .. segments.');
	return parts.join('/');
}

/** What a download address opens. */
export interface Download {
	file: ProjectFile;
	expires: number;
}

/** The addresses under which files can be downloaded for a while. */
export class DownloadLinks {
	private readonly links = new Map<string, Download>();

	/** Makes a new address, in the manner of presigned ones: a host of its own, and all that is needed in it. */
	create(origin: string, file: ProjectFile, ttlMs: number): string {
		const token = randomUUID();
		const expires = Date.now() + ttlMs;
		this.links.set(token, { file, expires });
		return `${origin}/storage/${token}/${encodeURIComponent(file.name)}?expires=${expires}`;
	}

	/** Finds what an address opens. */
	find(url: string): Download | undefined {
		return this.links.get(url.split('/')[2] ?? '');
	}

	clear(): void {
		this.links.clear();
	}
}

/** The file as the API describes it. */
export function describeFile(file: ProjectFile, url?: string): schemas['File'] {
	return {
		ftype: 'file',
		name: file.name,
		size: file.stored.bytes,
		mimetype: file.mimetype,
		modified_at: file.modified_at,
		...(url !== undefined && { url }),
	};
}
