import type { INodeParameters } from 'n8n-workflow';
import type { Fault } from '../emulator/emulator.mts';
import * as operations from './operations.mts';

/** How the node reacts to a fault. The legend of the page explains it. */
export type Reaction = 'unaffected' | 'retried' | 'failed' | 'unknownOutcome' | 'keepsPolling';

/** A request reads, has an effect, polls a run, or downloads a file from the storage. */
type RequestKind = 'read' | 'write' | 'poll' | 'download';

/** One request of one operation of the node. */
interface Request {
	kind: RequestKind;
	parameters: INodeParameters;
	/** The request, by its name in the contract, which does not include downloads. */
	request: NonNullable<Fault['operation']>;
	/** What the table must contain: a row, or a run of it. */
	needs?: 'row' | 'run';
	/** How many requests the operation sends before this one. */
	before?: number;
	/** What the error contains besides project and table. */
	ids?: ReadonlyArray<'row_id' | 'run_id' | 'path'>;
	/** Its timeout is Max Wait, not the one for all other requests. */
	blocking?: true;
}

const { extract, extractSync, startRun, startAndWait, getRun, waitForRun } = operations;
const data = { vendor: 'Acme' };
const path = '/in/note.txt';
const download = { ...operations.download, path };
const projectFile = { inputSource: 'projectFile', projectFilePath: path };
const upload = { kind: 'write', request: 'uploadFile' } as const;
const start = { kind: 'write', request: 'startRun', ids: ['row_id'] } as const;
const poll = { kind: 'poll', request: 'getRun', ids: ['row_id', 'run_id'] } as const;
const readRun = { request: 'getRun', needs: 'run', ids: ['run_id'] } as const;
const readPath = { kind: 'read', request: 'readPath', ids: ['path'] } as const;

/** By operation, and which of its requests if it sends several. */
const requests: Record<string, Request> = {
	'Document → Extract (upload)': { ...upload, parameters: extract },
	'Document → Extract (link of a project file)': {
		...readPath,
		parameters: { ...extract, ...projectFile },
	},
	'Document → Extract (start)': { ...start, parameters: extract, before: 1 },
	'Document → Extract (wait)': { ...poll, parameters: extract, before: 2 },
	'Document → Extract (synchronous)': {
		kind: 'write',
		request: 'extractFile',
		parameters: extractSync,
		blocking: true,
	},
	'Document → Upload': { ...upload, parameters: operations.upload },
	'Run → Start Run (start)': { ...start, parameters: startRun, needs: 'row' },
	'Run → Start Run (wait)': { ...poll, parameters: startAndWait, needs: 'row', before: 1 },
	'Run → Get Run (once)': { ...readRun, kind: 'read', parameters: getRun },
	'Run → Get Run (wait)': { ...readRun, kind: 'poll', parameters: waitForRun },
	'Reconciliation → Reconcile': {
		kind: 'write',
		request: 'reconcile',
		parameters: { ...operations.reconcile, data },
		blocking: true,
	},
	'Reconciliation → Create Task': {
		kind: 'write',
		request: 'createTask',
		parameters: { ...operations.createTask, data },
	},
	'Table → Update Extraction Settings': {
		kind: 'write',
		request: 'updateExtractionSettings',
		parameters: { ...operations.updateSettings, settings: { bounding_boxes: true } },
	},
	'Project → Get Many': {
		kind: 'read',
		request: 'listProjects',
		parameters: operations.getProjects,
	},
	'Project File → Get': { ...readPath, parameters: { ...operations.getFile, path } },
	'Project File → Get Many': { ...readPath, parameters: { ...operations.getFiles, path: '/in' } },
	'Project File → Download (link)': { ...readPath, parameters: download },
	'Project File → Download (file)': {
		...readPath,
		kind: 'download',
		request: 'download',
		parameters: download,
		before: 1,
	},
	'Project File → Upload': {
		kind: 'write',
		request: 'uploadToPath',
		parameters: { ...operations.uploadFile, path: '/new/note.txt' },
		ids: ['path'],
	},
};

export const requestCases = Object.entries(requests).map(([title, request]) => {
	return { title, operation: title.split(' (')[0]!, before: 0, ids: [], ...request };
});
export type RequestCase = (typeof requestCases)[number];

/** One way in which a request can fail. */
export interface FaultCase {
	name: string;
	/** The emulator itself cannot refuse a connection. */
	fault: Fault | { kind: 'refuse' };
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
	fault: FaultCase['fault'],
	reactions: FaultCase['reactions'],
	message: string,
	more: Pick<FaultCase, 'maxRetries' | 'slow'> = {},
): FaultCase {
	return { name, fault, reactions, message, ...more };
}

function answer(status: number, more: object = {}): Fault {
	return { kind: 'answer', status, body: { errorMessage: `Told with ${status}.` }, ...more };
}

const page = (status: number) => answer(status, { body: '<!doctype html><html></html>' });
const retryAfter = (value: string) => answer(429, { headers: { 'retry-after': value } });
const serverError = 'Cloudsquid could not handle the request';
const retryAfterDate = retryAfter('Thu, 01 Jan 2026 12:00:00 GMT');
const afterAnHour = 'status 429, `Retry-After` of an hour, no retries';
const webPage = 'Received a web page instead of JSON';
const unexpected = 'Cloudsquid returned an unexpected response';
// The test puts the address of another host in its place.
const redirect: Fault = { kind: 'redirect', location: '' };
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
	faultCase(afterAnHour, retryAfter('3600'), onlyPollingContinues, tooMany, { maxRetries: 0 }),
	faultCase('status 500', answer(500), transient, `${serverError} (status 500)`),
	faultCase('status 502', answer(502), transient, `${serverError} (status 502)`),
	faultCase('status 503', answer(503), transient, `${serverError} (status 503)`),
	faultCase('status 504', answer(504), transient, `${serverError} (status 504)`),
	faultCase('web page with status 200', page(200), transient, webPage),
	faultCase('web page with status 502', page(502), transient, `${serverError} (status 502)`),
	faultCase('truncated JSON', { kind: 'truncate' }, transient, unreadable),
	faultCase('empty body', { kind: 'empty' }, transient, 'Cloudsquid returned an empty response'),
	faultCase('unexpected JSON', answer(200, { body: 42 }), readFails, unexpected),
	faultCase('connection refused', { kind: 'refuse' }, rejected, 'Could not connect to Cloudsquid'),
	faultCase('connection reset before processing', { kind: 'reset' }, transient, lost),
	faultCase('connection reset after processing', { kind: 'reset', when: 'after' }, transient, lost),
	faultCase('response cut off', { kind: 'cut' }, transient, lost),
	faultCase('response that stalls', { kind: 'stall' }, transient, late, { slow: true }),
	faultCase('no response', { kind: 'silence' }, transient, late, { slow: true }),
	faultCase('slow response', { kind: 'drip' }, harmless, ''),
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
		applies: ({ request }, { name }) =>
			request === 'updateExtractionSettings' && name === 'empty body',
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
export function expectationOf(requestCase: RequestCase, faultCase: FaultCase) {
	const found = exceptions.filter(({ applies }) => applies(requestCase, faultCase));
	const usual = { reaction: faultCase.reactions[requestCase.kind], message: faultCase.message };
	return found.reduce(
		(cell, { reaction = cell.reaction, message = cell.message }) => ({ reaction, message }),
		usual,
	);
}
