import { open } from 'node:fs/promises';
import type { StoredDocument } from './documents.mts';
import type { JsonObject, StoredFile } from './types.mts';
import { isObject } from './types.mts';

/** The result of a run. */
export interface Extraction {
	data: JsonObject;
	reasoning: string;
}

/** How much of a document is searched for fields. */
const MAX_SEARCHED_BYTES = 4 * 1024 * 1024;

/**
 * Extracts what really is in a document: its name, type, size, and hash, and the lines `Key: value` of
 * a text or of a PDF that is not compressed.
 */
export async function extract(document: StoredDocument): Promise<Extraction> {
	const { filename, mimetype, uri, parts, stored } = document;
	const data: JsonObject = { file_name: filename, mimetype, ...(uri && { source: 'uri' }) };
	if (parts !== undefined) {
		return { data: { ...data, part_count: parts }, reasoning: `Counted the parts of ${filename}.` };
	}
	if (!stored) throw new Error('The document has no content.');
	Object.assign(data, { size_bytes: stored.bytes, sha256: stored.sha256 });
	const fields = findFields(await readLines(mimetype, stored));
	for (const [name, value] of fields) {
		data[Object.hasOwn(data, name) ? `document_${name}` : name] = value;
	}
	return { data, reasoning: `Found ${fields.size} fields in ${filename}.` };
}

async function readLines(mimetype: string, { path, bytes }: StoredFile): Promise<string[]> {
	const isText = mimetype === 'text/plain' || mimetype === 'message/rfc822';
	if (!isText && mimetype !== 'application/pdf') return [];
	const handle = await open(path);
	try {
		const { buffer } = await handle.read({
			buffer: Buffer.alloc(Math.min(bytes, MAX_SEARCHED_BYTES)),
		});
		if (!isText) return readPdfLines(buffer.toString('latin1'));
		return buffer
			.toString('utf8')
			.replace(/^\uFEFF/, '')
			.split(/\r\n|[\r\n]/);
	} finally {
		await handle.close();
	}
}

/** Turns lines `Key: value` into fields. A key that occurs several times becomes an array. */
function findFields(lines: readonly string[]): Map<string, string | string[]> {
	const fields = new Map<string, string | string[]>();
	for (const line of lines) {
		const [, label, value] = /^\s*([^:]{1,60}?)\s*:\s*(\S.*?)\s*$/.exec(line) ?? [];
		// Neither times nor URLs have labels.
		if (!label || !value || !/\p{L}/u.test(label) || value.startsWith('//')) continue;
		const words = label.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
		const name = words.replace(/^_|_$/g, '');
		const known = fields.get(name);
		fields.set(name, known === undefined ? value : [known, value].flat());
	}
	return fields;
}

const literal = String.raw`\(((?:\\[\s\S]|[^\\()]|\((?:\\[\s\S]|[^\\()])*\))*)\)`;
const literals = new RegExp(literal, 'g');
const operators = new RegExp(
	String.raw`${literal}\s*(?:Tj|'|")|\[((?:\((?:\\[\s\S]|[^\\()])*\)|[^\]()])*)\]\s*TJ|\b(?:Td|TD|Tm|ET)\b|T\*`,
	'g',
);
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The lines of text in a PDF that is not compressed. Reads the PDFs in tests and examples, not any PDF. */
export function readPdfLines(pdf: string): string[] {
	const lines = [''];
	const add = (text = '') => {
		const unescaped = text.replace(/\\([0-7]{1,3}|\r\n|[\s\S])/g, (_all, code: string) => {
			if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
			// A backslash at the end of a line continues the string.
			return /^[\r\n]/.test(code) ? '' : (escapes[code] ?? code);
		});
		lines.push(`${lines.pop()}${unescaped}`);
	};
	for (const [operator, shown, array] of pdf.matchAll(operators)) {
		// `'` and `"` also move to the next line.
		if (array === undefined && !operator.endsWith('Tj')) lines.push('');
		if (shown !== undefined) add(shown);
		for (const [, text] of array?.matchAll(literals) ?? []) add(text);
	}
	return lines.map((line) => line.trim()).filter(Boolean);
}

/** Something to compare, and where it came from. */
export interface Candidate {
	source: string;
	fields: JsonObject;
}

/**
 * Compares candidates with reference entries. An entry matches if it has a field in common with the
 * candidate, and all common fields are equal.
 */
export function reconcile(
	candidates: readonly Candidate[],
	reference: readonly JsonObject[],
): Extraction {
	const matches: JsonObject[] = [];
	const unmatched: JsonObject[] = [];
	for (const { source, fields } of candidates) {
		const entry = reference.find((each) => {
			const common = Object.keys(fields).filter((name) => Object.hasOwn(each, name));
			const isEqual = (name: string) => JSON.stringify(fields[name]) === JSON.stringify(each[name]);
			return common.length > 0 && common.every(isEqual);
		});
		if (entry) matches.push({ source, candidate: fields, reference: entry });
		else unmatched.push({ source, candidate: fields });
	}
	return {
		data: {
			compared_count: candidates.length,
			reference_count: reference.length,
			matched_count: matches.length,
			matches,
			unmatched,
		},
		reasoning: `Compared ${candidates.length} with ${reference.length} reference entries.`,
	};
}

/** The objects in the lists of `data`, or else `data` itself. */
export function listCandidates(data: JsonObject): Candidate[] {
	const listed = Object.entries(data).flatMap(([name, value]) =>
		(Array.isArray(value) ? value.filter(isObject) : []).map((fields, index) => ({
			source: `data.${name}[${index}]`,
			fields,
		})),
	);
	return listed.length > 0 ? listed : [{ source: 'data', fields: data }];
}
