import { existsSync } from 'node:fs';

/** Something the user can fix: a sentence that says what and how, and the file with the details. */
export class CommandError extends Error {
	constructor(
		sentence: string,
		readonly details?: string,
	) {
		super(sentence);
		this.name = 'CommandError';
	}
}

/** What a command prints for an error that ends it. */
export function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if (!(error instanceof CommandError)) return error.stack ?? error.message;
	const { message, details } = error;
	return details && existsSync(details) ? `${message}\nDetails: ${details}` : message;
}
