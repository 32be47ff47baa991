import { Readable } from 'node:stream';
import fc from 'fast-check';
import { AbortScope } from '../../nodes/Cloudsquid/transport/abort.ts';
import {
	readStreamAsText,
	toStream,
	verifiedFileStream,
} from '../../nodes/Cloudsquid/transport/streams.ts';

/** Long enough for what surely comes. */
const patient = { milliseconds: 20_000, scope: new AbortScope() };

/** Short, for what never comes; then the connection is ended, and with it the stream. */
function impatient(stream: Readable, milliseconds = 30) {
	const scope = new AbortScope();
	scope.signal.addEventListener('abort', () => stream.destroy(new Error('ended by us')));
	return { milliseconds, scope };
}

/** A stream of these chunks that then goes silent. */
function stalling(...chunks: string[]): Readable {
	const left = chunks.map((chunk) => Buffer.from(chunk));
	return new Readable({
		read() {
			const next = left.shift();
			if (next) this.push(next);
		},
	});
}

const streamOf = (chunks: Buffer[]) => Readable.from(chunks, { objectMode: false });

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
	const all: Buffer[] = [];
	for await (const chunk of chunks) all.push(chunk);
	return Buffer.concat(all);
}

const anyChunks = fc
	.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 })
	.map((parts) => parts.map((part) => Buffer.from(part)));

describe('an answer', () => {
	test('is read whole, wherever it is cut into pieces', async () => {
		const texts = fc
			.string({ unit: 'grapheme', maxLength: 60 })
			.filter((text) => text[0] !== '\uFEFF');
		await fc.assert(
			fc.asyncProperty(texts, fc.integer({ min: 1, max: 7 }), async (text, size) => {
				const bytes = Buffer.from(text);
				const chunks = [];
				for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
				expect(await readStreamAsText(streamOf(chunks), 1000, patient)).toBe(bytes.toString());
			}),
		);
	});

	test('is read without a byte order mark', async () => {
		const marked = streamOf([Buffer.from('\uFEFF{"a":1}')]);
		expect(await readStreamAsText(marked, 1000, patient)).toBe('{"a":1}');
	});

	test('is not read on when it is too long, and its connection is let go', async () => {
		let given = 0;
		const endless = Readable.from(
			(function* () {
				for (;;) yield Buffer.alloc(100, ++given);
			})(),
			{ objectMode: false, highWaterMark: 100 },
		);
		expect(await readStreamAsText(endless, 1000, patient)).toBeUndefined();
		expect(given).toBeLessThan(20);
		expect(endless.destroyed).toBe(true);
	});

	test('is measured in bytes', async () => {
		const text = '請'.repeat(10);
		expect(await readStreamAsText(streamOf([Buffer.from(text)]), 30, patient)).toBe(text);
		expect(await readStreamAsText(streamOf([Buffer.from(text)]), 29, patient)).toBeUndefined();
	});

	test('that never ends is given up when its time is over', async () => {
		const answer = stalling('{"row_id":');
		const reading = readStreamAsText(answer, 1000, impatient(answer));
		await expect(reading).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		expect(answer.destroyed).toBe(true);
	});

	test('may be given any time at all', async () => {
		for (const time of [1e15, Number.MAX_VALUE]) {
			expect(
				await readStreamAsText(streamOf([Buffer.from('{}')]), 1000, {
					...patient,
					milliseconds: time,
				}),
			).toBe('{}');
		}
		const never = stalling();
		await expect(readStreamAsText(never, 1000, impatient(never, -5))).rejects.toMatchObject({
			code: 'ETIMEDOUT',
		});
	});
});

describe('a file that comes', () => {
	test('is passed on as it is, if it is as long as was told', async () => {
		await fc.assert(
			fc.asyncProperty(anyChunks, fc.boolean(), async (chunks, told) => {
				const bytes = Buffer.concat(chunks);
				const size = told ? bytes.length : undefined;
				expect(await collect(verifiedFileStream(streamOf(chunks), { size }, patient))).toEqual(
					bytes,
				);
			}),
		);
	});

	test('is none, if it is not', async () => {
		await fc.assert(
			fc.asyncProperty(anyChunks, fc.nat(500), async (chunks, size) => {
				const { length } = Buffer.concat(chunks);
				fc.pre(length !== size);
				await expect(
					collect(verifiedFileStream(streamOf(chunks), { size, contentLength: length }, patient)),
				).rejects.toThrow(`The file has ${length} bytes, not ${size} as Cloudsquid reported`);
			}),
		);
	});

	test('is more than was told if it was stored compressed, and unpacked on the way', async () => {
		const file = streamOf([Buffer.from('unpacked')]);
		const sizes = { size: 3, contentLength: 3 };
		expect(String(await collect(verifiedFileStream(file, sizes, patient)))).toBe('unpacked');
	});

	test('is never less than was told', async () => {
		const file = streamOf([Buffer.from('half')]);
		await expect(collect(verifiedFileStream(file, { size: 8 }, patient))).rejects.toThrow(
			'The file has 4 bytes, not 8',
		);
	});

	test('is given up when it stops coming', async () => {
		const file = stalling('half a ', 'file');
		const all = collect(verifiedFileStream(file, {}, impatient(file)));
		await expect(all).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		expect(file.destroyed).toBe(true);
	});

	test('may take its time, as may whoever puts it away', async () => {
		const seen: string[] = [];
		const file = stalling('a', 'b');
		const chunks = verifiedFileStream(file, {}, impatient(file));
		const reading = (async () => {
			for await (const chunk of chunks) {
				seen.push(String(chunk));
				await new Promise((resolve) => setTimeout(resolve, 60));
			}
		})();
		await expect(reading).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		expect(seen).toEqual(['a', 'b']);
	});

	test('passes on why it broke off, and is let go when nobody wants it any more', async () => {
		const broken = stalling('a');
		const all = collect(verifiedFileStream(broken, {}, patient));
		broken.destroy(new Error('gone'));
		await expect(all).rejects.toThrow('gone');
		const unwanted = stalling('a', 'b');
		for await (const chunk of verifiedFileStream(unwanted, {}, patient)) {
			expect(String(chunk)).toBe('a');
			break;
		}
		expect(unwanted.destroyed).toBe(true);
	});
});

test('chunks become a stream of the kind that is at hand', async () => {
	async function* chunks() {
		yield Buffer.from('ab');
		yield Buffer.from('c');
	}
	const stream = toStream(streamOf([]), chunks());
	expect(stream).toBeInstanceOf(Readable);
	expect(String(await collect(stream as AsyncIterable<Buffer>))).toBe('abc');
});
