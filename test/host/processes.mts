import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import execa, { type Options } from 'execa';
import { CommandError } from './errors.mts';

export interface StartOptions extends Pick<Options, 'uid' | 'gid' | 'preferLocal' | 'execPath'> {
	cwd: string;
	env: Record<string, string>;
	/** The file for everything the program prints. */
	log: string;
	append?: boolean;
	onLine?: (line: string) => void;
	/** Asks the program to end. The default is SIGTERM. */
	stopSignal?: NodeJS.Signals;
	/** Ends a program that did not end when asked. The default is SIGKILL. */
	killSignal?: NodeJS.Signals;
}

export interface Running {
	readonly pid: number | undefined;
	/** `code` is undefined if a signal ended it, and `error` says why it could not be started. */
	readonly ended: Promise<{ code?: number; error?: Error }>;
	/** Asks the program to end. After `graceMs`, ends it with everything it started. */
	stop(graceMs?: number): Promise<void>;
	/** Ends the program with everything it started at once, as a crash would. */
	kill(): Promise<void>;
}

const running = new Set<Running>();
let closed = false;

// The last resort, if this process exits without having stopped what it started.
process.once('exit', () => {
	for (const program of running) void program.kill();
});

/** Starts a program in a process group of its own, so that everything it starts ends with it. */
export function start(file: string, args: readonly string[], options: StartOptions): Running {
	if (closed) throw new Error('Nothing can be started: this process is ending.');
	const { log, append, onLine, stopSignal, killSignal = 'SIGKILL', ...spawnOptions } = options;
	const child = execa(file, args, {
		...spawnOptions,
		extendEnv: false,
		stdin: 'ignore',
		all: true,
		buffer: false,
		reject: false,
		cleanup: false,
		detached: process.platform !== 'win32',
	});
	child.all?.pipe(createWriteStream(log, { flags: append ? 'a' : 'w' }));
	if (onLine && child.all) createInterface({ input: child.all }).on('line', onLine);
	const signalGroup = (signal: NodeJS.Signals) => {
		try {
			if (process.platform === 'win32') child.kill(signal);
			else process.kill(-child.pid!, signal);
		} catch {
			// It has already ended.
		}
	};
	// What it left behind would hold its output open.
	child.once('exit', () => signalGroup('SIGKILL'));
	const ended = child.then((result) => {
		running.delete(program);
		const failed = result instanceof Error && child.pid === undefined;
		return failed ? { error: result } : { code: result.exitCode };
	});
	const program: Running = {
		pid: child.pid,
		ended,
		stop: async (graceMs = 10_000) => {
			if (!running.has(program)) return;
			child.kill(stopSignal);
			await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
			await program.kill();
		},
		kill: async () => {
			signalGroup(killSignal);
			await ended;
		},
	};
	running.add(program);
	return program;
}

/** Runs a program to its end. */
export const run = async (...program: Parameters<typeof start>) => await start(...program).ended;

interface ReadyOptions extends StartOptions {
	title: string;
	ready: RegExp;
	advice?: string;
}

/** The first start after an installation can take more than a minute on a busy machine. */
const READY_TIMEOUT_MS = 300_000;

/**
 * Starts a program and waits until it says that it is ready.
 *
 * @returns the program, and the match of `ready`
 * @throws CommandError if it ends or is not ready in time; it does not run anymore
 */
export async function startReady(
	file: string,
	args: readonly string[],
	{ title, ready, advice, ...options }: ReadyOptions,
): Promise<{ running: Running; line: RegExpExecArray }> {
	let onMatch: (line: RegExpExecArray) => void = () => undefined;
	const matched = new Promise<RegExpExecArray>((resolve) => (onMatch = resolve));
	const onLine = (text: string) => {
		options.onLine?.(text);
		const line = ready.exec(text);
		if (line) onMatch(line);
	};
	const program = start(file, args, { ...options, onLine });
	const seconds = READY_TIMEOUT_MS / 1000;
	const tooLate = sleep(READY_TIMEOUT_MS, `was not ready after ${seconds} s`, { ref: false });
	const tooSoon = program.ended.then(({ error }) =>
		error ? `could not be started: ${error.message}` : 'ended before it was ready',
	);
	const line = await Promise.race([matched, tooSoon, tooLate]);
	if (typeof line !== 'string') return { running: program, line };
	await program.stop();
	throw new CommandError(`${title} ${[line, advice].filter(Boolean).join('; ')}.`, options.log);
}

/** Stops everything that still runs. Nothing can be started afterwards. */
export async function stopAll(): Promise<void> {
	closed = true;
	await Promise.all([...running].map(async (program) => await program.stop(3000)));
}
