import type { StoredDocument } from './documents.mts';
import { readHead } from './documents.mts';
import { readPdfLines } from './pdf.mts';
import type { JsonObject } from './types.mts';
import { isObject } from './types.mts';

/** What reading a document gave. */
export interface Extraction {
	data: JsonObject;
	reasoning: string;
}

/** So much of a document is looked at; its size and hash are those of the whole. */
const headBytes = 4 * 1024 * 1024;

/**
 * Reads a document and says what is really in it: its name, type, size and hash, and the `Key: value` lines of a text
 * or of a PDF whose text is not compressed. Nothing is made up; a picture has its size and hash and no more.
 */
export async function extract(document: StoredDocument): Promise<Extraction> {
	const data: JsonObject = { file_name: document.filename, mimetype: document.mimetype };
	if (document.uri !== undefined) data.source = 'uri';
	if (document.parts !== undefined) {
		data.part_count = document.parts;
		return { data, reasoning: `Counted the parts of ${document.filename}.` };
	}
	const { stored } = document;
	if (!stored) throw new Error('The document has no content.');
	data.size_bytes = stored.bytes;
	data.sha256 = stored.sha256;

	const whole = stored.bytes <= headBytes;
	const found = readContent(document.mimetype, await readHead(stored, headBytes), whole);
	for (const [name, value] of found) {
		data[Object.hasOwn(data, name) ? `document_${name}` : name] = value;
	}
	const part = whole ? '' : ' in its first 4 MB';
	return { data, reasoning: `Found ${found.size} fields in ${document.filename}${part}.` };
}

function readContent(mimetype: string, head: Buffer, whole: boolean): Map<string, unknown> {
	switch (mimetype) {
		case 'application/pdf':
			return readLabels(readPdfLines(head.toString('latin1')));
		case 'text/plain':
		case 'message/rfc822':
			return readLabels(
				head
					.toString('utf8')
					.replace(/^\uFEFF/, '')
					.split(/\r\n|[\r\n]/),
			);
		case 'text/csv':
			return whole ? new Map([['row_count', countRecords(head.toString('utf8'))]]) : new Map();
		case 'application/json':
			return whole ? countJson(head.toString('utf8')) : new Map();
		default:
			return new Map();
	}
}

/** Turns `Key: value` lines into fields; a key that comes more than once gets an array. */
export function readLabels(lines: readonly string[]): Map<string, unknown> {
	const fields = new Map<string, string | string[]>();
	for (const line of lines) {
		const [, label, value] = /^\s*([^:]{1,60}?)\s*:\s*(\S.*?)\s*$/.exec(line) ?? [];
		// Neither a time of day nor an address is a label.
		if (!label || !value || !/\p{L}/u.test(label) || value.startsWith('//')) continue;
		const key = toSnakeCase(label);
		const known = fields.get(key);
		fields.set(key, known === undefined ? value : [known, value].flat());
	}
	return fields;
}

function toSnakeCase(label: string): string {
	return label
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, '_')
		.replace(/^_|_$/g, '');
}

function countRecords(csv: string): number {
	let records = 0;
	let quoted = false;
	let empty = true;
	for (const character of `${csv}\n`) {
		if (character === '"') quoted = !quoted;
		if (character === '\n' && !quoted) {
			if (!empty) records++;
			empty = true;
		} else if (character !== '\r') {
			empty = false;
		}
	}
	return records;
}

function countJson(text: string): Map<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		if (Array.isArray(value)) return new Map([['item_count', value.length]]);
		if (isObject(value)) return new Map([['key_count', Object.keys(value).length]]);
	} catch {
		// Whoever sent it called it JSON; there is nothing to count in it.
	}
	return new Map();
}
