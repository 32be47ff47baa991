import { Problem } from './problem.mts';
import type { Running, StartOptions } from './processes.mts';
import { start } from './processes.mts';

export interface ReadyOptions extends StartOptions {
	/** What the program is called where it has to be said that it did not start. */
	title: string;
	/** Found in the line by which the program says that it can be used. */
	ready: RegExp;
	/** What to do about a program that does not start. */
	advice?: string;
}

/** A program that is ready to be used, and the line that said so, taken apart by `ready`. */
export interface Ready {
	running: Running;
	line: RegExpExecArray;
}

/** Some seconds, but a minute and more for the first start after an installation on a busy machine. */
const TIMEOUT_MS = 300_000;

/** Starts a program and waits for the line by which it says that it is ready; one that does not come that far is ended. */
export async function startReady(
	file: string,
	args: readonly string[],
	{ title, ready, advice, ...options }: ReadyOptions,
): Promise<Ready> {
	let say: (line: RegExpExecArray) => void = () => undefined;
	const said = new Promise<RegExpExecArray>((resolve) => (say = resolve));
	const running = start(file, args, {
		...options,
		onLine: (text) => {
			options.onLine?.(text);
			const line = ready.exec(text);
			if (line) say(line);
		},
	});
	let timer: NodeJS.Timeout | undefined;
	const tooLate = new Promise<string>((resolve) => {
		timer = setTimeout(() => resolve(`was not ready after ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
	});
	const tooSoon = running.ended.then(({ error }) =>
		error ? `could not be started: ${error.message}` : 'ended before it was ready',
	);
	const line = await Promise.race([said, tooSoon, tooLate]);
	clearTimeout(timer);
	if (typeof line !== 'string') return { running, line };
	await running.stop();
	throw new Problem(`${title} ${[line, advice].filter(Boolean).join('; ')}.`, options.log);
}
