import type { IBinaryData, IDataObject } from 'n8n-workflow';

import { isObject } from './answers';
import { inputError } from './errors';
import type { Job } from './job';
import { acceptedTypes, extensionOf, settleMimeType } from './mimeTypes';
import { readOptions } from './options';
import { readText, shorten } from './parameters';
import { toStream } from './streams';
import type { ApiRequest, StreamedBody } from './transport';
import type { Document, MimeType } from './types';

/**
 * How much of a file is read at a time: a multiple of three, so that base64 needs no padding within.
 * Its base64 must stay below 128 kB: longer strings get memory of their own from V8, one by one,
 * which makes encoding many times slower.
 */
const CHUNK_SIZE = 3 * 16 * 1024;

/** A document to send: what the answer tells about it, and the body of the request that sends it. */
export interface SourceDocument {
	filename: string;
	mimetype: MimeType;
	/** The item's field it came from, when more than one was asked for. */
	sourceField?: string;
	/** The body for every endpoint that takes a document. */
	body: NonNullable<ApiRequest['body']>;
}

/** Where the documents of an item come from, before any of them has been looked at. */
export interface Source {
	/** The item's field, when more than one was asked for. */
	sourceField?: string;
	/** Checks the document and makes it ready to be sent. */
	read: (job: Job) => Promise<SourceDocument>;
}

/**
 * The documents that the parameters name: one address, or one or more files of the item.
 *
 * Each is checked only when it is read, so that one that cannot be used does not hinder the others.
 *
 * @throws NodeOperationError if none is named or there; `read` throws it for one that cannot be used
 */
export function findSources(job: Job): Source[] {
	if (readText(job, 'inputSource') === 'url') return [{ read: async (each) => readUrl(each) }];
	const wanted = readText(job, 'binaryPropertyName');
	const fields = wanted === '*' ? listFileFields(job) : splitNames(wanted);
	if (fields.length === 0) {
		throw wanted === '*'
			? inputError(job, 'The item has no files', 'Connect a node that gives files to this one.')
			: inputError(
					job,
					"'Input Data Field Name' is empty",
					"Enter the name of the item's field that holds the file, such as data.",
				);
	}
	const several = wanted === '*' || fields.length > 1;
	return fields.map((field) => ({
		sourceField: several ? field : undefined,
		read: async (each) => await readFile(each, field, several),
	}));
}

function splitNames(names: string): string[] {
	const fields = names.split(',').map((name) => name.trim());
	return [...new Set(fields)].filter(Boolean);
}

/** The item's fields that hold files; newer n8n can keep them among the JSON fields. */
function listFileFields(job: Job): string[] {
	const { binary, json } = job.context.getInputData();
	if (binary && Object.keys(binary).length > 0) return Object.keys(binary);
	return Object.keys(json).filter((name) => isFile(json[name]));
}

function isFile(value: unknown): boolean {
	if (!isObject(value) || typeof value.mimeType !== 'string') return false;
	return typeof value.id === 'string' || typeof value.data === 'string';
}

async function readFile(job: Job, field: string, several: boolean): Promise<SourceDocument> {
	const file = assertFile(job, field);
	const size = await sizeOf(job, file);
	const options = readOptions(job.context);
	const given = (several ? undefined : options.filename) ?? file.fileName ?? '';
	const mimetype = acceptType(job, options.mimeType ?? file.mimeType, given, field);
	const filename = given || `${field}${extensionOf(mimetype)}`;
	if (size === 0) {
		throw inputError(
			job,
			`The file '${shorten(filename)}' in '${field}' is empty`,
			'Check the node that gives it: a document needs at least one byte.',
		);
	}
	return { filename, mimetype, body: toBody(job, file, size, { filename, mimetype }) };
}

function assertFile(job: Job, field: string): IBinaryData {
	try {
		return job.context.helpers.assertBinaryData(field);
	} catch {
		const there = listFileFields(job);
		throw inputError(
			job,
			`The item has no file in the field '${shorten(field)}'`,
			there.length > 0
				? `Set 'Input Data Field Name' to a field that holds a file. This item has: ${there.join(', ')}.`
				: "This item has no files at all. Connect a node that gives files, or set 'Input Source' to 'File URL'.",
		);
	}
}

async function sizeOf({ context }: Job, file: IBinaryData): Promise<number> {
	if (!file.id) return Buffer.byteLength(file.data, 'base64');
	return (await context.helpers.getBinaryMetadata(file.id)).fileSize;
}

