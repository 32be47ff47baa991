import getPort from 'get-port';
import { CommandError } from './errors.mts';

export const LOOPBACK = '127.0.0.1';

/** A free port on the loopback address. */
export async function freePort(): Promise<number> {
	return await getPort({ host: LOOPBACK });
}

/** @throws CommandError if the port is already in use */
export async function assertPortFree(port: number): Promise<void> {
	if ((await getPort({ host: LOOPBACK, port })) === port) return;
	throw new CommandError(
		`Port ${port} is already in use on this machine: choose another one, or leave the option out for a free one.`,
	);
}

/** Reads a port from the command line. */
export function readPort(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const port = Number(text);
	if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
	throw new CommandError(`--port must be a number from 1 to 65535, not "${text}".`);
}
