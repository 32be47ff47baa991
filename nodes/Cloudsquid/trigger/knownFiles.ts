import type { IDataObject } from 'n8n-workflow';

/** What one poll stores for the next, in the workflow's static data. */
export interface PollState extends IDataObject {
	/** Hash of the project, the path, and Include Subfolders that the rest belongs to. */
	folder?: string;
	/** The files that were there: for each one, the hashes of its path and of its version. */
	files?: string;
	/** Whether the last poll could not list the folder. */
	unlisted?: boolean;
	/** How often `files` has changed, by which a poll notices that another one was faster. */
	changes?: number;
}

/** The file as the API describes it, and the hashes of its path and of its version. */
export interface HashedFile {
	file: IDataObject;
	pathHash: string;
	versionHash: string;
}

/** A file that the last poll did not find in this version. */
export interface ChangedFile extends HashedFile {
	event: 'fileCreated' | 'fileUpdated';
}

/** 48 bits: of 20,000 files, two have the same hash with a probability of one in a million. */
const PATH_HASH_LENGTH = 8;

/** 24 bits: one update in 17 million has the hash of the version before. */
const VERSION_HASH_LENGTH = 4;

const ENTRY_LENGTH = PATH_HASH_LENGTH + VERSION_HASH_LENGTH;

/** A hash of a text, as base64. */
export async function hashText(text: string): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
	return Buffer.from(digest).toString('base64');
}

/**
 * What a poll remembers of a file. Two versions of it differ in their time or their size: the API
 * reports nothing else about the content.
 */
export async function hashFile(file: IDataObject): Promise<HashedFile> {
	const [pathHash, versionHash] = await Promise.all([
		hashText(String(file.path)),
		hashText(JSON.stringify([file.modified_at, file.size])),
	]);
	return {
		file,
		pathHash: pathHash.slice(0, PATH_HASH_LENGTH),
		versionHash: versionHash.slice(0, VERSION_HASH_LENGTH),
	};
}

/**
 * The files that have changed since the last poll, with what happened to them.
 *
 * @param selected the event that the user has selected; `fileCreatedOrUpdated` matches both
 */
export function findChanges(
	files: HashedFile[],
	before: PollState,
	selected: string,
): ChangedFile[] {
	const known = parseFiles(before.files);
	return files.flatMap((file) => {
		const version = known.get(file.pathHash);
		if (version === file.versionHash) return [];
		let event: ChangedFile['event'] = version === undefined ? 'fileCreated' : 'fileUpdated';
		// Whether the file was missing at the last poll is unknown. Reporting it avoids missing it.
		if (before.unlisted && selected === 'fileCreated') event = 'fileCreated';
		const isSelected = selected === event || selected === 'fileCreatedOrUpdated';
		return isSelected ? [{ ...file, event }] : [];
	});
}

/**
 * The state for the next poll.
 *
 * @param files `undefined` if the folder could not be listed: then everything stays known
 * @param undelivered changes that the next poll should find again
 */
export function rememberFiles(
	files: HashedFile[] | undefined,
	before: PollState,
	undelivered: ChangedFile[],
): PollState {
	const known = parseFiles(before.files);
	const next = new Map(files?.map(({ pathHash, versionHash }) => [pathHash, versionHash]) ?? known);
	for (const { pathHash, event } of undelivered) {
		const version = known.get(pathHash);
		if (event === 'fileCreated' || version === undefined) next.delete(pathHash);
		else next.set(pathHash, version);
	}
	const text = formatFiles(next);
	const changes = (before.changes ?? 0) + (text === before.files ? 0 : 1);
	return { files: text, unlisted: files === undefined, changes };
}

/** The version of each known file by its path; both are hashes. */
function parseFiles(text = ''): Map<string, string> {
	const known = new Map<string, string>();
	for (let at = 0; at < text.length; at += ENTRY_LENGTH) {
		const version = at + PATH_HASH_LENGTH;
		known.set(text.slice(at, version), text.slice(version, at + ENTRY_LENGTH));
	}
	return known;
}

/** Sorted, so that the same files always give the same text. */
function formatFiles(known: Map<string, string>): string {
	return [...known]
		.map(([path, version]) => path + version)
		.sort()
		.join('');
}
