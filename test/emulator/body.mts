import type { Readable } from 'node:stream';
import type { DocumentStore, FileWriter } from './documents.mts';
import type { CapturedFile } from './types.mts';
import { HttpError, messageOf } from './types.mts';

/** A JSON body. A captured file is replaced by its text if that is short, or by an empty string. */
export interface ReceivedBody {
	value: unknown;
	file?: CapturedFile;
}

/** How much of a captured text is kept: more than a URL needs. */
const MAX_TEXT_BYTES = 64 * 1024;
/** The limit for the rest of a body, which is kept in memory. */
const MAX_OTHER_BYTES = 64 * 1024 * 1024;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Reads a JSON body as a stream. With a store, the string `file` at the top level is decoded from
 * base64 into it, so that a body can be larger than memory. An invalid body is still read to its end,
 * so that the client receives a response.
 */
export async function readBody(source: Readable, store?: DocumentStore): Promise<ReceivedBody> {
	const scanner = new BodyScanner(store);
	let failure: unknown;
	try {
		for await (const chunk of source as AsyncIterable<Buffer>) {
			if (failure !== undefined) continue;
			await scanner.take(chunk).catch((error: unknown) => (failure = error));
		}
		if (failure !== undefined) throw failure;
		return scanner.finish();
	} catch (error) {
		await scanner.discard();
		throw error;
	}
}

/**
 * Finds where the top-level string `file` begins and ends. Everything else is joined and parsed, which
 * also finds what is invalid. A general streaming parser halved the speed: it emitted 256 characters
 * at a time.
 */
class BodyScanner {
	private readonly rest: Buffer[] = [];
	private restBytes = 0;
	/** The opening brackets around the current position. */
	private readonly containers: number[] = [];
	private inString = false;
	private escaped = false;
	/** Whether the next string at the top level is a key. */
	private keyIsNext = false;
	private keyParts: Buffer[] | undefined;
	private key = '';
	private capture: Capture | undefined;
	private file: CapturedFile | undefined;

	constructor(private readonly store: DocumentStore | undefined) {}

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

	finish(): ReceivedBody {
		if (this.restBytes === 0) throw new HttpError(400, 'The request has no body.');
		try {
			const value: unknown = JSON.parse(Buffer.concat(this.rest).toString('utf8'));
			return { value, file: this.file };
		} catch (error) {
			throw new HttpError(400, `The body is not valid JSON: ${messageOf(error)}.`);
		}
	}

	async discard(): Promise<void> {
		await this.capture?.writer.discard();
	}

	/** Skips what is between strings, up to the next quotation mark. */
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

	/** Finds the quotation mark that ends the string, or the end of the chunk. */
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
		if (!this.inString) return await this.endString(mark);
		this.keep(mark);
		const isTopLevel = this.containers.length === 1 && this.containers[0] === openObject;
		if (isTopLevel && this.keyIsNext) this.keyParts = [];
		else if (isTopLevel && this.store && this.key === 'file') {
			this.capture = new Capture(this.store.create());
		}
	}

	private async endString(mark: Buffer): Promise<void> {
		if (this.capture) {
			this.file = await this.capture.finish();
			this.keep(this.capture.replacement);
			this.capture = undefined;
		} else if (this.keyParts) {
			this.key = parseString(Buffer.concat(this.keyParts)) ?? '';
			this.keyParts = undefined;
		}
		this.keep(mark);
	}

	private keep(part: Buffer): void {
		this.restBytes += part.length;
		if (this.restBytes > MAX_OTHER_BYTES) throw new HttpError(413, 'The body is too large.');
		this.rest.push(part);
		if (this.inString && this.keyParts) this.keyParts.push(part);
	}
}

/** A string that is decoded into a file. */
class Capture {
	private readonly decoder = new Base64Decoder();
	private readonly head: Buffer[] = [];
	private bytes = 0;
	private openEscape = '';

	constructor(readonly writer: FileWriter) {}

	/** What replaces the string in the body. */
	get replacement(): Buffer {
		return this.bytes <= MAX_TEXT_BYTES ? Buffer.concat(this.head) : Buffer.alloc(0);
	}

	/** Takes a part of the string, as written in JSON. */
	async take(part: Buffer): Promise<void> {
		this.bytes += part.length;
		if (this.bytes <= MAX_TEXT_BYTES) this.head.push(part);
		const decoded = this.decoder.decode(this.unescape(part.toString('latin1')));
		if (decoded.length > 0) await this.writer.write(decoded);
	}

	async finish(): Promise<CapturedFile> {
		const text = this.bytes <= MAX_TEXT_BYTES ? parseString(this.replacement) : undefined;
		if (this.decoder.finish() && this.openEscape === '') {
			return { text, stored: await this.writer.finish() };
		}
		await this.writer.discard();
		return { text };
	}

	/** Some clients escape the slashes in base64, and an escape sequence can be split between chunks. */
	private unescape(part: string): string {
		const raw = this.openEscape + part;
		this.openEscape = '';
		if (!raw.includes('\\')) return raw;
		const [open = ''] = /\\(u[\da-f]{0,3})?$/i.exec(raw) ?? [];
		this.openEscape = open;
		return raw
			.slice(0, raw.length - open.length)
			.replace(/\\(u[\da-f]{4}|[^])/gi, (escape) => parseString(Buffer.from(escape)) ?? escape);
	}
}

/** Parses the inside of a JSON string. Undefined if it is invalid. */
function parseString(raw: Buffer): string | undefined {
	try {
		return JSON.parse(`"${raw.toString('utf8')}"`) as string;
	} catch {
		return undefined;
	}
}

/**
 * Decodes base64 in chunks of any length. Node.js also accepts base64url and skips invalid characters,
 * so the number of bytes shows whether a chunk was valid: four characters are three bytes.
 */
class Base64Decoder {
	private rest = '';
	private ended = false;
	private invalid = false;

	/** Decodes as much as is complete. */
	decode(chunk: string): Buffer {
		const text = this.rest + chunk;
		const usable = text.length - (text.length % 4);
		this.rest = text.slice(usable);
		if (this.invalid || usable === 0) return Buffer.alloc(0);
		const complete = usable === text.length ? text : text.slice(0, usable);
		const padding = complete.endsWith('==') ? 2 : complete.endsWith('=') ? 1 : 0;
		const bytes = Buffer.from(complete, 'base64');
		const isUrl = complete.includes('-') || complete.includes('_');
		this.invalid = this.ended || isUrl || bytes.length !== (usable / 4) * 3 - padding;
		this.ended = padding > 0;
		return this.invalid ? Buffer.alloc(0) : bytes;
	}

	/** Whether all of the text was base64. */
	finish(): boolean {
		return !this.invalid && this.rest === '';
	}
}