function acceptType(job: Job, type: string | undefined, filename: string, field?: string) {
	const mimetype = settleMimeType(type, filename);
	if (mimetype) return mimetype;
	const where = field === undefined ? "'File URL'" : `the field '${shorten(field)}'`;
	throw inputError(
		job,
		`Cloudsquid does not take files of the type '${shorten(type || 'unknown')}' (${where})`,
		`It takes ${acceptedTypes}. If the file is one of these, set 'MIME Type' under Options.`,
	);
}

/** The JSON body that carries a file as base64: streamed, unless n8n holds the file in memory. */
function toBody(
	job: Job,
	file: IBinaryData,
	size: number,
	head: Pick<Document, 'filename' | 'mimetype'>,
): Buffer | StreamedBody {
	const { before, after } = jsonAround(head);
	const { id } = file;
	// Encoded anew: what another node put there might be no base64, and would change the JSON.
	if (!id) return Buffer.from(before + toBase64(Buffer.from(file.data, 'base64')) + after);
	return {
		length: encodedLength(size, before, after),
		open: async () => {
			const file = await job.context.helpers.getBinaryStream(id, CHUNK_SIZE);
			const body = toStream(file, encode(file, size, before, after));
			// A request that is broken off closes its body; the file must not stay open.
			body.once('close', () => file.destroy());
			return body;
		},
	};
}

/** The text of the JSON body before and after the base64 of the file. */
export function jsonAround(head: Pick<Document, 'filename' | 'mimetype'>) {
	const json = JSON.stringify({ ...head, file_type: 'binary', file: '' });
	return { before: json.slice(0, -2), after: json.slice(-2) };
}

/** How many bytes `encode` gives for a file of this size. */
export function encodedLength(size: number, before: string, after: string): number {
	return Buffer.byteLength(before) + Math.ceil(size / 3) * 4 + Buffer.byteLength(after);
}

/**
 * Turns the bytes of a file into base64 between two pieces of text, holding one chunk at a time.
 *
 * @param size how many bytes there will be, as announced to the service
 * @throws RangeError if there are more or fewer
 */
export async function* encode(
	chunks: AsyncIterable<Buffer>,
	size: number,
	before: string,
	after: string,
): AsyncGenerator<Buffer> {
	yield Buffer.from(before);
	let rest: Buffer = Buffer.alloc(0);
	let seen = 0;
	for await (const chunk of chunks) {
		seen += chunk.length;
		if (seen > size) break;
		const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
		const whole = bytes.length - (bytes.length % 3);
		if (whole > 0) yield toBase64(bytes.subarray(0, whole));
		rest = bytes.subarray(whole);
	}
	// A request shorter than announced would never be complete, and what goes beyond that would be
	// taken for another request: better to break it off.
	if (seen > size) {
		throw new RangeError(`The file has more than the ${size} bytes that n8n recorded.`);
	}
	if (seen < size) {
		throw new RangeError(`The file has ${seen} bytes, not ${size} as n8n recorded.`);
	}
	if (rest.length > 0) yield toBase64(rest);
	yield Buffer.from(after);
}

function toBase64(bytes: Buffer): Buffer {
	return Buffer.from(bytes.toString('base64'), 'latin1');
}

/** A document that Cloudsquid fetches itself; the address is passed on and never opened here. */
function readUrl(job: Job): SourceDocument {
	const address = readText(job, 'fileUrl');
	const url = parseUrl(address);
	if (!url || !['http:', 'https:'].includes(url.protocol)) {
		throw inputError(
			job,
			address === ''
				? "'File URL' is empty"
				: `'File URL' is no web address: '${shorten(address)}'`,
			'Enter an address that starts with http:// or https:// and that Cloudsquid can reach.',
		);
	}
	const options = readOptions(job.context);
	const filename = options.filename ?? nameInPath(url.pathname);
	const mimetype = acceptType(job, options.mimeType, filename);
	const document: IDataObject = { mimetype, filename, file_type: 'uri', file: address };
	return { filename, mimetype, body: document };
}

function parseUrl(address: string): URL | undefined {
	try {
		return new URL(address);
	} catch {
		return undefined;
	}
}

function nameInPath(path: string): string {
	const last = path.split('/').filter(Boolean).pop() ?? 'document';
	try {
		return decodeURIComponent(last);
	} catch {
		return last;
	}
}
