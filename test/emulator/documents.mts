import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { schemas, StoredFile } from './types.mts';

/** A document that was uploaded. */
export interface StoredDocument {
	filename: string;
	mimetype: schemas['MimeType'];
	file_type: schemas['FileType'];
	/** The content. That of a `uri` is downloaded by a run. */
	stored?: StoredFile;
	uri?: string;
	parts?: number;
}

/** A file that is being written. */
export interface FileWriter {
	/** Resolves when more can be written. */
	write(bytes: Buffer): Promise<void>;
	finish(): Promise<StoredFile>;
	discard(): Promise<void>;
}

/** A temporary folder for documents, so that they are not kept in memory. */
export class DocumentStore {
	private readonly folder: string;

	constructor(parent: string = os.tmpdir()) {
		this.folder = mkdtempSync(path.join(parent, 'cloudsquid-emulator-'));
	}

	/** Starts a new file. One chunk is written while the next one arrives. */
	create(): FileWriter {
		const file = path.join(this.folder, randomUUID());
		const opening = open(file, 'w');
		const hash = createHash('sha256');
		let bytes = 0;
		let lastWrite: Promise<unknown> = opening;
		return {
			async write(chunk) {
				bytes += chunk.length;
				hash.update(chunk);
				const previous = lastWrite;
				lastWrite = previous.then(async () => await (await opening).appendFile(chunk));
				// A failure is reported to the next call.
				lastWrite.catch(() => undefined);
				await previous;
			},
			async finish() {
				await lastWrite.finally(async () => await (await opening).close());
				return { path: file, bytes, sha256: hash.digest('hex') };
			},
			async discard() {
				await lastWrite.catch(() => undefined);
				const handle = await opening.catch(() => undefined);
				await handle?.close();
				await rm(file, { force: true });
			},
		};
	}

	async save(content: Buffer): Promise<StoredFile> {
		const writer = this.create();
		await writer.write(content);
		return await writer.finish();
	}

	/** Downloads a document, as Cloudsquid does for `file_type: uri`, but only from this machine. */
	async fetch(uri: string, signal: AbortSignal): Promise<StoredFile> {
		const { protocol, hostname } = new URL(uri);
		if (!/^https?:$/.test(protocol) || !/^(localhost|\[::1\]|127(\.\d+){3})$/.test(hostname)) {
			throw new Error('The emulator downloads only from loopback addresses.');
		}
		const response = await fetch(uri, { redirect: 'manual', signal });
		if (response.status !== 200 || !response.body) {
			await response.body?.cancel();
			throw new Error(`The URL of the document responded with ${response.status}.`);
		}
		const writer = this.create();
		try {
			for await (const chunk of response.body) await writer.write(Buffer.from(chunk));
			return await writer.finish();
		} catch (error) {
			await writer.discard();
			throw error;
		}
	}

	async discard(stored: StoredFile): Promise<void> {
		await rm(stored.path, { force: true });
	}

	clear(): void {
		this.remove();
		mkdirSync(this.folder, { recursive: true });
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}
