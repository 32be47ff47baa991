import { storeFile, type StoredFile } from './body.mts';
import { isObject, type JsonObject, type Schemas } from './contract.mts';

export interface StoredDocument {
	filename: string;
	mimetype: Schemas['MimeType'];
	file_type: Schemas['FileType'];
	/** Missing for `multipart`, and for `uri` until a run has fetched it. */
	stored?: StoredFile;
	uri?: string;
}

export interface Extraction {
	data: JsonObject;
	reasoning: string;
}

/** How much of a document is searched for fields. */
export const searchedBytes = 64 * 1024;

/**
 * Extracts what a document really contains: its name, type, size, and hash, and the `Key: value` lines of a text, an
 * email, or an uncompressed PDF.
 */
export async function extract(document: StoredDocument): Promise<Extraction> {
	const { filename, mimetype, uri } = document;
	const data: JsonObject = { file_name: filename, mimetype };
	if (uri !== undefined) {
		document.stored ??= await fetchFile(uri);
		data.source = 'uri';
	}
	if (!document.stored) return { data, reasoning: `Did not read the parts of ${filename}.` };
	const { bytes, sha256, content } = document.stored;
	const fields = readFields(mimetype, content.subarray(0, searchedBytes));
	return {
		data: { ...data, size_bytes: bytes, sha256, ...fields },
		reasoning: `Found ${Object.keys(fields).length} fields in ${filename}.`,
	};
}

/** Fetches only from this machine: tests must not use the network, whatever the URL is. */
export async function fetchFile(uri: string): Promise<StoredFile> {
	const { protocol, hostname } = new URL(uri);
	if (protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
		throw new Error('The emulator fetches only from loopback addresses.');
	}
	const response = await fetch(uri, { redirect: 'manual', signal: AbortSignal.timeout(30_000) });
	const content = Buffer.from(await response.arrayBuffer());
	if (!response.ok) throw new Error(`The URL of the document returned ${response.status}.`);
	return storeFile(content);
}

function readFields(mimetype: string, content: Buffer): JsonObject {
	if (mimetype === 'application/pdf') {
		// The strings that are shown by the operator `Tj`.
		const shown = content.toString('latin1').matchAll(/\(((?:\\.|[^\\()])*)\)\s*Tj/g);
		return readLabels(Array.from(shown, ([, text = '']) => text.replace(/\\(.)/g, '$1')));
	}
	if (mimetype !== 'text/plain' && mimetype !== 'message/rfc822') return {};
	return readLabels(content.toString().split(/\r\n|[\r\n]/));
}

function readLabels(lines: readonly string[]): JsonObject {
	const fields: JsonObject = {};
	for (const line of lines) {
		const [, label = '', value = ''] = /^\s*([^:]{1,60}?)\s*:\s*(\S.*?)\s*$/.exec(line) ?? [];
		// Neither a time nor a URL is a label.
		if (!/\p{L}/u.test(label) || value.startsWith('//')) continue;
		const words = label.toLowerCase().match(/[\p{L}\p{N}]+/gu)!;
		fields[words.join('_')] = value;
	}
	return fields;
}

interface Candidate {
	source: string;
	fields: JsonObject;
}

/** An entry of the reference data matches if it shares fields with the candidate, and these are equal. */
export function reconcile(
	candidates: readonly Candidate[],
	reference: readonly JsonObject[],
): Extraction {
	const compared = candidates.map(({ source, fields: candidate }) => {
		return { source, candidate, reference: reference.find((entry) => matches(candidate, entry)) };
	});
	const matched = compared.filter((each) => each.reference);
	return {
		data: {
			compared_count: candidates.length,
			reference_count: reference.length,
			matched_count: matched.length,
			matches: matched,
			unmatched: compared.filter((each) => !each.reference),
		},
		reasoning: `Compared ${candidates.length} with ${reference.length} reference entries.`,
	};
}

/** The objects in the lists of the payload, or else the payload itself. */
export function listCandidates(data: JsonObject): Candidate[] {
	const listed = Object.entries(data).flatMap(([name, value]) =>
		(Array.isArray(value) ? value : [])
			.filter(isObject)
			.map((fields, index) => ({ source: `data.${name}[${index}]`, fields })),
	);
	return listed.length > 0 ? listed : [{ source: 'data', fields: data }];
}

function matches(one: JsonObject, other: JsonObject): boolean {
	const common = Object.keys(one).filter((name) => Object.hasOwn(other, name));
	const isEqual = (name: string) => JSON.stringify(one[name]) === JSON.stringify(other[name]);
	return common.length > 0 && common.every(isEqual);
}
