import type { ServerResponse } from 'node:http';
import type { ApiResponse } from './contract.mts';

/** What is sent for a response: JSON, unless the body is text or bytes. */
export function encode({ status, body, headers }: ApiResponse) {
	const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
	const payload = Buffer.from(isRaw ? body : body === undefined ? '' : JSON.stringify(body));
	const type = !isRaw ? 'application/json' : payload.at(0) === 0x3c ? 'text/html' : 'text/plain';
	return {
		status,
		headers: {
			...(body !== undefined && { 'content-type': `${type}; charset=utf-8` }),
			...(status !== 204 && { 'content-length': payload.length }),
			...headers,
		},
		payload,
	};
}

/** Sends a response. If the request is still arriving, the connection stays open until the client has sent all of it. */
export function send(response: ServerResponse, apiResponse: ApiResponse): void {
	const { status, headers, payload } = encode(apiResponse);
	const { req: request } = response;
	response.writeHead(status, headers);
	if (request.complete) {
		response.end(payload);
		return;
	}
	// Closing the connection now would reset it, and the client might never read the response.
	response.write(payload);
	request.once('close', () => response.end()).resume();
}
