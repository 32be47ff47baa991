import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { JsonObject } from '../host/workflow.mts';

/** A server on the loopback address, until it is disposed of. */
interface LocalServer extends AsyncDisposable {
	port: number;
	/** `http://127.0.0.1:…` */
	origin: string;
}

/** Serves what `find` returns for a path. */
export async function serveFiles(
	find: (path: string) => Buffer | string | undefined,
): Promise<LocalServer> {
	return await serve(({ url = '' }, response) => {
		const content = find(url);
		response.writeHead(content === undefined ? 404 : 200).end(content);
	});
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

/** Serves OpenAI's chat API with scripted responses. */
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
	const dispose = async () => {
		server.closeAllConnections();
		await server[Symbol.asyncDispose]();
	};
	return { port, origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
}

/** Receives emails over SMTP, and adds them to `received`. */
export async function serveMail(received: string[]): Promise<Omit<LocalServer, 'origin'>> {
	const mailServer = new SMTPServer({
		authOptional: true,
		disabledCommands: ['STARTTLS'],
		onData: (stream, _session, done) => {
			void text(stream).then((mail) => {
				received.push(mail);
				done();
			});
		},
	});
	mailServer.listen(0, '127.0.0.1');
	await once(mailServer.server, 'listening');
	const { port } = mailServer.server.address() as AddressInfo;
	const dispose = async () => await new Promise<void>((resolve) => mailServer.close(resolve));
	return { port, [Symbol.asyncDispose]: dispose };
}
