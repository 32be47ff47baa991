import { createServer } from 'node:net';
import { Problem } from './problem.mts';

const LOOPBACK = '127.0.0.1';

/** A port on the loopback address that nothing listens on. */
export async function freePort(): Promise<number> {
	const port = await tryListening(0);
	if (port === undefined) throw new Problem('No free port was found on 127.0.0.1.');
	return port;
}

/** Makes sure that a port somebody asked for is free. */
export async function assertPortFree(port: number): Promise<void> {
	if ((await tryListening(port)) !== undefined) return;
	throw new Problem(
		`Port ${port} is already in use on this machine: name another one, or none for a free one.`,
	);
}

/** Reads a port from a command line. */
export function readPort(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const port = Number(text);
	if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
	throw new Problem(`--port takes a number from 1 to 65535, not "${text}".`);
}

function tryListening(port: number): Promise<number | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(undefined));
		server.listen(port, LOOPBACK, () => {
			const address = server.address();
			const taken = typeof address === 'object' ? address?.port : undefined;
			server.close(() => resolve(taken));
		});
	});
}
