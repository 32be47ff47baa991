import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from './faults.mts';
import type { ApiResponse } from './types.mts';

/** The longest time that a timer can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws AbortError when the signal is aborted */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
	await wait(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, { signal });
}

/** A response as bytes. */
interface Message {
	status: number;
	headers: Record<string, string>;
	payload: Buffer;
}

export function send(response: ServerResponse, apiResponse: ApiResponse): void {
	finish(response, encode(apiResponse));
}

/**
 * Sends a fault instead of a response, or applies it to the response.
 *
 * @throws AbortError if the signal is aborted while it waits
 */
export async function sendFault(
	response: ServerResponse,
	fault: Fault,
	apiResponse: ApiResponse | undefined,
	signal: AbortSignal,
): Promise<void> {
	if (fault.delayMs) await sleep(fault.delayMs, signal);
	const message = encode(apiResponse ?? { status: 200 });
	const { payload } = message;
	const half = payload.subarray(0, payload.length >> 1);
	switch (fault.kind) {
		case 'answer':
			return finish(response, encodeFault(fault));
		case 'reset':
			response.socket?.resetAndDestroy();
			return;
		case 'silence':
			return await sleep(Number.POSITIVE_INFINITY, signal);
		case 'truncate':
			return finish(response, { ...message, payload: half });
		case 'cut':
			writeHead(response, message);
			response.write(half, () => response.socket?.destroy());
			return;
		case 'stall':
			writeHead(response, message);
			response.write(half);
			return await sleep(Number.POSITIVE_INFINITY, signal);
		case 'empty':
			return finish(response, { status: 200, headers: {}, payload: Buffer.alloc(0) });
		case 'drip': {
			const { pieceBytes = 16, pauseMs = 10 } = fault;
			writeHead(response, message);
			for (let start = 0; start < payload.length; start += pieceBytes) {
				response.write(payload.subarray(start, start + pieceBytes));
				await sleep(pauseMs, signal);
			}
			return void response.end();
		}
		case 'redirect': {
			const { status = 307, location } = fault;
			return finish(response, { status, headers: { location }, payload: Buffer.alloc(0) });
		}
		case 'delay':
			return finish(response, message);
	}
}

function encode({ status, body, headers = {} }: ApiResponse): Message {
	if (body === undefined) return { status, headers, payload: Buffer.alloc(0) };
	const type = { 'content-type': 'application/json; charset=utf-8' };
	return { status, headers: { ...type, ...headers }, payload: Buffer.from(JSON.stringify(body)) };
}

function encodeFault(fault: Extract<Fault, { kind: 'answer' }>): Message {
	const { status, body, contentType, headers } = fault;
	const type: Record<string, string> = contentType ? { 'content-type': contentType } : {};
	if (typeof body !== 'string') return encode({ status, body, headers: { ...type, ...headers } });
	const guess = `text/${body.startsWith('<') ? 'html' : 'plain'}; charset=utf-8`;
	const all = { 'content-type': guess, ...type, ...headers };
	return { status, headers: all, payload: Buffer.from(body) };
}

function finish(response: ServerResponse, message: Message): void {
	const { req: request } = response;
	writeHead(response, message);
	if (request.complete) return void response.end(message.payload);
	// Closing the connection now would reset it, and the client might never read the response.
	response.write(message.payload);
	request.once('close', () => response.end()).resume();
}

function writeHead(response: ServerResponse, { status, headers, payload }: Message): void {
	const length = status === 204 ? {} : { 'content-length': payload.length };
	response.writeHead(status, { ...length, ...headers });
}
