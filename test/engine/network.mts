import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** A web server of somebody else, which writes down who came and with what. */
export interface Stranger {
	origin: string;
	visits: Array<{ method?: string; url?: string; headers: IncomingHttpHeaders }>;
	close(): Promise<void>;
}

/** Starts a server that answers everything with an empty list, as if it were the API. */
export async function startStranger(): Promise<Stranger> {
	const visits: Stranger['visits'] = [];
	const server = createHttpServer((request, response) => {
		const { method, url, headers } = request;
		visits.push({ method, url, headers });
		request.resume();
		response.setHeader('content-type', 'application/json').end('[]');
	});
	return { origin: await listen(server), visits, close: async () => await close(server) };
}

/** Starts a server that sends a file bit by bit and counts how often it does so at once. */
export async function startVault() {
	const vault = { origin: '', peak: 0, close: async () => await close(server) };
	let open = 0;
	const server = createHttpServer((_request, response) => {
		vault.peak = Math.max(vault.peak, ++open);
		response.once('close', () => open--);
		response.writeHead(200, { 'content-length': 50, 'content-type': 'audio/ogg' });
		let left = 50;
		const sending = setInterval(() => {
			response.write('.');
			if (--left > 0) return;
			clearInterval(sending);
			response.end();
		}, 3);
	});
	vault.origin = await listen(server);
	return vault;
}

/**
 * Starts a server whose every answer is one JSON object of this many bytes, sent as fast as they
 * are taken; or one that never ends.
 *
 * @param packed whether it comes as gzip, of which a few kilobytes are a flood as well
 */
export async function startFlood(status: number, bytes: number, packed = false) {
	const flood = { origin: '', sent: 0, requests: 0, close: async () => await close(server) };
	const server = createHttpServer((request, response) => {
		flood.requests++;
		request.resume();
		response.writeHead(status, {
			'content-type': 'application/json',
			...(packed && { 'content-encoding': 'gzip' }),
		});
		const [head, tail, piece] = ['{"run_id":"', '"}', Buffer.alloc(65_536, 'x')];
		async function* body() {
			yield head;
			for (let left = bytes - head.length - tail.length; left > 0; left -= piece.length) {
				flood.sent += piece.length;
				yield piece.subarray(0, Math.min(left, piece.length));
			}
			yield tail;
		}
		const streams = [Readable.from(body()), ...(packed ? [createGzip()] : []), response];
		// Who has had enough breaks the connection off.
		pipeline(streams, () => {});
	});
	flood.origin = await listen(server);
	return flood;
}

/**
 * Starts a server that answers as soon as a request begins, and lets the rest of it come all the
 * same, as proxies do that refuse what is too large.
 */
export async function startRefuser(statusLine: string) {
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => socket.end(`HTTP/1.1 ${statusLine}\r\nConnection: close\r\n\r\n`));
		socket.resume();
	});
	return { origin: await listen(server), close: async () => await close(server) };
}

/** Starts a server that takes connections and reads nothing until told to. */
export async function startSink() {
	const connections: Array<{ socket: Socket; bytes: number }> = [];
	const server = createServer({ pauseOnConnect: true }, (socket) => {
		const connection = { socket, bytes: 0 };
		connections.push(connection);
		socket.on('error', () => {});
		socket.on('data', (chunk) => (connection.bytes += chunk.length));
		socket.pause();
	});
	return { origin: await listen(server), connections, close: async () => await close(server) };
}

/**
 * A door in front of a server. After so many connections it is shut, so that the next ones are
 * refused, as by a service that is being restarted.
 */
export class Door {
	/** How many connections were refused. */
	refusals = 0;

	origin = '';

	private admitted = 0;

	private readonly sockets = new Set<Socket>();

	private readonly server: Server;

	private constructor(
		private readonly target: string,
		private readonly admit: number,
		private readonly refuse: number,
	) {
		this.server = createServer((socket) => this.pass(socket));
	}

	/**
	 * @param target the origin behind the door
	 * @param admit how many connections pass before it is shut
	 * @param refuse after how many refused connections it opens again
	 */
	static async open(target: string, admit = 0, refuse = Number.POSITIVE_INFINITY): Promise<Door> {
		const door = new Door(target, admit, refuse);
		door.origin = await listen(door.server);
		diagnostics.subscribe('net.client.socket', door.watch);
		if (admit === 0) await close(door.server);
		return door;
	}

	async close(): Promise<void> {
		diagnostics.unsubscribe('net.client.socket', this.watch);
		for (const socket of this.sockets) socket.destroy();
		await close(this.server);
	}

	private get port(): number {
		return Number(new URL(this.origin).port);
	}

	/** A refused connection is seen by nobody but who wanted it. */
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

async function listen(server: Server): Promise<string> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
	if (!server.listening) return;
	server.close();
	await once(server, 'close');
}
