import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Job, KnownIds } from './job';
import { surelyDidNothing, type Setback } from './retry';

/** Why a request gave no usable answer. */
export type FailureKind =
	| 'badRequest'
	| 'unauthorized'
	| 'forbidden'
	| 'notFound'
	| 'conflict'
	| 'tooLarge'
	| 'unsupportedType'
	| 'unprocessable'
	| 'rateLimited'
	| 'serverError'
	| 'otherStatus'
	| 'redirected'
	| 'webPage'
	| 'notJson'
	| 'emptyAnswer'
	| 'answerTooLong'
	| 'unexpectedAnswer'
	| 'notConnected'
	| 'connectionLost'
	| 'certificate'
	| 'timedOut'
	| 'notAllowed'
	| 'brokenOff'
	| 'stopped';

/** What went wrong, in a word that a workflow can decide by; part of what an error item tells. */
export type ErrorKind =
	FailureKind | 'input' | 'runFailed' | 'runUnfinished' | 'downloadFailed' | 'unexpected';

/** A request that gave no usable answer, with all that is known about why. */
export interface Failure extends Setback {
	kind: FailureKind;
	method: string;
	/** What the API itself said (`errorMessage`), shortened and without the API key. */
	apiMessage?: string;
	/** What n8n itself says, where no part of the network is to blame. */
	reason?: string;
	/** What the service asked to wait before the next try, in milliseconds. */
	retryAfter?: number;
}

/** What the user reads: what happened, and how to go on. */
interface Explanation {
	message: string;
	description: string;
}

const labels: Record<keyof KnownIds, string> = {
	project_name: 'Project',
	table_id: 'Table',
	row_id: 'Row ID',
	run_id: 'Run ID',
	task_id: 'Task ID',
	path: 'Path',
	source_field: 'Input Data Field Name',
};

/** The parameters that chose what the request was about, quoted as the editor shows them. */
function quoteParameters(known: KnownIds, keys = Object.keys(known) as Array<keyof KnownIds>) {
	const names = keys
		.filter((key) => known[key] !== undefined && key !== 'source_field')
		.map((key) => `'${labels[key]}'`);
	return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('');
}

/** One row per kind of failure. Sentences follow n8n's rules: what happened, then the way out. */
const explanations: Record<
	FailureKind,
	(failure: Failure, known: KnownIds, given: Job['given']) => Explanation
