import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
	createServer as createHttpServer,
	type IncomingHttpHeaders,
	type RequestListener,
} from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** Starts an HTTP server on the loopback interface. */
export async function startServer(listener: RequestListener) {
	return await open(createHttpServer(listener));
}

/** Starts a server that records each request and responds with an empty list, as the API might. */
export async function startRecordingServer() {
	const visits: Array<{ method?: string; url?: string; headers: IncomingHttpHeaders }> = [];
	const server = await startServer((request, response) => {
		const { method, url, headers } = request;
		visits.push({ method, url, headers });
		request.resume();
		response.setHeader('content-type', 'application/json').end('[]');
	});
	return { ...server, visits };
}

/** Starts a server whose responses never end, as they are or packed as gzip. */
export async function startEndlessResponseServer(status: number, packed: boolean) {
	const counts = { sent: 0, requests: 0 };
	const piece = Buffer.alloc(65_536, 'x');
	const server = await startServer((request, response) => {
		counts.requests++;
		request.resume();
		response.statusCode = status;
		response.setHeader('content-type', 'application/json');
		if (packed) response.setHeader('content-encoding', 'gzip');
		function* body() {
			yield '{"run_id":"';
			for (;;) {
				counts.sent += piece.length;
				yield piece;
			}
		}
		// The client may close the connection early.
		pipeline([Readable.from(body()), ...(packed ? [createGzip()] : []), response], () => {});
	});
	return { ...server, counts };
}

/** Starts a server that accepts connections and reads nothing until its socket is resumed. */
export async function startPausedServer() {
	const sockets: Socket[] = [];
	const server = createServer({ pauseOnConnect: true }, (socket) => {
		sockets.push(socket);
		socket.on('error', () => {});
	});
	return { ...(await open(server)), sockets };
}

/**
 * Starts a proxy in front of the target that stops listening after some connections, so that the
 * next ones are refused, as by a service that restarts. After some refusals it listens again.
 */
export async function startRefusingProxy(target: string, admit: number, refuse: number) {
	const counts = { admitted: 0, refused: 0 };
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		if (++counts.admitted === admit) server.close();
		sockets.add(socket);
		const inside = connect(Number(new URL(target).port), '127.0.0.1');
		pipeline(socket, inside, socket, () => {});
	});
	const { origin } = await open(server);
	const port = Number(new URL(origin).port);
	/** Only the client notices a refused connection. */
	const watch = (message: unknown) => {
		const { socket } = message as { socket: Socket };
		socket.once('error', (error: NodeJS.ErrnoException & { port?: number }) => {
			if (error.code !== 'ECONNREFUSED' || error.port !== port) return;
			if (++counts.refused === refuse) server.listen(port, '127.0.0.1');
		});
	};
	diagnostics.subscribe('net.client.socket', watch);
	if (admit === 0) await close(server);
	const stop = async () => {
		diagnostics.unsubscribe('net.client.socket', watch);
		for (const socket of sockets) socket.destroy();
		await close(server);
	};
	return { origin, counts, close: stop };
}

async function open(server: Server) {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return { origin: `http://127.0.0.1:${port}`, close: async () => await close(server) };
}

async function close(server: Server): Promise<void> {
	if (!server.listening) return;
	server.close();
	await once(server, 'close');
}
