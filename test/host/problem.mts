import { existsSync } from 'node:fs';

/** Something the person at the keyboard can put right: one sentence saying what and how, and where the details are. */
export class Problem extends Error {
	constructor(
		sentence: string,
		readonly details?: string,
	) {
		super(sentence);
		this.name = 'Problem';
	}
}

/** What is printed for an error that ends a command. */
export function describeProblem(error: unknown): string {
	if (!(error instanceof Problem)) {
		return error instanceof Error ? (error.stack ?? error.message) : String(error);
	}
	const log = error.details && existsSync(error.details) ? `\nDetails: ${error.details}` : '';
	return `${error.message}${log}`;
}