> = {
	badRequest: () => ({
		message: 'Cloudsquid did not accept the request',
		description: 'Check the values given to this operation.',
	}),
	unauthorized: () => ({
		message: 'Cloudsquid did not accept the API key',
		description:
			"Check 'API Key' in the credential. Keys are made in the Cloudsquid dashboard under Project Settings → API Keys.",
	}),
	forbidden: () => ({
		message: 'This API key may not do that',
		description:
			"API keys belong to a project. Use a key of the project chosen in 'Project', or choose the project the key belongs to.",
	}),
	notFound: (_, known, given = []) => {
		const last = given.at(-1);
		if (last) {
			return {
				message: `Cloudsquid found nothing under the ${labels[last].replace('R', 'r')} that it gave itself`,
				description: 'Look into the table: somebody may have deleted it there.',
			};
		}
		return {
			message: `Cloudsquid found nothing under ${quoteParameters(known) || "the credential's 'Base URL'"}`,
			description: known.table_id
				? 'Check that each of them exists and that the table belongs to the project.'
				: "Check that it exists, and 'Base URL' in the credential.",
		};
	},
	conflict: ({ method }, known) =>
		known.path && method === 'PUT'
			? {
					message: `A file already exists at '${known.path}'`,
					description:
						"Choose another 'Path', or delete the existing file in Cloudsquid first: the API does not overwrite.",
				}
			: {
					message: 'Cloudsquid says that this conflicts with what it already has',
					description: 'Check in Cloudsquid what is there already.',
				},
	tooLarge: () => ({
		message: 'The document is too large for Cloudsquid',
		description:
			"Send a smaller file, or give its address instead with 'Input Source' set to 'File URL'.",
	}),
	unsupportedType: () => ({
		message: 'Cloudsquid does not take this type of file',
		description:
			"Check the file, and set 'MIME Type' under Options if the previous node labelled it wrongly.",
	}),
	unprocessable: () => ({
		message: 'Cloudsquid could not work with the values it was sent',
		description: 'Check the values given to this operation.',
	}),
	rateLimited: () => ({
		message: 'Cloudsquid is receiving too many requests',
		description: "Lower 'Max Concurrent Requests' or raise 'Max Retries' under Options.",
	}),
	serverError: ({ statusCode }) => ({
		message: `Cloudsquid could not answer (status ${statusCode})`,
		description: 'This is on the side of the service. Try again later.',
	}),
	otherStatus: ({ statusCode }) => ({
		message: `Cloudsquid answered with the status ${statusCode}`,
		description: 'Cloudsquid does not document this answer.',
	}),
	redirected: () => ({
		message: 'Cloudsquid was not at this address: the answer points elsewhere',
		description:
			"Put the final address into 'Base URL' in the credential. Redirects are not followed, since they would carry the API key to another place.",
	}),
	webPage: () => ({
		message: 'A web page came back where data was expected',
		description: "Check 'Base URL' in the credential, and any proxy on the way.",
	}),
	notJson: () => ({
		message: 'The answer from Cloudsquid could not be read',
		description: 'It was cut short, or it is no JSON.',
	}),
	emptyAnswer: () => ({
		message: 'Cloudsquid sent an empty answer',
		description: 'Data was expected here.',
	}),
	answerTooLong: () => ({
		message: 'Cloudsquid sent an answer that is too long',
		description: 'It has more than 32 MB, which n8n could hardly hold. Look at it in Cloudsquid.',
	}),
	unexpectedAnswer: () => ({
		message: 'Cloudsquid sent an answer of an unexpected form',
		description: "Check 'Base URL' in the credential: another service may be answering.",
	}),
	notConnected: ({ code }) => ({
		message: 'No connection to Cloudsquid',
		description: `Check 'Base URL' in the credential, and that this n8n may reach it${code ? ` (${code})` : ''}.`,
	}),
	connectionLost: ({ code }) => ({
		message: 'The connection to Cloudsquid was lost',
		description: `Check the network, and any proxy on the way${code ? ` (${code})` : ''}.`,
	}),
	certificate: ({ code }) => ({
		message: 'The certificate of the service is not trusted',
		description: `Check 'Base URL' in the credential. If the certificate is one of your own, add it to n8n, or use 'Ignore SSL Issues (Insecure)' (${code}).`,
	}),
	timedOut: () => ({
		message: 'Cloudsquid did not answer in time',
		description:
			"Try again later, or allow more time with 'Timeout' under 'Request Options'; for a synchronous extraction or a reconciliation it is 'Max Wait' under Options. Long documents are best read with the asynchronous mode.",
	}),
	notAllowed: () => ({
		message: 'n8n does not allow this credential to be sent to this address',
		description: "Check 'Base URL' and the allowed domains in the credential.",
	}),
	brokenOff: ({ reason = '' }) => ({
		message: 'The request was broken off',
		description: `n8n says: "${reason}"`,
	}),
	// By the word "canceled", n8n tells an execution that was stopped from one that failed.
	stopped: () => ({
		message: 'The execution was canceled',
		description: 'Work that Cloudsquid had begun may go on there.',
	}),
};

const kindByStatus: Record<number, FailureKind> = {
	400: 'badRequest',
	401: 'unauthorized',
	403: 'forbidden',
	404: 'notFound',
	408: 'timedOut',
	409: 'conflict',
	413: 'tooLarge',
	415: 'unsupportedType',
	422: 'unprocessable',
	429: 'rateLimited',
};

/** The kind of failure that an HTTP status tells; `undefined` for a status that says all is well. */
export function kindOfStatus(statusCode: number): FailureKind | undefined {
	if (statusCode >= 200 && statusCode < 300) return undefined;
	if (statusCode >= 300 && statusCode < 400) return 'redirected';
	return kindByStatus[statusCode] ?? (statusCode >= 500 ? 'serverError' : 'otherStatus');
}

const MAY_HAVE_BEEN_DONE =
	'The request may have been carried out all the same, so it was not sent again: look in Cloudsquid whether it was, before you repeat it.';

/**
 * What the user reads about a failure: one sentence, and a description that says how to go on.
 *
 * @param given the IDs that are no parameters, since Cloudsquid gave them in the course of the job
 */
export function explain(failure: Failure, known: KnownIds = {}, given?: Job['given']): Explanation {
	const { message, description } = explanations[failure.kind](failure, known, given);
	const sentences = [description];
	if (failure.apiMessage) sentences.push(`Cloudsquid says: "${failure.apiMessage}"`);
	if (failure.method !== 'GET' && !surelyDidNothing(failure)) sentences.push(MAY_HAVE_BEEN_DONE);
	return { message, description: sentences.join(' ') };
}

