import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

export interface StartOptions {
	cwd: string;
	env: Record<string, string>;
	/** All that the program prints goes here. */
	log: string;
	/** Append to the log instead of starting it anew. */
	append?: boolean;
	/** Called with every line the program prints. */
	onLine?: (line: string) => void;
	/** Whom the program runs as, where it must not be this process' user. */
	uid?: number;
	gid?: number;
	/** Asks the program to end; SIGTERM unless said. */
	stopSignal?: NodeJS.Signals;
	/** Ends a program that was asked in vain; SIGKILL unless said. */
	killSignal?: NodeJS.Signals;
}

/** A program that was started here. */
export interface Running {
	readonly pid: number | undefined;
	/** Settles when the program has ended; `code` is null when a signal ended it. */
	readonly ended: Promise<{ code: number | null; error?: Error }>;
	/** Asks the program to end, and ends it with all it started when it has not after `graceMs`. */
	stop(graceMs?: number): Promise<void>;
	/** Ends the program with all it started at once, without a chance to put anything in order, as a crash would. */
	kill(): Promise<void>;
}

type Signals = Required<Pick<StartOptions, 'stopSignal' | 'killSignal'>>;

const running = new Map<ChildProcess, Signals>();
let closed = false;

// The last resort, when this process ends without having stopped what it started.
process.once('exit', () => {
	for (const [child, { killSignal }] of running) signalGroup(child, killSignal);
});

/** Starts a program in a process group of its own, so that all it starts can be ended with it. */
export function start(file: string, args: readonly string[], options: StartOptions): Running {
	if (closed) throw new Error('Nothing is started any more: this process is ending.');
	const log = createWriteStream(options.log, { flags: options.append ? 'a' : 'w' });
	const child = spawn(file, args, {
		cwd: options.cwd,
		env: options.env,
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: process.platform !== 'win32',
		windowsHide: true,
		...(options.uid === undefined ? {} : { uid: options.uid }),
		...(options.gid === undefined ? {} : { gid: options.gid }),
	});
	const { stopSignal = 'SIGTERM', killSignal = 'SIGKILL' } = options;
	running.set(child, { stopSignal, killSignal });
	for (const stream of [child.stdout, child.stderr]) {
		stream.pipe(log, { end: false });
		if (options.onLine) forEachLine(stream, options.onLine);
	}
	const ended = endOf(child).finally(() => log.end());
	const kill = async () => {
		signalGroup(child, 'SIGKILL');
		await ended;
	};
	return {
		pid: child.pid,
		ended,
		stop: async (graceMs) => await stop(child, ended, graceMs),
		kill,
	};
}

/** Runs a program to its end. */
export async function run(
	file: string,
	args: readonly string[],
	options: StartOptions,
): Promise<{ code: number | null; error?: Error }> {
	return await start(file, args, options).ended;
}

/** Stops whatever is still running, and lets nothing be started after that. */
export async function stopAll(graceMs = 3000): Promise<void> {
	closed = true;
	const children = [...running.keys()];
	await Promise.all(children.map(async (child) => await stop(child, closeOf(child), graceMs)));
}

async function stop(child: ChildProcess, ended: Promise<unknown>, graceMs = 10_000): Promise<void> {
	const signals = running.get(child);
	if (!signals) return;
	child.kill(signals.stopSignal);
	await Promise.race([ended, sleep(graceMs)]);
	signalGroup(child, signals.killSignal);
	await ended;
}

function endOf(child: ChildProcess): Promise<{ code: number | null; error?: Error }> {
	return new Promise((resolve) => {
		// What it started and left behind would hold its output open, and `close` would not come.
		child.once('exit', () => signalGroup(child, 'SIGKILL'));
		child.once('close', (code) => {
			running.delete(child);
			resolve({ code });
		});
		child.once('error', (error) => {
			running.delete(child);
			resolve({ code: null, error });
		});
	});
}

function closeOf(child: ChildProcess): Promise<void> {
	return new Promise((resolve) => {
		if (!running.has(child)) resolve();
		child.once('close', () => resolve());
		child.once('error', () => resolve());
	});
}

/** Signals the program and all it started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		if (process.platform === 'win32') child.kill(signal);
		else process.kill(-child.pid, signal);
	} catch {
		// It has ended already.
	}
}

function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
	let rest = '';
	stream.setEncoding('utf8');
	stream.on('data', (text: string) => {
		const lines = (rest + text).split(/\r?\n/);
		rest = lines.pop() ?? '';
		lines.forEach(onLine);
	});
	stream.on('end', () => {
		if (rest) onLine(rest);
	});
}

/** Waits without keeping the process alive for it. */
function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
