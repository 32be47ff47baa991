import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.mts';
import { sleep } from './sleep.mts';
import type { Answer } from './types.mts';

/** An answer as the bytes that go out. */
interface Wire {
	status: number;
	headers: Record<string, string>;
	payload: Buffer;
}

/** Sends an answer as it is. */
export function send(response: ServerResponse, answer: Answer): void {
	finish(response, encode(answer));
}

/**
 * Lets a fault happen in place of an answer, or to it. Throws an AbortError when the signal comes while it waits.
 */
export async function sendFault(
	response: ServerResponse,
	fault: Fault,
	answer: Answer | undefined,
	signal: AbortSignal,
): Promise<void> {
	if (fault.delayMs) await sleep(fault.delayMs, signal);
	const wire = encode(answer ?? { status: 200 });
	switch (fault.kind) {
		case 'answer':
			return finish(response, encodeFault(fault));
		case 'reset':
			response.socket?.resetAndDestroy();
			return;
		case 'silence':
			return await sleep(Number.POSITIVE_INFINITY, signal);
		case 'truncate':
			return finish(response, { ...wire, payload: half(wire.payload) });
		case 'cut':
			writeHead(response, wire);
			response.write(half(wire.payload), () => response.socket?.destroy());
			return;
		case 'stall':
			writeHead(response, wire);
			response.write(half(wire.payload));
			return await sleep(Number.POSITIVE_INFINITY, signal);
		case 'empty':
			return finish(response, { status: 200, headers: {}, payload: Buffer.alloc(0) });
		case 'drip':
			return await drip(response, wire, fault, signal);
		case 'redirect':
			return finish(response, encodeRedirect(fault));
		case 'delay':
			return finish(response, wire);
	}
}

function encode({ status, body, headers = {} }: Answer): Wire {
	if (body === undefined) return { status, headers, payload: Buffer.alloc(0) };
	return {
		status,
		headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
		payload: Buffer.from(JSON.stringify(body)),
	};
}

function encodeFault(fault: Extract<Fault, { kind: 'answer' }>): Wire {
	const { status, body, contentType, headers = {} } = fault;
	if (typeof body !== 'string') {
		return encode({
			status,
			body,
			headers: { ...(contentType && { 'content-type': contentType }), ...headers },
		});
	}
	const guessed = body.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
	return {
		status,
		headers: { 'content-type': contentType ?? guessed, ...headers },
		payload: Buffer.from(body),
	};
}

function encodeRedirect(fault: Extract<Fault, { kind: 'redirect' }>): Wire {
	const { status = 307, location } = fault;
	return { status, headers: { location }, payload: Buffer.alloc(0) };
}

async function drip(
	response: ServerResponse,
	wire: Wire,
	{ pieceBytes = 16, pauseMs = 10 }: { pieceBytes?: number; pauseMs?: number },
	signal: AbortSignal,
): Promise<void> {
	writeHead(response, wire);
	for (let start = 0; start < wire.payload.length; start += pieceBytes) {
		response.write(wire.payload.subarray(start, start + pieceBytes));
		await sleep(pauseMs, signal);
	}
	response.end();
}

function finish(response: ServerResponse, wire: Wire): void {
	const { req: request } = response;
	writeHead(response, wire);
	if (request.complete) {
		response.end(wire.payload);
		return;
	}
	// To close the connection now would reset it, and the client might never read the answer.
	response.write(wire.payload);
	request.once('close', () => response.end()).resume();
}

function writeHead(response: ServerResponse, { status, headers, payload }: Wire): void {
	const length = status === 204 ? {} : { 'content-length': payload.length };
	response.writeHead(status, { ...length, ...headers });
}

function half(payload: Buffer): Buffer {
	return payload.subarray(0, payload.length >> 1);
}
