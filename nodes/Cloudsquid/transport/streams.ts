import type { IExecutePaginationFunctions } from 'n8n-workflow';

import type { AbortScope } from './abort';

/** A stream of bytes, as n8n's binary data helpers return and accept it. */
export type FileStream = Exclude<
	Parameters<IExecutePaginationFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** How long a stream may take, in milliseconds, and what to abort when it takes longer. */
export interface TimeLimit {
	milliseconds: number;
	scope: AbortScope;
}

/**
 * A stream of these chunks. A node cannot import Node.js modules, but the class of any stream has
 * the function that creates one.
 *
 * `compose` would do the same, but before Node.js 24 it leaves its source open when it is closed
 * early, and in Node.js 24 it then throws where nothing can catch it.
 */
export function toStream(like: FileStream, chunks: AsyncIterable<Buffer>): FileStream {
	const { from } = like.constructor as typeof like.constructor & {
		from: (chunks: AsyncIterable<Buffer>, options: { objectMode: boolean }) => FileStream;
	};
	return from(chunks, { objectMode: false });
}

/**
 * Reads a response as text, but not beyond a limit: the service must not decide how much memory
 * n8n uses.
 *
 * @param limit until the response must be complete
 * @returns `undefined` for a response of more than `maxBytes`
 * @throws what interrupted the response, or an error with the code of a timeout
 */
export async function readStreamAsText(
	stream: FileStream,
	maxBytes: number,
	{ milliseconds, scope }: TimeLimit,
): Promise<string | undefined> {
	const chunks: Buffer[] = [];
	let length = 0;
	scope.startTimer(milliseconds);
	try {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			chunks.push(chunk);
			length += chunk.length;
			if (length > maxBytes) return undefined;
		}
	} catch (error) {
		throw scope.timedOut ? timeoutError() : error;
	} finally {
		scope.stopTimer();
	}
	return Buffer.concat(chunks)
		.toString()
		.replace(/^\uFEFF/, '');
}

/**
 * The bytes of a file as they arrive.
 *
 * @param size how many bytes there must be, if that is known. A file that is stored compressed arrives
 * unpacked; then its size is not the one of its content.
 * @param limit how long there may be none
 * @throws RangeError at the end of a file of another size, an error with the code of a timeout if
 * no more bytes arrive, and whatever interrupts it
 */
export async function* verifiedFileStream(
	file: FileStream,
	{ size, contentLength }: { size?: number; contentLength?: number },
	{ milliseconds, scope }: TimeLimit,
): AsyncGenerator<Buffer> {
	let bytesRead = 0;
	scope.startTimer(milliseconds);
	try {
		for await (const chunk of file as AsyncIterable<Buffer>) {
			// Storing the chunk may take as long as it needs.
			scope.stopTimer();
			bytesRead += chunk.length;
			yield chunk;
			scope.startTimer(milliseconds);
		}
	} catch (error) {
		throw scope.timedOut ? timeoutError() : error;
	} finally {
		scope.stopTimer();
	}
	// A response that is shorter than announced has failed before.
	const isUnpacked = contentLength ? contentLength !== bytesRead : bytesRead > (size ?? 0);
	if (size === undefined || bytesRead === size || isUnpacked) return;
	throw new RangeError(`The file has ${bytesRead} bytes, not ${size} as Cloudsquid reported`);
}

function timeoutError(): Error {
	return Object.assign(new Error('The response stopped'), { code: 'ETIMEDOUT' });
}
