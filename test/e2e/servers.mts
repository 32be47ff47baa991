import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { JsonObject } from '../host/workflow.mts';

/** A server on the loopback interface that a test uses for a while. */
export interface LocalServer {
	port: number;
	/** `http://127.0.0.1:…` */
	origin: string;
	close(): Promise<void>;
}

/** Serves the same bytes at every address, as the place where documents are kept. */
export async function serveFile(content: Buffer, type: string): Promise<LocalServer> {
	return await serveHttp((_request, response) => sendFile(response, content, type));
}

/** Serves files at `/<name>`. */
export async function serveFiles(
	files: ReadonlyMap<string, Buffer>,
	type: string,
): Promise<LocalServer> {
	return await serveHttp(({ url = '' }, response) => {
		const content = files.get(decodeURIComponent(url.slice(1)));
		if (content) sendFile(response, content, type);
		else response.writeHead(404).end();
	});
}

function sendFile(response: ServerResponse, content: Buffer, type: string): void {
	response.writeHead(200, { 'content-type': type, 'content-length': content.length });
	response.end(content);
}

/** A message of a chat, in the words of OpenAI's API. */
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

/** What a chat model is asked. */
export interface ChatRequest {
	messages: ChatMessage[];
	tools?: Array<{ function: { name: string; description: string; parameters: JsonObject } }>;
}

/**
 * Stands in for a chat model: speaks OpenAI's language, and says what `answer` says. A real one
 * decides by itself what to
 * do with tools; everything else about it is the same for the agent.
 */
export async function serveChatModel(
	answer: (request: ChatRequest) => Omit<ChatMessage, 'role'>,
): Promise<LocalServer> {
	return await serveHttp((request, response) => {
		void readJson(request).then((body) => {
			const message = { role: 'assistant', content: null, ...answer(body as ChatRequest) };
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
	});
}

/** Takes e-mails as an SMTP server does, and keeps them as they were sent. */
export async function serveMail(received: string[]): Promise<LocalServer> {
	const server = createTcpServer((socket) => takeMail(socket, received));
	return await listen(server, () => undefined);
}

function takeMail(socket: Socket, received: string[]): void {
	let mail: string[] | undefined;
	let rest = '';
	const say = (line: string) => socket.write(`${line}\r\n`);
	const onLine = (line: string) => {
		if (mail && line !== '.') mail.push(line);
		else if (mail) {
			received.push(mail.join('\n'));
			mail = undefined;
			say('250 taken');
		} else if (/^DATA$/i.test(line)) {
			mail = [];
			say('354 go on');
		} else if (/^QUIT$/i.test(line)) socket.end('221 bye\r\n');
		else say('250 fine');
	};
	socket.setEncoding('utf8').on('error', () => undefined);
	socket.on('data', (text: string) => {
		const lines = (rest + text).split('\r\n');
		rest = lines.pop() ?? '';
		lines.forEach(onLine);
	});
	say('220 here');
}

async function serveHttp(
	handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
	const server = createServer(handler);
	return await listen(server, () => server.closeAllConnections());
}

async function listen(server: Server, endConnections: () => void): Promise<LocalServer> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		endConnections();
		server.close();
		await once(server, 'close');
	};
	return { port, origin: `http://127.0.0.1:${port}`, close };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
	const pieces: Buffer[] = [];
	for await (const piece of request) pieces.push(piece as Buffer);
	return JSON.parse(Buffer.concat(pieces).toString('utf8'));
}
