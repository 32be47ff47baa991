import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CommandError, describeError } from './errors.mts';
import { stopAll } from './processes.mts';

/** Steps to take at the end, in reverse order. */
export class CleanUp {
	private readonly steps: Array<() => Promise<void> | void> = [];
	private closed = false;

	/** Adds a step. After the end, it is taken at once. */
	async add(step: () => Promise<void> | void): Promise<void> {
		if (this.closed) await step();
		else this.steps.push(step);
	}

	/** Takes all steps. If one fails, the others are still taken. */
	async close(): Promise<void> {
		this.closed = true;
		for (let step = this.steps.pop(); step; step = this.steps.pop()) {
			try {
				await step();
			} catch (error) {
				console.error(error);
			}
		}
	}
}

/** Opens several things. If one fails, those already open are closed. */
export async function withCleanUp<T>(open: (cleanUp: CleanUp) => Promise<T>): Promise<T> {
	const cleanUp = new CleanUp();
	try {
		return await open(cleanUp);
	} catch (error) {
		await cleanUp.close();
		throw error;
	}
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs a command and ends the process. An error is printed as a sentence, a signal ends the command
 * in order, and nothing that it started is left behind.
 *
 * @param work returns the exit code; `signal` is aborted when the command must end
 */
export async function runCommand(
	work: (cleanUp: CleanUp, signal: AbortSignal) => Promise<number>,
): Promise<never> {
	// The node's timers do not keep a process running. In n8n, the server does.
	setInterval(() => undefined, 60_000);
	const cleanUp = new CleanUp();
	const interruption = new AbortController();
	const end = async (code: number): Promise<never> => {
		await cleanUp.close();
		await stopAll();
		process.exit(code);
	};
	for (const [name, code] of Object.entries(EXIT_CODES)) {
		process.on(name, () => {
			// A second signal does not wait: what still runs is killed as this process exits.
			if (interruption.signal.aborted) process.exit(code);
			interruption.abort();
			console.error('\nStopping…');
			void end(code);
		});
	}
	try {
		return await end(await work(cleanUp, interruption.signal));
	} catch (error) {
		// An interrupted command fails because of the interruption, and is about to exit.
		if (interruption.signal.aborted) return await new Promise<never>(() => undefined);
		console.error(`\n✗ ${describeError(error)}`);
		return await end(1);
	}
}

/**
 * Parses the options of the command that `help` describes, and positional arguments if allowed. With
 * `--help`, prints `help` and ends the process.
 *
 * @throws CommandError if they are wrong
 */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
	help: string,
	options: T,
	allowPositionals = false,
) {
	const helpOption = { help: { type: 'boolean', short: 'h' } } as const;
	try {
		const parsed = parseArgs({ options: { ...options, ...helpOption }, allowPositionals });
		if (!('help' in parsed.values)) return parsed;
	} catch (error) {
		// The first sentence of Node.js says which option it is about.
		const [sentence] = (error as Error).message.split(/\.\s|\n/);
		const [command] = /^npm run \S+/.exec(help)!;
		throw new CommandError(`${sentence?.replace(/\.$/, '')}; see ${command} -- --help.`);
	}
	console.log(help);
	process.exit(0);
}
