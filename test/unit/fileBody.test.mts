import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { IExecutePaginationFunctions } from 'n8n-workflow';
import {
	createFileBody,
	encodeJsonBody,
	encodedLength,
	jsonEnvelope,
} from '../../nodes/Cloudsquid/transport/fileBody.ts';
import type { StreamedBody } from '../../nodes/Cloudsquid/transport/request.ts';

/** The chunk size that n8n's binary store is asked for. */
const CHUNK_SIZE = 49_152;

const pdf = { filename: 'invoice.pdf', mimetype: 'application/pdf' as const };

/** Bytes that differ from their neighbors, so that lost or exchanged ones are noticed. */
function makeBytes(size: number): Buffer {
	return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256));
}

function split(bytes: Buffer, chunkSize: number): Buffer[] {
	const count = Math.ceil(bytes.length / chunkSize);
	return Array.from({ length: count }, (_, i) =>
		bytes.subarray(i * chunkSize, (i + 1) * chunkSize),
	);
}

/** Sends a body, and returns what was sent until its end or an error. */
async function send(chunks: Buffer[], fields = pdf, size = Buffer.concat(chunks).length) {
	const { before, after } = jsonEnvelope(fields);
	const sent: Buffer[] = [];
	let error: unknown;
	try {
		for await (const part of encodeJsonBody(Readable.from(chunks), size, before, after))
			sent.push(part);
	} catch (thrown) {
		error = thrown;
	}
	return { sent, body: Buffer.concat(sent), error, length: encodedLength(size, before, after) };
}

async function expectRoundTrip(chunks: Buffer[], fields = pdf): Promise<void> {
	const { body, length } = await send(chunks, fields);
	expect(body.length).toBe(length);
	const file = Buffer.concat(chunks).toString('base64');
	expect(JSON.parse(body.toString())).toEqual({ ...fields, file_type: 'binary', file });
}

test('encodes any bytes in any chunks with any file name', async () => {
	const special = ['', '"', '\\', 'a"},"file":"x', 'line\r\nbreak\u2028\u2029', '__proto__']
		.concat(['\u0000\u0001\u001f\u007f', 'Übersicht – Größe.pdf', '🧾.pdf', '\ud83e', 'a\udd91b'])
		.concat(['\udd91\ud83e', 'n'.repeat(10_240), '請'.repeat(10_240)]);
	const names = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.string({ unit: 'grapheme' }),
		fc.constantFrom(...special),
	);
	for (const filename of special) await expectRoundTrip([makeBytes(10)], { ...pdf, filename });
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }),
			names,
			async (chunks, filename) => {
				const buffers = chunks.map((chunk) => Buffer.from(chunk));
				await expectRoundTrip(buffers, { ...pdf, filename });
			},
		),
		{ numRuns: 300 },
	);
});

test('holds one chunk and two bytes, and requests the next chunk only after that', async () => {
	const { sent } = await send(split(makeBytes(10 * CHUNK_SIZE + 5), CHUNK_SIZE + 1));
	const longest = Math.max(...sent.map(({ length }) => length));
	expect(longest).toBeLessThanOrEqual(Math.ceil((CHUNK_SIZE + 3) / 3) * 4);
	expect(sent.length).toBeGreaterThan(10);
	let requested = 0;
	async function* chunks() {
		while (++requested <= 3) yield Buffer.from('abc');
	}
	const body = encodeJsonBody(chunks(), 9, '{"file":"', '"}');
	await body.next();
	expect(requested).toBe(0);
	expect(String((await body.next()).value)).toBe('YWJj');
	expect(requested).toBe(1);
});

test('ends the body early if the file has another size than recorded', async () => {
	const sizes = fc.tuple(fc.nat(40), fc.nat(40)).filter(([bytes, size]) => bytes !== size);
	await fc.assert(
		fc.asyncProperty(sizes, fc.integer({ min: 1, max: 50 }), async ([bytes, size], chunkSize) => {
			const { body, error, length } = await send(split(makeBytes(bytes), chunkSize), pdf, size);
			const message =
				bytes > size
					? `The file has more than the ${size} bytes that n8n recorded.`
					: `The file has ${bytes} bytes, not ${size} as n8n recorded.`;
			expect(error).toEqual(new RangeError(message));
			// What exceeds the announced length would be read as another request.
			expect(body.length).toBeLessThan(length);
			expect(() => JSON.parse(body.toString()) as unknown).toThrow(SyntaxError);
		}),
	);
});

describe('createFileBody', () => {
	const bytes = makeBytes(100_000);
	const json = JSON.stringify({ ...pdf, file_type: 'binary', file: bytes.toString('base64') });
	const file = { mimeType: 'application/pdf', data: '' };

	test('streams a stored file, which each attempt opens again', async () => {
		const opened: Readable[] = [];
		const getBinaryStream = async (id: string, chunkSize: number) => {
			expect([id, chunkSize]).toEqual(['filesystem-v2:1', CHUNK_SIZE]);
			opened.push(Readable.from(split(bytes, chunkSize), { objectMode: false }));
			return opened.at(-1);
		};
		const context = { helpers: { getBinaryStream } } as unknown as IExecutePaginationFunctions;
		const stored = { ...file, id: 'filesystem-v2:1', data: 'filesystem-v2' };
		const body = createFileBody(context, stored, bytes.length, pdf) as StreamedBody;
		expect(body.length).toBe(json.length);
		for (const attempt of [1, 2]) {
			expect(String(await buffer(await body.open()))).toBe(json);
			expect(opened).toHaveLength(attempt);
		}
		const aborted = (await body.open()) as Readable;
		aborted.destroy();
		await new Promise((resolve) => opened[2]!.once('close', resolve));
		expect(opened[2]!.destroyed).toBe(true);
	});

	test('encodes a file in memory at once', () => {
		const inMemory = { ...file, data: bytes.toString('base64url') };
		const context = {} as IExecutePaginationFunctions;
		expect(String(createFileBody(context, inMemory, bytes.length, pdf))).toBe(json);
	});
});

test('passes on the error of a file that cannot be read', async () => {
	async function* broken() {
		yield Buffer.from('abc');
		throw new Error('gone');
	}
	const body = encodeJsonBody(broken(), 6, '{"file":"', '"}');
	await expect(buffer(Readable.from(body))).rejects.toThrow('gone');
});
