import type { IExecutePaginationFunctions } from 'n8n-workflow';

/** A stream of bytes, as n8n's binary store gives and takes it. */
export type FileStream = Exclude<
	Parameters<IExecutePaginationFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** What timers can hold, in milliseconds; a longer time would be over at once. */
const LONGEST_TIME = 2 ** 31 - 1;

/** How long something may take, and how to end the connection when it takes longer. */
export interface TimeLimit {
	milliseconds: number;
	breakOff: () => void;
}

/**
 * A stream of these chunks. Node.js modules cannot be imported in a node, but the class of any
 * stream brings along the function that makes one.
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
 * Reads an answer as text, but no more of it than is needed to know that it is too long: what an
 * answer takes in memory is not for the service to say.
 *
 * @param longest in bytes
 * @param limit until the answer must have come whole
 * @returns `undefined` for an answer that is too long
 * @throws what broke the answer off, or an error with the code of a time-out
 */
export async function readText(
	answer: FileStream,
	longest: number,
	limit: TimeLimit,
): Promise<string | undefined> {
	const chunks: Buffer[] = [];
	let length = 0;
	const timer = startTimer(limit);
	try {
		for await (const chunk of answer as AsyncIterable<Buffer>) {
			chunks.push(chunk);
			length += chunk.length;
			if (length > longest) return undefined;
		}
	} catch (error) {
		throw timer.isOver() ? timeOut() : error;
	} finally {
		timer.stop();
	}
	return Buffer.concat(chunks)
		.toString()
		.replace(/^\uFEFF/, '');
}

/**
 * The bytes of a file as they come.
 *
 * @param size how many there must be, where that was told
 * @param limit how long none may come
 * @throws RangeError at the end of a file of another size, an error with the code of a time-out if
 * it stops coming, and whatever breaks it off
 */
export async function* receive(
	file: FileStream,
	size: number | undefined,
	limit: TimeLimit,
): AsyncGenerator<Buffer> {
	let seen = 0;
	let timer = startTimer(limit);
	try {
		for await (const chunk of file as AsyncIterable<Buffer>) {
			// Who puts the file away may take as long as that takes.
			timer.stop();
			seen += chunk.length;
			yield chunk;
			timer = startTimer(limit);
		}
	} catch (error) {
		throw timer.isOver() ? timeOut() : error;
	} finally {
		timer.stop();
	}
	if (size === undefined || seen === size) return;
	throw new RangeError(`It came with ${seen} bytes, not ${size} as Cloudsquid says`);
}

/**
 * Lets the time run that an answer has once it has begun. n8n's own time-out ends with the head of
 * an answer that is read as a stream, and its `sleep` cannot be ended early in every version.
 */
function startTimer({ milliseconds, breakOff }: TimeLimit) {
	let over = false;
	const ring = () => {
		over = true;
		breakOff();
	};
	const alarm = AbortSignal.timeout(Math.min(Math.max(milliseconds, 0), LONGEST_TIME));
	alarm.addEventListener('abort', ring, { once: true });
	return { isOver: () => over, stop: () => alarm.removeEventListener('abort', ring) };
}

function timeOut(): Error {
	return Object.assign(new Error('The answer stopped coming'), { code: 'ETIMEDOUT' });
}

/** What can end one request: its time, or the end of the execution. */
export class Ending {
	private readonly controller = new AbortController();

	/** @param stop tells that the execution was stopped */
	constructor(private readonly stop?: AbortSignal) {
		if (stop?.aborted) this.now();
		stop?.addEventListener('abort', this.now);
	}

	get signal(): AbortSignal {
		return this.controller.signal;
	}

	/** Ends the request, whatever it is at. */
	readonly now = () => this.controller.abort();

	/** Must be told once the request has come to its end by itself. */
	close(): void {
		this.stop?.removeEventListener('abort', this.now);
	}
}
