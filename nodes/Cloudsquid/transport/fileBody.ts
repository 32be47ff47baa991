import type { IBinaryData, IExecutePaginationFunctions } from 'n8n-workflow';

import type { components } from '../generated/contract';
import type { StreamedBody } from './request';
import { toStream } from './streams';

/**
 * How much of a file is read at a time: a multiple of three, so that base64 needs no padding in
 * between. Its base64 must stay below 128 kB: V8 allocates longer strings one by one, which makes
 * encoding many times slower.
 */
const CHUNK_BYTES = 3 * 16 * 1024;

type FileFields = Pick<components['schemas']['Document'], 'filename' | 'mimetype'>;

/**
 * The JSON body that contains a file as base64: streamed, unless n8n keeps the file in memory.
 *
 * @param size of the file in bytes, as n8n recorded it
 * @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table
 */
export function createFileBody(
	context: IExecutePaginationFunctions,
	{ id, data }: IBinaryData,
	size: number,
	fields: FileFields,
): Buffer | StreamedBody {
	const { before, after } = jsonEnvelope(fields);
	// Encoded again: another node may have put something else there, which would change the JSON.
	if (!id) return Buffer.from(before + toBase64(Buffer.from(data, 'base64')) + after);
	return {
		length: encodedLength(size, before, after),
		open: async () => {
			const file = await context.helpers.getBinaryStream(id, CHUNK_BYTES);
			const body = toStream(file, encodeJsonBody(file, size, before, after));
			// A request that is aborted closes its body; the file must not stay open.
			body.once('close', () => file.destroy());
			return body;
		},
	};
}

/** The JSON text before and after the base64 of the file. */
export function jsonEnvelope(fields: FileFields) {
	const json = JSON.stringify({ ...fields, file_type: 'binary', file: '' });
	return { before: json.slice(0, -2), after: json.slice(-2) };
}

/** How many bytes `encodeJsonBody` returns for a file of this size. */
export function encodedLength(size: number, before: string, after: string): number {
	return Buffer.byteLength(before) + Math.ceil(size / 3) * 4 + Buffer.byteLength(after);
}

/**
 * Encodes a file as base64 between two texts, one chunk at a time.
 *
 * @param size how many bytes there must be, as announced to the service
 * @throws RangeError if there are more or fewer
 */
export async function* encodeJsonBody(
	chunks: AsyncIterable<Buffer>,
	size: number,
	before: string,
	after: string,
): AsyncGenerator<Buffer> {
	yield Buffer.from(before);
	let remainder: Buffer = Buffer.alloc(0);
	let bytesRead = 0;
	for await (const chunk of chunks) {
		bytesRead += chunk.length;
		if (bytesRead > size) break;
		const bytes = remainder.length > 0 ? Buffer.concat([remainder, chunk]) : chunk;
		const complete = bytes.length - (bytes.length % 3);
		if (complete > 0) yield toBase64(bytes.subarray(0, complete));
		remainder = bytes.subarray(complete);
	}
	// A shorter request would never end, and the rest of a longer one would count as another request.
	if (bytesRead > size) {
		throw new RangeError(`The file has more than the ${size} bytes that n8n recorded.`);
	}
	if (bytesRead < size) {
		throw new RangeError(`The file has ${bytesRead} bytes, not ${size} as n8n recorded.`);
	}
	if (remainder.length > 0) yield toBase64(remainder);
	yield Buffer.from(after);
}

function toBase64(bytes: Buffer): Buffer {
	return Buffer.from(bytes.toString('base64'), 'latin1');
}
