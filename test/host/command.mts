import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { CleanUp } from './cleanUp.mts';
import { describeProblem, Problem } from './problem.mts';
import { stopAll } from './processes.mts';

/** The exit codes of a program that a signal has ended. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs a command to its end: an error that ends it is said in a sentence, a signal ends it in order,
 * and whatever way it ends nothing that it started is left behind.
 *
 * @param work gives the exit code; `signal` tells it that the command is to end
 */
export async function runCommand(
	work: (cleanUp: CleanUp, signal: AbortSignal) => Promise<number>,
): Promise<never> {
	// The node's pauses do not keep a process running; in n8n, the server does.
	setInterval(() => undefined, 60_000);
	const cleanUp = new CleanUp();
	const interruption = new AbortController();
	const end = async (code: number): Promise<never> => {
		await cleanUp.close();
		await stopAll();
		process.exit(code);
	};
	for (const [name, code] of Object.entries(SIGNALS)) {
		process.on(name, () => {
			// Who asks twice does not want to wait: what still runs is killed as this process ends.
			if (interruption.signal.aborted) process.exit(code);
			interruption.abort();
			console.error('\nStopping…');
			void end(code);
		});
	}
	try {
		return await end(await work(cleanUp, interruption.signal));
	} catch (error) {
		// What an interrupted command fails with is the interruption; its end is under way.
		if (interruption.signal.aborted) return await new Promise<never>(() => undefined);
		console.error(`\n✗ ${describeProblem(error)}`);
		return await end(1);
	}
}

/**
 * The options of a command line, and its other arguments, if it takes any. What is wrong with them
 * becomes a `Problem` that names `command`.
 */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
	args: readonly string[],
	options: T,
	command: string,
	allowPositionals = false,
) {
	try {
		return parseArgs({ args: [...args], options, allowPositionals });
	} catch (error) {
		// Node.js says more than one sentence; the first says which option it is about.
		const [sentence] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/);
		throw new Problem(`${sentence?.replace(/\.$/, '')}; see ${command} -- --help.`);
	}
}
