import { createHash, hash } from 'node:crypto';
import type { Readable } from 'node:stream';

export interface StoredFile {
	bytes: number;
	sha256: string;
	/** All of it, or only its beginning. */
	content: Buffer;
}

export interface ReceivedBody {
	/** The parsed JSON, or the text if it is not JSON. */
	value: unknown;
	/** The decoded `file`, if it is base64. */
	file?: StoredFile;
}

/** A longer `file` is replaced by an empty string in the parsed body. No URL is that long. */
const maxInlineFile = 64 * 1024;

/**
 * Reads a JSON body. The string `file` is decoded while it arrives, and no more than `maxContent` bytes of it are kept,
 * so that a body may be larger than memory. Its end is the next quote, because neither base64 nor a URL contains one.
 */
export async function readBody(
	source: Readable,
	maxContent = Number.POSITIVE_INFINITY,
): Promise<ReceivedBody> {
	// Latin-1 keeps every byte, even if a character is split between two chunks.
	let text = '';
	let decoder: FileDecoder | undefined;
	let inFile = false;
	for await (const chunk of source as AsyncIterable<Buffer>) {
		let piece = chunk.toString('latin1');
		if (!decoder) {
			text += piece;
			const start = /(?<!\\)"file"\s*:\s*"/.exec(text);
			if (!start) continue;
			piece = text.slice(start.index + start[0].length);
			text = text.slice(0, start.index + start[0].length);
			decoder = new FileDecoder(maxContent);
			inFile = true;
		}
		if (inFile) {
			const end = piece.indexOf('"');
			decoder.write(end === -1 ? piece : piece.slice(0, end));
			if (end === -1) continue;
			inFile = false;
			text += decoder.inlineText;
			piece = piece.slice(end);
		}
		text += piece;
	}
	return { value: parse(Buffer.from(text, 'latin1').toString()), file: decoder?.finish() };
}

function parse(text: string): unknown {
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return text;
	}
}

/** Decodes base64 in pieces of any length. */
class FileDecoder {
	/** The encoded text, or nothing if it is long. */
	inlineText = '';
	private readonly hash = createHash('sha256');
	private readonly content: Buffer[] = [];
	private length = 0;
	private bytes = 0;
	private rest = '';
	private isBase64 = true;

	constructor(private readonly maxContent: number) {}

	write(piece: string): void {
		this.length += piece.length;
		this.inlineText = this.length <= maxInlineFile ? this.inlineText + piece : '';
		const text = this.rest + piece;
		const end = text.length - (text.length % 4);
		this.rest = text.slice(end);
		if (end > 0) this.decode(text.slice(0, end));
	}

	finish(): StoredFile | undefined {
		if (!this.isBase64 || this.rest !== '') return undefined;
		const content = Buffer.concat(this.content);
		return { bytes: this.bytes, sha256: this.hash.digest('hex'), content };
	}

	private decode(text: string): void {
		const decoded = Buffer.from(text, 'base64');
		// Node.js skips what is not base64. Nothing may follow padding.
		if (this.bytes % 3 !== 0 || decoded.toString('base64') !== text) this.isBase64 = false;
		const room = this.maxContent - this.bytes;
		if (room > 0) this.content.push(decoded.subarray(0, room));
		this.bytes += decoded.length;
		this.hash.update(decoded);
	}
}

export function storeFile(content: Buffer): StoredFile {
	return { bytes: content.length, sha256: hash('sha256', content), content };
}