/**
 * The IDs that exist so far, as a sentence, and how to go on with them.
 *
 * @param runHasFailed reading the run again would give nothing new; starting another one may
 */
export function tellIds(known: KnownIds, runHasFailed = false): string {
	const ids = (['source_field', 'row_id', 'task_id', 'run_id'] as const)
		.filter((key) => known[key])
		.map((key) => `${labels[key]}: ${known[key]}`);
	if (!ids.length) return '';
	return `${ids.join(', ')}.${wayOn(known, runHasFailed)}`;
}

function wayOn({ run_id, row_id }: KnownIds, runHasFailed: boolean): string {
	if (run_id && !runHasFailed) return ' Use Run → Get Run with this run ID.';
	if (!row_id) return '';
	return run_id
		? ' To try again without another upload, use Run → Start Run with this row ID.'
		: ' The document is in the table: use Run → Start Run with this row ID.';
}

/** The error for a failed request. Neither the request nor the answer is kept in it. */
export function apiError(job: Job, failure: Failure): NodeApiError {
	const { kind, statusCode } = failure;
	return serviceError(job, { kind, statusCode, ...explain(failure, job.known, job.given) });
}

/** The error for what Cloudsquid did, as opposed to what the user filled in. */
export function serviceError(
	job: Job,
	{
		kind,
		message,
		description,
		statusCode,
	}: Explanation & { kind: ErrorKind; statusCode?: number },
): NodeApiError {
	const ids = tellIds(job.known, kind === 'runFailed');
	const error = new NodeApiError(
		job.context.getNode(),
		{},
		{
			message,
			description: [description, ids].filter(Boolean).join(' '),
			httpCode: statusCode === undefined ? undefined : String(statusCode),
			itemIndex: job.context.getItemIndex(),
		},
	);
	return withOwnWords(job, error, message, kind);
}

/** The error for a parameter that cannot be used as it is filled in. */
export function inputError(
	job: Job,
	message: string,
	description: string,
	kind: ErrorKind = 'input',
): NodeOperationError {
	const error = new NodeOperationError(job.context.getNode(), message, {
		description: [description, tellIds(job.known)].filter(Boolean).join(' '),
		itemIndex: job.context.getItemIndex(),
	});
	return withOwnWords(job, error, message, kind);
}

/** Whatever stopped a job, as an error that n8n shows well. */
export function toNodeError(job: Job, error: unknown): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	const message = error instanceof Error ? error.message : String(error);
	const description = 'This came from n8n while the item was being prepared.';
	return inputError(job, message, description, 'unexpected');
}

/** Whether the user, or n8n, has stopped the execution. */
export function isStop(job: Job): boolean {
	return job.context.getExecutionCancelSignal()?.aborted === true;
}

/**
 * The output item that stands for an error where n8n is told to continue.
 *
 * Every n8n since 1.x sends an item to the error output that has the field `error` and no other; older
 * ones take one with more fields for a good one, and all drop the others if the error object itself is
 * attached. Hence one field that holds it all.
 */
export function toErrorItem(
	job: Job,
	error: NodeApiError | NodeOperationError,
): INodeExecutionData {
	const told: IDataObject = { message: error.message };
	if (error.description) told.description = error.description;
	if (typeof error.context.kind === 'string') told.kind = error.context.kind;
	// Where there was no answer, n8n may have the code of a network fault in place of the status.
	const status = error instanceof NodeApiError ? Number(error.httpCode) : 0;
	if (status > 0) told.http_status = status;
	return {
		json: { error: { ...told, ...job.known } },
		pairedItem: { item: job.context.getItemIndex() },
	};
}

/**
 * Puts our sentence back: n8n replaces a message that contains the name of a system error even as
 * part of another word (a file called `EPERM.pdf`). Kind and IDs go where n8n stores them with the error.
 */
function withOwnWords<E extends NodeApiError | NodeOperationError>(
	job: Job,
	error: E,
	message: string,
	kind: ErrorKind,
): E {
	error.message = severalItems(job) ? `${message} [Item ${job.context.getItemIndex()}]` : message;
	error.messages = [];
	error.context.known = { ...job.known };
	error.context.kind = kind;
	return error;
}

function severalItems(job: Job): boolean {
	const { data } = job.context.getExecuteData();
	return Object.values(data).some((inputs) => (inputs[0]?.length ?? 0) > 1);
}
