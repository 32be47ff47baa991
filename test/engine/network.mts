import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
	createServer as createHttpServer,
	type IncomingHttpHeaders,
	type RequestListener,
} from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Starts a server that sends a file of 50 bytes slowly, and counts how often it does so at once. */
export async function startSlowFileServer() {
	const counts = { peak: 0, open: 0 };
	const server = await startServer((_request, response) => {
		counts.peak = Math.max(counts.peak, ++counts.open);
		response.once('close', () => counts.open--);
		response.writeHead(200, { 'content-length': 50, 'content-type': 'audio/ogg' });
		async function* body() {
			for (let left = 50; left > 0; left--) {
				await sleep(3);
				yield '.';
			}
		}
		pipeline(Readable.from(body()), response, () => {});
	});
	return { ...server, counts };
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

/** Starts a server that responds as soon as a request begins, as proxies do to what is too large. */
export async function startEarlyResponseServer(statusLine: string) {
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => socket.end(`HTTP/1.1 ${statusLine}\r\nConnection: close\r\n\r\n`));
		socket.resume();
	});
	return await open(server);
}

/** Starts a server that accepts connections and reads nothing until its socket is resumed. */
export async function startPausedServer() {
	const connections: Array<{ socket: Socket; bytes: number }> = [];
	const server = createServer({ pauseOnConnect: true }, (socket) => {
		const connection = { socket, bytes: 0 };
		connections.push(connection);
		socket.on('error', () => {});
		socket.on('data', (chunk) => (connection.bytes += chunk.length));
		socket.pause();
	});
	return { ...(await open(server)), connections };
}

/**
 * A proxy that stops listening after some connections, so that the next ones are refused, as by a
 * service that restarts.
 */
export class TcpProxy {
	/** How many connections were refused. */
	refusals = 0;
	origin = '';
	private admitted = 0;
	private readonly sockets = new Set<Socket>();
	private readonly server = createServer((socket) => this.pass(socket));

	private constructor(
		private readonly target: string,
		private readonly admit: number,
		private readonly refuse: number,
	) {}

	/**
	 * @param target the origin behind the proxy
	 * @param admit how many connections pass before it stops listening
	 * @param refuse after how many refused connections it listens again
	 */
	static async start(target: string, admit: number, refuse: number): Promise<TcpProxy> {
		const proxy = new TcpProxy(target, admit, refuse);
		({ origin: proxy.origin } = await open(proxy.server));
		diagnostics.subscribe('net.client.socket', proxy.watch);
		if (admit === 0) await close(proxy.server);
		return proxy;
	}

	async close(): Promise<void> {
		diagnostics.unsubscribe('net.client.socket', this.watch);
		for (const socket of this.sockets) socket.destroy();
		await close(this.server);
	}

	private get port(): number {
		return Number(new URL(this.origin).port);
	}

	/** Only the client notices a refused connection. */
	private readonly watch = (message: unknown) => {
		const { socket } = message as { socket: Socket };
		socket.once('error', (error: NodeJS.ErrnoException & { port?: number }) => {
			if (error.code !== 'ECONNREFUSED' || error.port !== this.port) return;
			this.refusals++;
			if (this.refusals === this.refuse) this.server.listen(this.port, '127.0.0.1');
		});
	};

	private pass(socket: Socket): void {
		this.admitted++;
		if (this.admitted === this.admit) this.server.close();
		const inside = connect(Number(new URL(this.target).port), '127.0.0.1');
		for (const end of [socket, inside]) {
			this.sockets.add(end);
			end.on('error', () => {});
			end.once('close', () => {
				socket.destroy();
				inside.destroy();
			});
		}
		socket.pipe(inside).pipe(socket);
	}
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
