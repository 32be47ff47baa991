import type { Readable } from 'node:stream';
import { Base64Decoder } from './base64.mts';
import type { DocumentStore, FileWriter, StoredFile } from './documents.mts';
import { Problem, messageOf } from './types.mts';

/** The `file` of a document, taken out of the body while it came in. */
export interface CapturedFile {
	/** The text itself, when it is short enough to be an address. */
	text?: string;
	/** What the text is in base64, when it is that. */
	stored?: StoredFile;
}

/** A JSON body. In the place of a captured file stands its text when that is short, and nothing when it is long. */
export interface ReceivedBody {
	value: unknown;
	file?: CapturedFile;
}

/** Of a captured text so much is kept: more than any address needs, less than hurts. */
const keptBytes = 64 * 1024;
/** All the rest of a body is held in memory and must be small. */
const maxOtherBytes = 64 * 1024 * 1024;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Reads a JSON body as it comes. With a store given, the top-level string `file` goes into it, decoded from base64, so
 * that a body may be larger than memory. A body that is wrong is read to its end all the same: the sender is to get an
 * answer, not a broken connection.
 */
export async function readBody(source: Readable, store?: DocumentStore): Promise<ReceivedBody> {
	const scanner = new BodyScanner(store);
	let refusal: unknown;
	try {
		for await (const chunk of source as AsyncIterable<Buffer>) {
			if (refusal !== undefined) continue;
			try {
				await scanner.take(chunk);
			} catch (error) {
				refusal = error;
			}
		}
		if (refusal !== undefined) throw refusal;
		return scanner.finish();
	} catch (error) {
		await scanner.discard();
		throw error;
	}
}

/**
 * Follows a JSON text just closely enough to know where the top-level string `file` begins and ends. That string goes
 * its own way; all the rest is put together again and parsed, which also finds whatever is wrong with it. A general
 * streaming parser made a token of every 256 characters, which halved the speed.
 */
class BodyScanner {
	private readonly rest: Buffer[] = [];
	private restBytes = 0;
	/** The containers around the place where the scanner is, innermost last. */
	private readonly containers: number[] = [];
	private inString = false;
	private escaped = false;
	/** The next string at the top level is a key. */
	private keyIsNext = false;
	private keyParts: Buffer[] | undefined;
	private key = '';
	private capture: Capture | undefined;
	private file: CapturedFile | undefined;

	constructor(private readonly store: DocumentStore | undefined) {}

	/** Takes the next bytes and waits for the disk where it must. */
	async take(chunk: Buffer): Promise<void> {
		for (let start = 0; start < chunk.length;) {
			const end = this.inString
				? this.findStringEnd(chunk, start)
				: this.skipToString(chunk, start);
			const part = chunk.subarray(start, end);
			if (this.capture) await this.capture.take(part);
			else this.keep(part);
			start = end;
			if (start < chunk.length) await this.passQuote(chunk.subarray(start, ++start));
		}
	}

	/** Parses the rest when all has come. */
	finish(): ReceivedBody {
		if (this.restBytes === 0) throw new Problem(400, 'The request has no body.');
		try {
			const value: unknown = JSON.parse(Buffer.concat(this.rest).toString('utf8'));
			return { value, file: this.file };
		} catch (error) {
			throw new Problem(400, `The body is not JSON: ${messageOf(error)}.`);
		}
	}

	/** Removes what was stored of a body that is refused. */
	async discard(): Promise<void> {
		await this.capture?.writer.discard();
	}

	/** Goes through what is between strings, up to the next quote. */
	private skipToString(chunk: Buffer, start: number): number {
		let at = start;
		for (; at < chunk.length && chunk[at] !== quote; at++) {
			const byte = chunk[at];
			if (byte === openObject || byte === openArray) this.containers.push(byte);
			else if (byte === closeObject || byte === closeArray) this.containers.pop();
			else if (byte !== comma && byte !== colon) continue;
			this.keyIsNext = byte === openObject || byte === comma;
		}
		return at;
	}

	/** Finds the quote that ends the string, or the end of the chunk. */
	private findStringEnd(chunk: Buffer, start: number): number {
		let at = this.escaped ? start + 1 : start;
		this.escaped = false;
		for (;;) {
			const end = chunk.indexOf(quote, at);
			const escape = chunk.subarray(0, end === -1 ? chunk.length : end).indexOf(backslash, at);
			if (escape === -1) return end === -1 ? chunk.length : end;
			if (escape + 1 >= chunk.length) {
				this.escaped = true;
				return chunk.length;
			}
			at = escape + 2;
		}
	}

	private async passQuote(mark: Buffer): Promise<void> {
		this.inString = !this.inString;
		if (!this.inString) {
			await this.endString(mark);
			return;
		}
		this.keep(mark);
		const atTop = this.containers.length === 1 && this.containers[0] === openObject;
		if (atTop && this.keyIsNext) this.keyParts = [];
		else if (atTop && this.store && this.key === 'file') {
			this.capture = new Capture(this.store.create());
		}
	}

	private async endString(mark: Buffer): Promise<void> {
		if (this.capture) {
			this.file = await this.capture.finish();
			this.keep(this.capture.standIn);
			this.capture = undefined;
		} else if (this.keyParts) {
			this.key = readString(Buffer.concat(this.keyParts)) ?? '';
			this.keyParts = undefined;
		}
		this.keep(mark);
	}

	private keep(part: Buffer): void {
		this.restBytes += part.length;
		if (this.restBytes > maxOtherBytes) throw new Problem(413, 'The body is too large.');
		this.rest.push(part);
		if (this.inString && this.keyParts) this.keyParts.push(part);
	}
}

/** One string on its way into a file. */
class Capture {
	private readonly decoder = new Base64Decoder();
	private readonly head: Buffer[] = [];
	private bytes = 0;
	private openEscape = '';

	constructor(readonly writer: FileWriter) {}

	/** What takes the place of the string in the body. */
	get standIn(): Buffer {
		return this.bytes <= keptBytes ? Buffer.concat(this.head) : Buffer.alloc(0);
	}

	/** Takes a piece of the string as it is written in JSON. */
	async take(part: Buffer): Promise<void> {
		this.bytes += part.length;
		if (this.bytes <= keptBytes) this.head.push(part);
		const decoded = this.decoder.decode(this.unescape(part.toString('latin1')));
		if (decoded.length > 0) await this.writer.write(decoded);
	}

	async finish(): Promise<CapturedFile> {
		const text = this.bytes <= keptBytes ? readString(this.standIn) : undefined;
		if (this.decoder.finish() && this.openEscape === '') {
			return { text, stored: await this.writer.finish() };
		}
		await this.writer.discard();
		return { text };
	}

	/** Some senders write the slashes of base64 as `\/`, and an escape may be cut in two by the network. */
	private unescape(piece: string): string {
		const raw = this.openEscape + piece;
		this.openEscape = '';
		if (!raw.includes('\\')) return raw;
		const [open = ''] = /\\(u[\da-f]{0,3})?$/i.exec(raw) ?? [];
		this.openEscape = open;
		return raw
			.slice(0, raw.length - open.length)
			.replace(/\\(u[\da-f]{4}|[^])/gi, (escape) => readString(Buffer.from(escape)) ?? escape);
	}
}

/** Reads a string as it is written in JSON, without its quotes; undefined when it is written wrongly. */
function readString(raw: Buffer): string | undefined {
	try {
		return JSON.parse(`"${raw.toString('utf8')}"`) as string;
	} catch {
		return undefined;
	}
}
