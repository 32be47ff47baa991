import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { AbortScope } from '../../nodes/Cloudsquid/transport/abort.ts';
import {
	readStreamAsText,
	toStream,
	verifiedFileStream,
} from '../../nodes/Cloudsquid/transport/streams.ts';

/** A timeout that is not reached. */
const long = { milliseconds: 20_000, scope: new AbortScope() };

/** A short timeout, which destroys the stream as a closed connection does. */
function short(stream: Readable, milliseconds = 30) {
	const scope = new AbortScope();
	scope.signal.addEventListener('abort', () => stream.destroy(new Error('aborted')));
	return { milliseconds, scope };
}

/** A stream of these chunks that never ends. */
function endless(...chunks: string[]): Readable {
	return new Readable({
		read() {
			const next = chunks.shift();
			if (next !== undefined) this.push(Buffer.from(next));
		},
	});
}

const streamOf = (...chunks: Array<Buffer | string>) =>
	Readable.from(
		chunks.map((chunk) => Buffer.from(chunk as string)),
		{ objectMode: false },
	);

const timedOut = expect.objectContaining({ code: 'ETIMEDOUT' });

describe('readStreamAsText', () => {
	test('reads all of a text, wherever it is split', async () => {
		const texts = fc
			.string({ unit: 'grapheme', maxLength: 60 })
			.filter((text) => text[0] !== '\uFEFF');
		await fc.assert(
			fc.asyncProperty(texts, fc.integer({ min: 1, max: 7 }), async (text, size) => {
				const bytes = Buffer.from(text);
				const chunks = [];
				for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
				expect(await readStreamAsText(streamOf(...chunks), 1000, long)).toBe(bytes.toString());
			}),
		);
		expect(await readStreamAsText(streamOf('\uFEFF{"a":1}'), 1000, long)).toBe('{"a":1}');
	});

	test('returns nothing for a text that has too many bytes, and closes its connection', async () => {
		const text = '請'.repeat(10);
		expect(await readStreamAsText(streamOf(text), 30, long)).toBe(text);
		const tooLong = endless(text, text);
		expect(await readStreamAsText(tooLong, 29, long)).toBeUndefined();
		expect(tooLong.destroyed).toBe(true);
	});

	test('ends after its timeout, which can be any number', async () => {
		for (const milliseconds of [30, -5]) {
			const stream = endless('{"row_id":');
			const reading = readStreamAsText(stream, 1000, short(stream, milliseconds));
			await expect(reading).rejects.toEqual(timedOut);
			expect(stream.destroyed).toBe(true);
		}
		for (const milliseconds of [1e15, Number.MAX_VALUE]) {
			const timeout = { ...long, milliseconds };
			expect(await readStreamAsText(streamOf('{}'), 1000, timeout)).toBe('{}');
		}
	});
});

describe('verifiedFileStream', () => {
	const read = async (...args: Parameters<typeof verifiedFileStream>) =>
		await buffer(verifiedFileStream(...args));

	test('passes on a file of the expected size, and rejects any other', async () => {
		const files = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
		await fc.assert(
			fc.asyncProperty(files, fc.nat(500), async (parts, wrongSize) => {
				const chunks = parts.map((part) => Buffer.from(part));
				const bytes = Buffer.concat(chunks);
				const { length } = bytes;
				for (const size of [length, undefined]) {
					expect(await read(streamOf(...chunks), { size }, long)).toEqual(bytes);
				}
				fc.pre(length !== wrongSize);
				const sizes = { size: wrongSize, contentLength: length };
				await expect(read(streamOf(...chunks), sizes, long)).rejects.toThrow(
					`The file has ${length} bytes, not ${wrongSize} as Cloudsquid reported`,
				);
			}),
		);
		await expect(read(streamOf('half'), { size: 8 }, long)).rejects.toThrow('4 bytes, not 8');
		// It arrives unpacked.
		const packed = { size: 3, contentLength: 3 };
		expect(String(await read(streamOf('unpacked'), packed, long))).toBe('unpacked');
	});

	test('ends when no more chunks arrive, however long the reader takes', async () => {
		const stream = endless('a', 'b');
		const chunks: string[] = [];
		const reading = (async () => {
			for await (const chunk of verifiedFileStream(stream, {}, short(stream))) {
				chunks.push(String(chunk));
				await new Promise((resolve) => setTimeout(resolve, 60));
			}
		})();
		await expect(reading).rejects.toEqual(timedOut);
		expect(chunks).toEqual(['a', 'b']);
		expect(stream.destroyed).toBe(true);
	});

	test('passes on an error, and closes the connection when nobody reads anymore', async () => {
		const broken = endless('a');
		const reading = read(broken, {}, long);
		broken.destroy(new Error('gone'));
		await expect(reading).rejects.toThrow('gone');
		const unread = endless('a', 'b');
		for await (const chunk of verifiedFileStream(unread, {}, long)) {
			expect(String(chunk)).toBe('a');
			break;
		}
		expect(unread.destroyed).toBe(true);
	});
});

test('toStream creates a stream of the same class', async () => {
	async function* chunks() {
		yield Buffer.from('ab');
		yield Buffer.from('c');
	}
	const stream = toStream(streamOf(), chunks());
	expect(stream).toBeInstanceOf(Readable);
	expect(String(await buffer(stream as AsyncIterable<Buffer>))).toBe('abc');
});
