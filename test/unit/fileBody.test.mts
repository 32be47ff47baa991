import fc from 'fast-check';
import {
	encodeJsonBody,
	encodedLength,
	jsonEnvelope,
} from '../../nodes/Cloudsquid/transport/fileBody.ts';

/** How much of a file n8n's binary store is asked for at a time. */
const CHUNK_SIZE = 49_152;

const pdf = { filename: 'invoice.pdf', mimetype: 'application/pdf' as const };

/** Bytes that differ from their neighbours, so that none can be lost or exchanged unnoticed. */
function makeBytes(size: number): Buffer {
	return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256));
}

function split(bytes: Buffer, chunkSize: number): Buffer[] {
	const chunks: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += chunkSize) {
		chunks.push(bytes.subarray(at, at + chunkSize));
	}
	return chunks;
}

async function* streamOf(chunks: Buffer[]): AsyncGenerator<Buffer> {
	yield* chunks;
}

/** The body that is sent, piece by piece, and what was announced of it. */
async function send(chunks: Buffer[], head = pdf, size = Buffer.concat(chunks).length) {
	const { before, after } = jsonEnvelope(head);
	const pieces: Buffer[] = [];
	for await (const piece of encodeJsonBody(streamOf(chunks), size, before, after))
		pieces.push(piece);
	return { pieces, body: Buffer.concat(pieces), announced: encodedLength(size, before, after) };
}

/** Reads a body as the API does. */
function read(body: Buffer) {
	const document = JSON.parse(body.toString('utf8')) as Record<string, string>;
	return { ...document, file: Buffer.from(document.file!, 'base64') };
}

async function expectRoundTrip(chunks: Buffer[], head = pdf) {
	const { body, announced } = await send(chunks, head);
	const bytes = Buffer.concat(chunks);
	expect(body.length).toBe(announced);
	const document = read(body);
	expect(document.file.equals(bytes)).toBe(true);
	expect({ ...document, file: undefined }).toEqual({ ...head, file_type: 'binary' });
	// Padding within the text, which some readers take for its end, would still decode here.
	expect((JSON.parse(body.toString()) as { file: string }).file).toBe(bytes.toString('base64'));
}

test.each([0, 1, 2, 3, 4, 5, 6, 7])('a file of %i bytes arrives whole', async (size) => {
	const bytes = makeBytes(size);
	await expectRoundTrip([bytes]);
	for (const chunkSize of [1, 2, 3, 4]) await expectRoundTrip(split(bytes, chunkSize));
});

test.each([
	CHUNK_SIZE - 1,
	CHUNK_SIZE,
	CHUNK_SIZE + 1,
	2 * CHUNK_SIZE - 1,
	2 * CHUNK_SIZE,
	2 * CHUNK_SIZE + 1,
])('a file of %i bytes arrives whole', async (size) => {
	const bytes = makeBytes(size);
	await expectRoundTrip(split(bytes, CHUNK_SIZE));
	// Stores that know no chunk size give pieces of their own.
	await expectRoundTrip(split(bytes, 65_536));
	await expectRoundTrip([bytes.subarray(0, 100), Buffer.alloc(0), bytes.subarray(100)]);
});

const filenames = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc.string({ unit: 'grapheme' }),
	fc.constantFrom(
		'',
		'"',
		'\\',
		'a"},"file":"x',
		'line\r\nbreak\u2028\u2029',
		'\u0000\u0001\u001f\u007f',
		'Übersicht – Größe.pdf',
		'請求書.pdf',
		'🧾🧾.pdf',
		'\ud83e',
		'\udd91 alone.pdf',
		'__proto__',
		'n'.repeat(10_240),
		'請'.repeat(10_240),
	),
);

test('any bytes in any pieces under any name make the right body, as long as announced', async () => {
	const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
	await fc.assert(
		fc.asyncProperty(pieces, filenames, async (parts, filename) => {
			await expectRoundTrip(
				parts.map((part) => Buffer.from(part)),
				{ ...pdf, filename },
			);
		}),
		{ numRuns: 300 },
	);
});

