import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FaultPlan } from './faults.mts';
import { altersResponse } from './faults.mts';
import { sendFault, sleep } from './responses.mts';
import type { DownloadRecord, EmulatorState } from './state.mts';
import type { schemas, StoredFile } from './types.mts';
import { HttpError } from './types.mts';

/** A file of a project. */
export interface ProjectFile {
	name: string;
	mimetype: string;
	modified_at: string;
	stored: StoredFile;
}

/** The files and folders of a project. */
export class FileTree {
	private readonly files = new Map<string, ProjectFile>();
	private readonly folders = new Set<string>(['']);

	get(path: string): ProjectFile | 'folder' | undefined {
		const key = normalize(path);
		return this.files.get(key) ?? (this.folders.has(key) ? 'folder' : undefined);
	}

	/** @throws HttpError if no file can be added at a path */
	assertFree(path: string): void {
		if (normalize(path) === '') throw new HttpError(400, 'The path has no file name.');
		if (this.get(path)) throw new HttpError(409, `${path} already exists.`);
		const file = parentsOf(path).find((parent) => this.files.has(parent));
		if (file) throw new HttpError(409, `${file} is a file, not a folder.`);
	}

	/** Adds a file, and the folders of its path. */
	add(path: string, mimetype: string, stored: StoredFile): ProjectFile {
		this.assertFree(path);
		for (const parent of parentsOf(path)) this.folders.add(parent);
		const modified_at = new Date().toISOString();
		const file = { name: nameOf(path), mimetype, modified_at, stored };
		this.files.set(normalize(path), file);
		return file;
	}

	/** What is directly in a folder, folders first. */
	list(path: string): Array<{ name: string; file?: ProjectFile }> {
		const folder = normalize(path);
		const isDirect = (key: string) => key !== '' && (parentsOf(key).at(-1) ?? '') === folder;
		return [
			...[...this.folders].filter(isDirect).map((key) => ({ name: nameOf(key) })),
			...[...this.files]
				.filter(([key]) => isDirect(key))
				.map(([, file]) => ({ name: file.name, file })),
		];
	}
}

/** The folders above a path, from the top. */
function parentsOf(path: string): string[] {
	const parts = normalize(path).split('/');
	return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** The last part of a path. */
export function nameOf(path: string): string {
	return normalize(path).split('/').at(-1) || '/';
}

function normalize(path: string): string {
	const parts = path.split('/').filter((part) => part !== '' && part !== '.');
	if (parts.includes('..')) throw new HttpError(400, 'The path must not contain .. segments.');
	return parts.join('/');
}

const LINK_VALIDITY_MS = 15 * 60_000;

/** Presigned URLs. */
export class DownloadLinks {
	private readonly files = new Map<string, ProjectFile>();

	/** Creates a URL that needs no API key. */
	create(origin: string, file: ProjectFile): string {
		const token = randomUUID();
		this.files.set(token, file);
		const expires = Date.now() + LINK_VALIDITY_MS;
		return `${origin}/storage/${token}/${encodeURIComponent(file.name)}?expires=${expires}`;
	}

	find(url: string): ProjectFile | undefined {
		return this.files.get(url.split('/')[2] ?? '');
	}

	clear(): void {
		this.files.clear();
	}
}

/** A file, as the API describes it. */
export function describeFile(file: ProjectFile, url: string): schemas['File'] {
	const { name, mimetype, modified_at, stored } = file;
	return { ftype: 'file', name, size: stored.bytes, mimetype, modified_at, url };
}

/**
 * Serves downloads as a storage service does: without an API key, and with errors as XML. Of the
 * faults that alter a response, `delay` and `drip` delay the file, and the others send half of it.
 */
export async function serveDownload(
	state: EmulatorState,
	faults: FaultPlan,
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
): Promise<void> {
	const { url = '', headers } = request;
	const apiKeySent = 'x-api-key' in headers;
	const record: DownloadRecord = { url, headers, apiKeySent, startedAt: Date.now() };
	state.downloads.push(record);
	response.once('close', () => {
		record.status = response.headersSent ? response.statusCode : null;
		record.completed = response.writableFinished;
	});
	const fault = faults.pick('download', state.downloads.length);
	if (fault) record.fault = fault;
	if (fault && !altersResponse(fault)) return await sendFault(response, fault, undefined, signal);
	if (fault?.delayMs) await sleep(fault.delayMs, signal);
	const file = state.links.find(url);
	if (!file) {
		response.writeHead(404, { 'content-type': 'application/xml; charset=UTF-8' });
		return void response.end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>');
	}
	const { path, bytes } = file.stored;
	const sendsHalf = fault && ['truncate', 'cut', 'stall'].includes(fault.kind);
	const end = (sendsHalf ? bytes >> 1 : bytes) - 1;
	// A truncated file looks complete.
	const length = fault?.kind === 'truncate' ? end + 1 : bytes;
	response.writeHead(200, { 'content-type': file.mimetype, 'content-length': length });
	if (end >= 0) await pipeline(createReadStream(path, { end }), response, { end: !sendsHalf });
	if (fault?.kind === 'stall') await sleep(Number.POSITIVE_INFINITY, signal);
	else if (fault?.kind === 'cut') response.socket?.destroy();
	else if (!response.writableEnded) response.end();
}
