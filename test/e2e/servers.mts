import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { JsonObject } from '../host/workflow.mts';

/** A server on the loopback address. */
export interface LocalServer {
	port: number;
	/** `http://127.0.0.1:…` */
	origin: string;
	close(): Promise<void>;
}

/** Serves the same file at every path. */
export async function serveFile(content: Buffer, type: string): Promise<LocalServer> {
	return await serve((_request, response) => sendFile(response, content, type));
}

/** Serves files at `/<name>`. */
export async function serveFiles(
	files: ReadonlyMap<string, Buffer>,
	type: string,
): Promise<LocalServer> {
	return await serve(({ url = '' }, response) => {
		const content = files.get(decodeURIComponent(url.slice(1)));
		if (content) sendFile(response, content, type);
		else response.writeHead(404).end();
	});
}

function sendFile(response: ServerResponse, content: Buffer, type: string): void {
	response.writeHead(200, { 'content-type': type, 'content-length': content.length });
	response.end(content);
}

/** A message of OpenAI's chat API. */
export interface ChatMessage {
	role: string;
	content?: unknown;
	tool_calls?: Array<{
		id: string;
		type: 'function';
		function: { name: string; arguments: string };
	}>;
	tool_call_id?: string;
}

/** A request of OpenAI's chat API. */
export interface ChatRequest {
	messages: ChatMessage[];
	tools?: Array<{ function: { name: string; description: string; parameters: JsonObject } }>;
}

/**
 * Serves OpenAI's chat API with scripted responses. A real model decides by itself how to use tools;
 * everything else is the same for the agent.
 */
export async function serveChatModel(
	respond: (request: ChatRequest) => Omit<ChatMessage, 'role'>,
): Promise<LocalServer> {
	return await serve(async (request, response) => {
		const body = (await json(request)) as ChatRequest;
		const message = { role: 'assistant', content: null, ...respond(body) };
		const finish_reason = message.tool_calls ? 'tool_calls' : 'stop';
		const completion = {
			id: 'chatcmpl-scripted',
			object: 'chat.completion',
			created: Math.floor(Date.now() / 1000),
			model: 'scripted',
			choices: [{ index: 0, message, finish_reason }],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify(completion));
	});
}

async function serve(
	handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<LocalServer> {
	const server = createServer((request, response) => void handler(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		server.closeAllConnections();
		server.close();
		await once(server, 'close');
	};
	return { port, origin: `http://127.0.0.1:${port}`, close };
}

/** Receives emails over SMTP, and adds them to `received`. */
export async function serveMail(
	received: string[],
): Promise<{ port: number; close(): Promise<void> }> {
	const server = new SMTPServer({
		authOptional: true,
		disabledCommands: ['STARTTLS'],
		onData: (stream, _session, done) => {
			void text(stream).then((mail) => {
				received.push(mail);
				done();
			});
		},
	});
	server.listen(0, '127.0.0.1');
	await once(server.server, 'listening');
	const { port } = server.server.address() as AddressInfo;
	return { port, close: async () => await new Promise((resolve) => server.close(() => resolve())) };
}
