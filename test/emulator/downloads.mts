import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { DownloadRecord } from './books.mts';
import type { FaultPlan } from './faults.mts';
import { altersAnswer } from './faults.mts';
import type { StoredFile } from './documents.mts';
import { sleep } from './sleep.mts';
import { sendFault } from './wire.mts';
import type { World } from './world.mts';

/**
 * Serves the download addresses, as a storage host does: no API key, errors as XML. What is sent along is written down,
 * since a client must not hand its key to another host. Of the faults that alter an answer, `delay` and `drip` delay
 * the file and the others send half of it.
 */
export async function serveDownload(
	world: World,
	faults: FaultPlan,
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
): Promise<void> {
	const record = openRecord(request, response);
	world.books.downloads.push(record);
	const fault = faults.pick('download', world.books.downloads.length);
	if (fault) record.fault = fault;
	if (fault && !altersAnswer(fault)) return await sendFault(response, fault, undefined, signal);
	if (fault?.delayMs) await sleep(fault.delayMs, signal);

	const link = world.links.find(record.url);
	if (request.method !== 'GET') return refuse(response, 405, 'MethodNotAllowed');
	if (!link) return refuse(response, 404, 'NoSuchKey');
	if (link.expires <= Date.now()) return refuse(response, 403, 'AccessDenied');
	const { stored, mimetype } = link.file;
	const ending = endings[fault?.kind ?? ''];
	// Half a file that looks complete is announced as no more than that.
	const bytes = fault?.kind === 'truncate' ? halfOf(stored) : stored.bytes;
	response.writeHead(200, { 'content-type': mimetype, 'content-length': bytes });
	if (ending) {
		await sendHalf(response, stored);
		return void (await ending(response, signal));
	}
	await pipeline(createReadStream(stored.path), response);
}

function openRecord(request: IncomingMessage, response: ServerResponse): DownloadRecord {
	const record: DownloadRecord = {
		url: request.url ?? '',
		headers: request.headers,
		apiKeySent: 'x-api-key' in request.headers,
		startedAt: Date.now(),
	};
	response.once('close', () => {
		record.status = response.headersSent ? response.statusCode : null;
		record.completed = response.writableFinished;
	});
	return record;
}

/** What follows the half of a file, by the kind of fault. */
const endings: Record<string, (response: ServerResponse, signal: AbortSignal) => unknown> = {
	truncate: (response) => response.end(),
	cut: (response) => response.socket?.destroy(),
	stall: async (_response, signal) => await sleep(Number.POSITIVE_INFINITY, signal),
};

const halfOf = ({ bytes }: StoredFile) => bytes >> 1;

/** The first half of a file; of a single byte, nothing. */
async function sendHalf(response: ServerResponse, file: StoredFile): Promise<void> {
	const end = halfOf(file) - 1;
	if (end < 0) return;
	await pipeline(createReadStream(file.path, { end }), response, { end: false });
}

function refuse(response: ServerResponse, status: number, code: string): void {
	const xml = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code></Error>`;
	response.writeHead(status, { 'content-type': 'application/xml; charset=UTF-8' });
	response.end(xml);
}
