import type { INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';

/**
 * What the node does about a fault.
 *
 * - `fine`: it does no harm, the result is there
 * - `again`: the request is sent again, up to Max Retries
 * - `once`: the request is sent once; it surely did nothing
 * - `maybe`: the request is sent once; the error says that it may have succeeded
 * - `waits`: the wait for the run goes on with the next look, up to Max Wait
 */
export type Reaction = 'fine' | 'again' | 'once' | 'maybe' | 'waits';

/**
 * What sort of request a fault meets.
 *
 * - `read`: it does no work
 * - `write`: it does work, which must not be done twice
 * - `look`: it is one of many, in the wait for a run
 * - `link`: it fetches a file from the storage
 */
export type Sort = 'read' | 'write' | 'look' | 'link';

/** An ID that an error may tell. */
export type Id = 'row_id' | 'run_id' | 'path';

/** One request of one operation of the node. */
export interface Target {
	/** As the editor calls the operation. */
	operation: string;
	/** Which of its requests, if it makes several. */
	step?: string;
	sort: Sort;
	parameters: INodeParameters;
	/** What the table must hold already: a row, or a run of it. */
	needs?: 'row' | 'run';
	/** The request, by its name in the contract; a download has no place there. */
	request: NonNullable<Fault['operation']>;
	/** How many requests the operation makes before this one. */
	before: number;
	/** What the error tells, beside project and table. */
	tells: Id[];
	/** It is given up after Max Wait, not after the time-out that goes for all requests. */
	blocking?: true;
	/** The API does not say that its answer has a body. */
	mayBeEmpty?: true;
}

const start = { resource: 'run', operation: 'start' };
const get = { resource: 'run', operation: 'get' };
const wait = { waitForCompletion: true };
const extract = { resource: 'document', operation: 'extract' };
const file = { resource: 'projectFile', path: '/in/note.txt' };

export const targets: Target[] = [
	{
		operation: 'Document → Extract',
		step: 'upload',
		sort: 'write',
		parameters: extract,
		request: 'uploadFile',
		before: 0,
		tells: [],
	},
	{
		operation: 'Document → Extract',
		step: 'start',
		sort: 'write',
		parameters: extract,
		request: 'startRun',
		before: 1,
		tells: ['row_id'],
	},
	{
		operation: 'Document → Extract',
		step: 'wait',
		sort: 'look',
		parameters: extract,
		request: 'getRun',
		before: 2,
		tells: ['row_id', 'run_id'],
	},
	{
		operation: 'Document → Extract',
		step: 'synchronous',
		sort: 'write',
		parameters: { ...extract, extractMode: 'sync' },
		request: 'extractFile',
		before: 0,
		tells: [],
		blocking: true,
	},
	{
		operation: 'Document → Upload',
		sort: 'write',
		parameters: { resource: 'document', operation: 'upload' },
		request: 'uploadFile',
		before: 0,
		tells: [],
	},
	{
		operation: 'Run → Start Run',
		step: 'start',
		sort: 'write',
		parameters: start,
		needs: 'row',
		request: 'startRun',
		before: 0,
		tells: ['row_id'],
	},
	{
		operation: 'Run → Start Run',
		step: 'wait',
		sort: 'look',
		parameters: { ...start, ...wait },
		needs: 'row',
		request: 'getRun',
		before: 1,
		tells: ['row_id', 'run_id'],
	},
	{
		operation: 'Run → Get Run',
		step: 'once',
		sort: 'read',
		parameters: get,
		needs: 'run',
		request: 'getRun',
		before: 0,
		tells: ['run_id'],
	},
	{
		operation: 'Run → Get Run',
		step: 'wait',
		sort: 'look',
		parameters: { ...get, ...wait },
		needs: 'run',
		request: 'getRun',
		before: 0,
		tells: ['run_id'],
	},
	{
		operation: 'Reconciliation → Reconcile',
		sort: 'write',
		parameters: { resource: 'reconciliation', operation: 'reconcile', data: { vendor: 'Acme' } },
		request: 'reconcile',
		before: 0,
		tells: [],
		blocking: true,
	},
	{
		operation: 'Reconciliation → Create Task',
		sort: 'write',
		parameters: { resource: 'reconciliation', operation: 'createTask', data: { vendor: 'Acme' } },
		request: 'createTask',
		before: 0,
		tells: [],
	},
	{
		operation: 'Table → Update Extraction Settings',
		sort: 'write',
		parameters: {
			resource: 'table',
			operation: 'updateSettings',
			settings: { bounding_boxes: true },
		},
		request: 'updateExtractionSettings',
		before: 0,
		tells: [],
		mayBeEmpty: true,
	},
	{
		operation: 'Project → Get Many',
		sort: 'read',
		parameters: { resource: 'project', operation: 'getAll' },
		request: 'listProjects',
		before: 0,
		tells: [],
	},
	{
		operation: 'Project File → Get',
		sort: 'read',
		parameters: { ...file, operation: 'get' },
		request: 'readPath',
		before: 0,
		tells: ['path'],
	},
	{
		operation: 'Project File → Get Many',
		sort: 'read',
		parameters: { ...file, operation: 'getAll', path: '/in' },
		request: 'readPath',
		before: 0,
		tells: ['path'],
	},
	{
		operation: 'Project File → Download',
		step: 'link',
		sort: 'read',
		parameters: { ...file, operation: 'download', binaryPropertyName: 'data' },
		request: 'readPath',
		before: 0,
		tells: ['path'],
	},
	{
		operation: 'Project File → Download',
		step: 'file',
		sort: 'link',
		parameters: { ...file, operation: 'download', binaryPropertyName: 'data' },
		request: 'download',
		before: 1,
		tells: ['path'],
	},
	{
		operation: 'Project File → Upload',
		sort: 'write',
		parameters: { ...file, operation: 'upload', path: '/new/note.txt' },
		request: 'uploadToPath',
		before: 0,
		tells: ['path'],
	},
];

/** A connection that is refused; the emulator itself cannot do that. */
export type Trouble = Fault | { kind: 'refuse' };

/** One way in which a request can fail. */
export interface Failing {
	name: string;
	trouble: () => Trouble;
	/** What the node does, by sort of request. */
	reactions: Record<Sort, Reaction>;
	/** What the user reads, once the node gives up. */
	message: string;
	/** No repetition is allowed, as it would have to wait for too long. */
	maxRetries?: 0;
	/** It shows only once the time-out is over, so that the time-out must be short. */
	slow?: true;
}

/** It may pass, so that it is tried again where that does no harm. */
const passing = { read: 'again', write: 'maybe', look: 'waits', link: 'again' } as const;
/** The service has surely done nothing, so that it can be tried again everywhere. */
const harmless = { ...passing, write: 'again' } as const;
/** It will not pass. A link, however, may be replaced by a fresh one. */
const final = { read: 'once', write: 'once', look: 'once', link: 'again' } as const;
const fine = { read: 'fine', write: 'fine', look: 'fine', link: 'fine' } as const;

const status =
	(code: number, more: object = {}) =>
	() => ({
		kind: 'answer' as const,
		status: code,
		body: { errorMessage: `Told with ${code}.` },
		...more,
	});
const retryAfter = (value: string) => ({ headers: { 'retry-after': value } });
const page = '<!doctype html><html><body>Something else</body></html>';
const couldNotAnswer = (code: number) => `Cloudsquid could not handle the request (status ${code})`;
const tooMany = 'Cloudsquid is receiving too many requests';
const lost = 'The connection to Cloudsquid was lost';
const late = 'Cloudsquid did not respond in time';
const unreadable = 'The response from Cloudsquid could not be read';

/** Stands for the address of somebody else, which is known only once a server runs there. */
export const elsewhere = 'http://elsewhere.invalid/';

export const failings: Failing[] = [
	{
		name: 'status 400',
		trouble: status(400),
		reactions: final,
		message: 'Cloudsquid rejected the request',
	},
	{
		name: 'status 401',
		trouble: status(401),
		reactions: final,
		message: 'The API key was rejected',
	},
	{
		name: 'status 403',
		trouble: status(403),
		reactions: final,
		message: 'This API key has no access to this project',
	},
	{
		name: 'status 404',
		trouble: status(404),
		reactions: final,
		message: 'No … found for this …',
	},
	{ name: 'status 408', trouble: status(408), reactions: passing, message: late },
	{
		name: 'status 409',
		trouble: status(409),
		reactions: final,
		message: 'Conflict with existing data',
	},
	{
		name: 'status 413',
		trouble: status(413),
		reactions: final,
		message: 'The document is too large for Cloudsquid',
	},
	{
		name: 'status 415',
		trouble: status(415),
		reactions: final,
		message: 'Cloudsquid does not accept this file type',
	},
	{
		name: 'status 422',
		trouble: status(422),
		reactions: final,
		message: 'Cloudsquid could not process the values',
	},
	{ name: 'status 429', trouble: status(429), reactions: harmless, message: tooMany },
	{
		name: 'status 429, `Retry-After` in seconds',
		trouble: status(429, retryAfter('0')),
		reactions: harmless,
		message: tooMany,
	},
	{
		name: 'status 429, `Retry-After` with a date',
		trouble: () => status(429, retryAfter(new Date().toUTCString()))(),
		reactions: harmless,
		message: tooMany,
	},
	{
		name: 'status 429, `Retry-After` of an hour, no retries',
		trouble: status(429, retryAfter('3600')),
		reactions: { ...harmless, read: 'once', write: 'once', link: 'once' },
		message: tooMany,
		maxRetries: 0,
	},
	{ name: 'status 500', trouble: status(500), reactions: passing, message: couldNotAnswer(500) },
	{ name: 'status 502', trouble: status(502), reactions: passing, message: couldNotAnswer(502) },
	{ name: 'status 503', trouble: status(503), reactions: passing, message: couldNotAnswer(503) },
	{ name: 'status 504', trouble: status(504), reactions: passing, message: couldNotAnswer(504) },
	{
		name: 'web page with status 200',
		trouble: status(200, { body: page }),
		reactions: passing,
		message: 'Received a web page instead of JSON',
	},
	{
		name: 'web page with status 502',
		trouble: status(502, { body: page }),
		reactions: passing,
		message: couldNotAnswer(502),
	},
	{
		name: 'truncated JSON',
		trouble: () => ({ kind: 'truncate' }),
		reactions: passing,
		message: unreadable,
	},
	{
		name: 'empty body',
		trouble: () => ({ kind: 'empty' }),
		reactions: passing,
		message: 'Cloudsquid returned an empty response',
	},
	{
		name: 'unexpected JSON',
		trouble: status(200, { body: 42 }),
		reactions: { ...passing, read: 'once' },
		message: 'Cloudsquid returned an unexpected response',
	},
	{
		name: 'connection refused',
		trouble: () => ({ kind: 'refuse' }),
		reactions: harmless,
		message: 'Could not connect to Cloudsquid',
	},
	{
		name: 'connection reset before processing',
		trouble: () => ({ kind: 'reset' }),
		reactions: passing,
		message: lost,
	},
	{
		name: 'connection reset after processing',
		trouble: () => ({ kind: 'reset', when: 'after' }),
		reactions: passing,
		message: lost,
	},
	{
		name: 'response cut off',
		trouble: () => ({ kind: 'cut' }),
		reactions: passing,
		message: lost,
	},
	{
		name: 'response that stalls',
		trouble: () => ({ kind: 'stall' }),
		reactions: passing,
		message: late,
		slow: true,
	},
	{
		name: 'no response',
		slow: true,
		trouble: () => ({ kind: 'silence' }),
		reactions: passing,
		message: late,
	},
	{
		name: 'slow response',
		trouble: () => ({ kind: 'drip', pieceBytes: 64, pauseMs: 5 }),
		reactions: fine,
		message: '',
	},
	{
		name: 'redirect to another host',
		trouble: () => ({ kind: 'redirect', location: elsewhere }),
		reactions: final,
		message: "The 'Base URL' redirects to another address",
	},
];

/** Cells that differ from what the sort of the request and the failing say. */
export const exceptions: Array<{
	why: string;
	applies: (target: Target, failing: Failing) => boolean;
	reaction?: Reaction;
	message?: string;
}> = [
	{
		why: 'The API documents no response for updated settings, so an empty one is accepted.',
		applies: ({ mayBeEmpty }, { name }) => mayBeEmpty === true && name === 'empty body',
		reaction: 'fine',
	},
	{
		why: 'A run that was just started may not be found for its first 15 seconds.',
		applies: ({ sort, before }, { name }) => name === 'status 404' && before > 0 && sort === 'look',
		reaction: 'waits',
	},
	{
		why: 'If Cloudsquid returned the ID itself, the user cannot correct it.',
		applies: ({ sort, before }, { name }) => name === 'status 404' && before > 0 && sort !== 'link',
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
		applies: ({ sort }) => sort === 'link',
		message: 'The file could not be downloaded',
	},
];

/** What is expected of one request that fails in one way. */
export interface Expectation {
	reaction: Reaction;
	/** The start of the sentence that the user reads when the node gives up; `{path}` is the path, `…` anything. */
	message: string;
}

/** The cell of the matrix. */
export function expectationOf(target: Target, failing: Failing): Expectation {
	const found = exceptions.filter(({ applies }) => applies(target, failing));
	const usual = { reaction: failing.reactions[target.sort], message: failing.message };
	return found.reduce(
		(cell, { reaction = cell.reaction, message = cell.message }) => ({ reaction, message }),
		usual,
	);
}
