import type { INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import * as operations from './operations.mts';

/**
 * How the node reacts to a fault.
 *
 * - `unaffected`: the result is returned
 * - `retried`: the request is sent again, up to Max Retries
 * - `failed`: the request is sent once, and had no effect
 * - `unknownOutcome`: the request is sent once; the error says that it may have succeeded
 * - `keepsPolling`: polling continues, up to Max Wait
 */
export type Reaction = 'unaffected' | 'retried' | 'failed' | 'unknownOutcome' | 'keepsPolling';

/** A request reads, has an effect, polls a run, or downloads a file from the storage. */
export type RequestKind = 'read' | 'write' | 'poll' | 'download';

/** An ID that an error contains. */
export type Id = 'row_id' | 'run_id' | 'path';

/** One request of one operation of the node. */
export interface RequestCase {
	/** As the editor calls the operation. */
	operation: string;
	/** Which of the operation's requests, if it sends several. */
	step?: string;
	kind: RequestKind;
	parameters: INodeParameters;
	/** The request, by its name in the contract, which does not include downloads. */
	request: NonNullable<Fault['operation']>;
	/** What the table must contain: a row, or a run of it. */
	needs?: 'row' | 'run';
	/** How many requests the operation sends before this one. */
	before: number;
	/** What the error contains besides project and table. */
	ids: Id[];
	/** Its timeout is Max Wait, not the one for all other requests. */
	blocking?: true;
	/** The API does not document a response body. */
	mayBeEmpty?: true;
}

const { extract, extractSync, startRun, startAndWait, getRun, waitForRun } = operations;
const data = { vendor: 'Acme' };
const settings = { bounding_boxes: true };
const path = '/in/note.txt';
const download = { ...operations.download, path };

type Step = Pick<RequestCase, 'kind' | 'request' | 'parameters'> & Partial<RequestCase>;

/** The requests of an operation, by step. */
function steps(operation: string, byStep: Record<string, Step>): RequestCase[] {
	const cases = Object.entries(byStep);
	return cases.map(([step, rest]) => ({ operation, before: 0, ids: [], step, ...rest }));
}

/** The request of an operation that sends one. */
function only(operation: string, step: Step): RequestCase {
	return { operation, before: 0, ids: [], ...step };
}

const write = { kind: 'write' } as const;
const read = { kind: 'read' } as const;
const poll = { kind: 'poll', request: 'getRun' } as const;
const readPath = { ...read, request: 'readPath', ids: ['path'] as Id[] } as const;
const row = { needs: 'row', ids: ['row_id'] as Id[] } as const;
const run = { needs: 'run', ids: ['run_id'] as Id[] } as const;
const rowAndRun: Id[] = ['row_id', 'run_id'];

export const requestCases: RequestCase[] = [
	...steps('Document → Extract', {
		upload: { ...write, request: 'uploadFile', parameters: extract },
		start: { ...write, request: 'startRun', parameters: extract, before: 1, ids: ['row_id'] },
		wait: { ...poll, parameters: extract, before: 2, ids: rowAndRun },
		synchronous: { ...write, request: 'extractFile', parameters: extractSync, blocking: true },
	}),
	only('Document → Upload', { ...write, request: 'uploadFile', parameters: operations.upload }),
	...steps('Run → Start Run', {
		start: { ...write, request: 'startRun', parameters: startRun, ...row },
		wait: { ...poll, parameters: startAndWait, before: 1, ...row, ids: rowAndRun },
	}),
	...steps('Run → Get Run', {
		once: { ...read, request: 'getRun', parameters: getRun, ...run },
		wait: { ...poll, parameters: waitForRun, ...run },
	}),
	only('Reconciliation → Reconcile', {
		...write,
		request: 'reconcile',
		parameters: { ...operations.reconcile, data },
		blocking: true,
	}),
	only('Reconciliation → Create Task', {
		...write,
		request: 'createTask',
		parameters: { ...operations.createTask, data },
	}),
	only('Table → Update Extraction Settings', {
		...write,
		request: 'updateExtractionSettings',
		parameters: { ...operations.updateSettings, settings },
		mayBeEmpty: true,
	}),
	only('Project → Get Many', {
		...read,
		request: 'listProjects',
		parameters: operations.getProjects,
	}),
	only('Project File → Get', { ...readPath, parameters: { ...operations.getFile, path } }),
	only('Project File → Get Many', {
		...readPath,
		parameters: { ...operations.getFiles, path: '/in' },
	}),
	...steps('Project File → Download', {
		link: { ...readPath, parameters: download },
		file: { ...readPath, kind: 'download', request: 'download', parameters: download, before: 1 },
	}),
	only('Project File → Upload', {
		...write,
		request: 'uploadToPath',
		parameters: { ...operations.uploadFile, path: '/new/note.txt' },
		ids: ['path'],
	}),
];

/** One way in which a request can fail. */
export interface FaultCase {
	name: string;
	/** The emulator itself cannot refuse a connection. */
	fault: () => Fault | { kind: 'refuse' };
	reactions: Record<RequestKind, Reaction>;
	/** The start of the message once the node gives up; `…` is anything, `{path}` the path. */
	message: string;
	/** No retry is allowed, as its delay would be too long. */
	maxRetries?: 0;
	/** It takes effect only after the timeout, so the timeout must be short. */
	slow?: true;
}

function byKind(read: Reaction, write: Reaction, poll: Reaction, download: Reaction) {
	return { read, write, poll, download };
}

/** Retried where that has no effect. */
const transient = byKind('retried', 'unknownOutcome', 'keepsPolling', 'retried');
/** The request surely had no effect, so every kind is retried. */
const rejected = { ...transient, write: 'retried' } as const;
/** A retry would not help, unless a new link replaces a link. */
const permanent = byKind('failed', 'failed', 'failed', 'retried');
/** The response arrives, only later. */
const harmless = byKind('unaffected', 'unaffected', 'unaffected', 'unaffected');
const readFails: FaultCase['reactions'] = { ...transient, read: 'failed' };
const onlyPollingContinues: FaultCase['reactions'] = {
	...permanent,
	poll: 'keepsPolling',
	download: 'failed',
};

function faultCase(
	name: string,
	fault: Fault | { kind: 'refuse' } | (() => Fault),
	reactions: FaultCase['reactions'],
	message: string,
	more: Pick<FaultCase, 'slow'> = {},
): FaultCase {
	const toFault = typeof fault === 'function' ? fault : () => fault;
	return { name, fault: toFault, reactions, message, ...more };
}

function answer(status: number, more: object = {}): Fault {
	return { kind: 'answer', status, body: { errorMessage: `Told with ${status}.` }, ...more };
}

/** Another host, whose address is known only once its server runs. */
export const elsewhere = 'http://elsewhere.invalid/';

const retryAfter = (value: string) => answer(429, { headers: { 'retry-after': value } });
const page = { body: '<!doctype html><html><body>Something else</body></html>' };
const serverError = 'Cloudsquid could not handle the request';
const retryAfterDate = () => retryAfter(new Date().toUTCString());
const afterAnHour = 'status 429, `Retry-After` of an hour, no retries';
const webPage = 'Received a web page instead of JSON';
const unexpected = 'Cloudsquid returned an unexpected response';
const redirect: Fault = { kind: 'redirect', location: elsewhere };
const redirects = "The 'Base URL' redirects to another address";
const tooMany = 'Cloudsquid is receiving too many requests';
const lost = 'The connection to Cloudsquid was lost';
const late = 'Cloudsquid did not respond in time';
const unreadable = 'The response from Cloudsquid could not be read';

export const faultCases: FaultCase[] = [
	faultCase('status 400', answer(400), permanent, 'Cloudsquid rejected the request'),
	faultCase('status 401', answer(401), permanent, 'The API key was rejected'),
	faultCase('status 403', answer(403), permanent, 'This API key has no access to this project'),
	faultCase('status 404', answer(404), permanent, 'No … found for this …'),
	faultCase('status 408', answer(408), transient, late),
	faultCase('status 409', answer(409), permanent, 'Conflict with existing data'),
	faultCase('status 413', answer(413), permanent, 'The document is too large for Cloudsquid'),
	faultCase('status 415', answer(415), permanent, 'Cloudsquid does not accept this file type'),
	faultCase('status 422', answer(422), permanent, 'Cloudsquid could not process the values'),
	faultCase('status 429', answer(429), rejected, tooMany),
	faultCase('status 429, `Retry-After` in seconds', retryAfter('0'), rejected, tooMany),
	faultCase('status 429, `Retry-After` with a date', retryAfterDate, rejected, tooMany),
	{
		...faultCase(afterAnHour, retryAfter('3600'), onlyPollingContinues, tooMany),
		maxRetries: 0,
	},
	faultCase('status 500', answer(500), transient, `${serverError} (status 500)`),
	faultCase('status 502', answer(502), transient, `${serverError} (status 502)`),
	faultCase('status 503', answer(503), transient, `${serverError} (status 503)`),
	faultCase('status 504', answer(504), transient, `${serverError} (status 504)`),
	faultCase('web page with status 200', answer(200, page), transient, webPage),
	faultCase(
		'web page with status 502',
		answer(502, page),
		transient,
		`${serverError} (status 502)`,
	),
	faultCase('truncated JSON', { kind: 'truncate' }, transient, unreadable),
	faultCase('empty body', { kind: 'empty' }, transient, 'Cloudsquid returned an empty response'),
	faultCase('unexpected JSON', answer(200, { body: 42 }), readFails, unexpected),
	faultCase('connection refused', { kind: 'refuse' }, rejected, 'Could not connect to Cloudsquid'),
	faultCase('connection reset before processing', { kind: 'reset' }, transient, lost),
	faultCase('connection reset after processing', { kind: 'reset', when: 'after' }, transient, lost),
	faultCase('response cut off', { kind: 'cut' }, transient, lost),
	faultCase('response that stalls', { kind: 'stall' }, transient, late, { slow: true }),
	faultCase('no response', { kind: 'silence' }, transient, late, { slow: true }),
	faultCase('slow response', { kind: 'drip', pieceBytes: 64, pauseMs: 5 }, harmless, ''),
	faultCase('redirect to another host', redirect, permanent, redirects),
];

/** Cells that differ from what request kind and fault imply. */
export const exceptions: Array<{
	why: string;
	applies: (requestCase: RequestCase, faultCase: FaultCase) => boolean;
	reaction?: Reaction;
	message?: string;
}> = [
	{
		why: 'The API documents no response for updated settings, so an empty one is accepted.',
		applies: ({ mayBeEmpty }, { name }) => mayBeEmpty === true && name === 'empty body',
		reaction: 'unaffected',
	},
	{
		why: 'A run that was just started may not be found for its first 15 seconds.',
		applies: ({ kind, before }, { name }) => name === 'status 404' && before > 0 && kind === 'poll',
		reaction: 'keepsPolling',
	},
	{
		why: 'If Cloudsquid returned the ID itself, the user cannot correct it.',
		applies: ({ kind, before }, { name }) =>
			name === 'status 404' && before > 0 && kind !== 'download',
		message: 'The … no longer exists in Cloudsquid',
	},
	{
		why: 'The list of projects has no parameters.',
		applies: ({ request }, { name }) => name === 'status 404' && request === 'listProjects',
		message: "Nothing found at the credential's 'Base URL'",
	},
	{
		why: 'When a file is uploaded to a path, a conflict means that a file already exists there.',
		applies: ({ request }, { name }) => request === 'uploadToPath' && name === 'status 409',
		message: "A file already exists at '{path}'",
	},
	{
		why: 'The file storage is a separate service, so all its failures have one message. A response with status 200 is accepted only if it has the size that Cloudsquid reported.',
		applies: ({ kind }) => kind === 'download',
		message: 'The file could not be downloaded',
	},
];

/** The cell of the matrix: what is expected of one request with one fault. */
export function expectationOf(
	requestCase: RequestCase,
	faultCase: FaultCase,
): { reaction: Reaction; message: string } {
	const found = exceptions.filter(({ applies }) => applies(requestCase, faultCase));
	const usual = { reaction: faultCase.reactions[requestCase.kind], message: faultCase.message };
	return found.reduce(
		(cell, { reaction = cell.reaction, message = cell.message }) => ({ reaction, message }),
		usual,
	);
}

/** An operation and its step, such as `Document → Extract (upload)`. */
export function titleOf({ operation, step }: RequestCase): string {
	return step ? `${operation} (${step})` : operation;
}
