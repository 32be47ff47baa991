import type { StoredFile } from './body.mts';
import { HttpError } from './contract.mts';

export interface ProjectFile {
	name: string;
	mimetype: string;
	modified_at: string;
	stored: StoredFile;
}

/** The file storage of a project. A folder exists as long as there is a file in it. */
export class ProjectFiles {
	private readonly files = new Map<string, ProjectFile>();

	get(path: string): ProjectFile | undefined {
		return this.files.get(normalize(path));
	}

	/** Lists the files of a folder and the names of its folders, which come first. */
	list(path: string): Array<ProjectFile | string> | undefined {
		const folder = normalize(path);
		const prefix = folder === '' ? '' : `${folder}/`;
		const inside = [...this.files].filter(([key]) => key.startsWith(prefix));
		if (inside.length === 0 && folder !== '') return undefined;
		const isDirect = (key: string) => !key.slice(prefix.length).includes('/');
		const deeper = inside.filter(([key]) => !isDirect(key));
		return [
			...new Set(deeper.map(([key]) => key.slice(prefix.length).split('/')[0]!)),
			...inside.filter(([key]) => isDirect(key)).map(([, file]) => file),
		];
	}

	/** Checks that a file can be added at a path. */
	checkFree(path: string): void {
		const key = normalize(path);
		if (key === '') throw new HttpError(400, 'The path names no file.');
		if (this.get(key) ?? this.list(key)) {
			throw new HttpError(409, `There already is something at ${path}.`);
		}
		const parent = [...this.files.keys()].find((file) => key.startsWith(`${file}/`));
		if (parent) throw new HttpError(409, `${parent} is a file, not a folder.`);
	}

	remove(path: string): void {
		this.files.delete(normalize(path));
	}

	add(path: string, mimetype: string, stored: StoredFile, modified?: string): ProjectFile {
		this.checkFree(path);
		const key = normalize(path);
		const name = key.slice(key.lastIndexOf('/') + 1);
		const file = { name, mimetype, modified_at: modified ?? new Date().toISOString(), stored };
		this.files.set(key, file);
		return file;
	}
}

function normalize(path: string): string {
	const parts = path.split('/').filter((part) => part !== '' && part !== '.');
	if (parts.includes('..')) throw new HttpError(400, 'The path must not contain .. segments.');
	return parts.join('/');
}