test.each([
	['a lone high surrogate', '\ud83e'],
	['a lone low surrogate', 'a\udd91b'],
	['two in the wrong order', '\udd91\ud83e'],
	['a name of 30 KB', '請'.repeat(10_240)],
])('the file name may have %s', async (_, filename) => {
	await expectRoundTrip([makeBytes(10)], { ...pdf, filename });
});

test('no more of a file is held than a chunk and two bytes', async () => {
	const { pieces } = await send(split(makeBytes(10 * CHUNK_SIZE + 5), CHUNK_SIZE + 1));
	const longest = Math.max(...pieces.map((piece) => piece.length));
	expect(longest).toBeLessThanOrEqual(Math.ceil((CHUNK_SIZE + 3) / 3) * 4);
	expect(pieces.length).toBeGreaterThan(10);
});

test('a chunk is turned before the next one is asked for', async () => {
	const asked: number[] = [];
	async function* slowly() {
		for (let i = 1; i <= 3; i++) {
			asked.push(i);
			yield Buffer.from('abc');
		}
	}
	const { before, after } = jsonEnvelope(pdf);
	const body = encodeJsonBody(slowly(), 9, before, after);
	await body.next();
	expect(asked).toEqual([]);
	expect((await body.next()).value?.toString()).toBe('YWJj');
	expect(asked).toEqual([1]);
	await body.return(undefined);
	expect(asked).toEqual([1]);
});

describe('a file that is not as long as recorded', () => {
	/** What is sent of a body until it breaks off, and why it does. */
	async function sendBroken(chunks: Buffer[], size: number) {
		const { before, after } = jsonEnvelope(pdf);
		let sent = '';
		const done = (async () => {
			for await (const piece of encodeJsonBody(streamOf(chunks), size, before, after)) {
				sent += piece.toString();
			}
		})();
		const reason = await done.then(
			() => undefined,
			(error: unknown) => error,
		);
		return { sent, reason, announced: encodedLength(size, before, after) };
	}

	test.each([
		[0, 1],
		[0, 3],
		[1, 2],
		[2, 3],
		[3, 4],
		[100, 1000],
	])('%i bytes, recorded as %i: the body breaks off before its end', async (bytes, size) => {
		const { sent, reason, announced } = await sendBroken([makeBytes(bytes)], size);
		expect(reason).toEqual(
			new RangeError(`The file has ${bytes} bytes, not ${size} as n8n recorded.`),
		);
		expect(sent.length).toBeLessThan(announced);
	});

	test.each([
		[1, 0],
		[2, 1],
		[3, 2],
		[4, 3],
		[1000, 100],
	])('%i bytes, recorded as %i: the body breaks off before its end', async (bytes, size) => {
		for (const chunkSize of [1, 3, 7, 2000]) {
			const chunks = split(makeBytes(bytes), chunkSize);
			const { sent, reason, announced } = await sendBroken(chunks, size);
			expect(reason).toEqual(
				new RangeError(`The file has more than the ${size} bytes that n8n recorded.`),
			);
			// What goes out beyond the announced length would be taken for another request.
			expect(sent.length).toBeLessThan(announced);
		}
	});

	test('never looks like a whole document', async () => {
		const sizes = fc.tuple(fc.nat(40), fc.nat(40)).filter(([bytes, size]) => bytes !== size);
		await fc.assert(
			fc.asyncProperty(sizes, fc.integer({ min: 1, max: 10 }), async ([bytes, size], chunkSize) => {
				const { sent, reason, announced } = await sendBroken(
					split(makeBytes(bytes), chunkSize),
					size,
				);
				expect(reason).toBeInstanceOf(RangeError);
				expect(sent.length).toBeLessThan(announced);
				expect(() => JSON.parse(sent)).toThrow(SyntaxError);
			}),
		);
	});

	test('passes on what the store says when the file cannot be read', async () => {
		async function* broken() {
			yield Buffer.from('abc');
			throw new Error('gone');
		}
		const body = encodeJsonBody(broken(), 6, '{"file":"', '"}');
		const readAll = async () => {
			for await (const piece of body) void piece;
		};
		await expect(readAll()).rejects.toThrow('gone');
	});
});
