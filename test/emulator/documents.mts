import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { schemas } from './types.mts';

/** Bytes kept in the temporary folder. */
export interface StoredFile {
	path: string;
	bytes: number;
	sha256: string;
}

/** A document as it was sent, and where its content is. */
export interface StoredDocument {
	filename: string;
	mimetype: schemas['MimeType'];
	file_type: schemas['FileType'];
	/** The bytes; with `uri` they are there once a run has fetched them. */
	stored?: StoredFile;
	uri?: string;
	parts?: number;
}

/** A file being written: as many bytes as wanted, then the end or nothing at all. */
export interface FileWriter {
	/** Takes bytes, and returns when the disk can take more. */
	write(bytes: Buffer): Promise<void>;
	finish(): Promise<StoredFile>;
	discard(): Promise<void>;
}

/** The temporary folder in which documents lie, so that none of them is ever held in memory. */
export class DocumentStore {
	private readonly folder: string;

	constructor(parent: string = os.tmpdir()) {
		this.folder = mkdtempSync(path.join(parent, 'cloudsquid-emulator-'));
	}

	/** Begins a new file. Its writes follow one another, one of them while the next bytes come in. */
	create(): FileWriter {
		const file = path.join(this.folder, randomUUID());
		const opening = open(file, 'w');
		const hash = createHash('sha256');
		let bytes = 0;
		let lastWrite: Promise<unknown> = opening;

		return {
			async write(piece) {
				bytes += piece.length;
				hash.update(piece);
				const before = lastWrite;
				lastWrite = before.then(async () => (await opening).appendFile(piece));
				// If it fails, whoever waits for it next is told.
				lastWrite.catch(() => undefined);
				await before;
			},
			async finish() {
				await lastWrite.finally(async () => (await opening).close());
				return { path: file, bytes, sha256: hash.digest('hex') };
			},
			async discard() {
				await lastWrite.catch(() => undefined);
				await opening.then(
					(handle) => handle.close(),
					() => undefined,
				);
				await rm(file, { force: true });
			},
		};
	}

	/** Stores bytes that are in memory already. */
	async save(content: Buffer): Promise<StoredFile> {
		const writer = this.create();
		await writer.write(content);
		return await writer.finish();
	}

	/**
	 * Fetches a document from an address, as Cloudsquid does for `file_type: uri`. Only this machine is asked: a test
	 * must not reach out into the network, whatever address it was given.
	 */
	async fetch(uri: string, signal: AbortSignal): Promise<StoredFile> {
		if (!isLoopback(uri)) throw new Error('The emulator fetches from loopback addresses only.');
		const response = await fetch(uri, { redirect: 'manual', signal });
		if (response.status !== 200 || !response.body) {
			await response.body?.cancel();
			throw new Error(`The address of the document answered ${response.status}.`);
		}
		const writer = this.create();
		try {
			for await (const piece of response.body) await writer.write(Buffer.from(piece));
			return await writer.finish();
		} catch (error) {
			await writer.discard();
			throw error;
		}
	}

	/** Removes a document that was refused after all. */
	async discard(stored: StoredFile): Promise<void> {
		await rm(stored.path, { force: true });
	}

	/** Removes every document. */
	clear(): void {
		rmSync(this.folder, { recursive: true, force: true });
		mkdirSync(this.folder, { recursive: true });
	}

	/** Removes the folder itself. */
	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Reads the beginning of a stored file. */
export async function readHead(stored: StoredFile, limit: number): Promise<Buffer> {
	const file = await open(stored.path);
	try {
		const head = Buffer.alloc(Math.min(limit, stored.bytes));
		const { bytesRead } = await file.read(head, 0, head.length, 0);
		return head.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

function isLoopback(uri: string): boolean {
	if (!URL.canParse(uri)) return false;
	const { protocol, hostname } = new URL(uri);
	if (protocol !== 'http:' && protocol !== 'https:') return false;
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
