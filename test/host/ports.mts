import getPort from 'get-port';
import { CommandError } from './errors.mts';

export const LOOPBACK = '127.0.0.1';

/** A free port on the loopback address. */
export async function freePort(): Promise<number> {
	return await getPort({ host: LOOPBACK });
}

/** Reads a port from the command line. @throws CommandError if it is none, or already in use */
export async function readPort(text: string): Promise<number> {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
		throw new CommandError(`--port must be a number from 1 to 65535, not "${text}".`);
	}
	if ((await getPort({ host: LOOPBACK, port })) === port) return port;
	throw new CommandError(
		`Port ${port} is already in use on this machine: choose another one, or leave the option out for a free one.`,
	);
}
