import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Failure, FailureKind } from '../../nodes/Cloudsquid/shared/errors.ts';
import {
	apiError,
	explain,
	inputError,
	isStop,
	kindOfStatus,
	serviceError,
	tellIds,
	toErrorItem,
	toNodeError,
} from '../../nodes/Cloudsquid/shared/errors.ts';
import type { Job, KnownIds } from '../../nodes/Cloudsquid/shared/job.ts';
import { makeJob, node } from './jobs.mts';
import { labels, quotedLabels } from './labels.mts';

interface Row {
	/** A failure of this kind as it comes in practice. */
	failure: Omit<Failure, 'kind' | 'method'>;
	/** Whether a request that wrote something may have been carried out. */
	mayBeDone: boolean;
	message: string;
	description: string;
}

/** What the user reads, kind by kind. */
const rows: Record<FailureKind, Row> = {
	badRequest: {
		failure: { statusCode: 400 },
		mayBeDone: false,
		message: 'Cloudsquid did not accept the request',
		description: 'Check the values given to this operation.',
	},
	unauthorized: {
		failure: { statusCode: 401 },
		mayBeDone: false,
		message: 'Cloudsquid did not accept the API key',
		description:
			"Check 'API Key' in the credential. Keys are made in the Cloudsquid dashboard under Project Settings → API Keys.",
	},
	forbidden: {
		failure: { statusCode: 403 },
		mayBeDone: false,
		message: 'This API key may not do that',
		description:
			"API keys belong to a project. Use a key of the project chosen in 'Project', or choose the project the key belongs to.",
	},
	notFound: {
		failure: { statusCode: 404 },
		mayBeDone: false,
		message: "Cloudsquid found nothing under the credential's 'Base URL'",
		description: "Check that it exists, and 'Base URL' in the credential.",
	},
	conflict: {
		failure: { statusCode: 409 },
		mayBeDone: false,
		message: 'Cloudsquid says that this conflicts with what it already has',
		description: 'Check in Cloudsquid what is there already.',
	},
	tooLarge: {
		failure: { statusCode: 413 },
		mayBeDone: false,
		message: 'The document is too large for Cloudsquid',
		description:
			"Send a smaller file, or give its address instead with 'Input Source' set to 'File URL'.",
	},
	unsupportedType: {
		failure: { statusCode: 415 },
		mayBeDone: false,
		message: 'Cloudsquid does not take this type of file',
		description:
			"Check the file, and set 'MIME Type' under Options if the previous node labelled it wrongly.",
	},
	unprocessable: {
		failure: { statusCode: 422 },
		mayBeDone: false,
		message: 'Cloudsquid could not work with the values it was sent',
		description: 'Check the values given to this operation.',
	},
	rateLimited: {
		failure: { statusCode: 429 },
		mayBeDone: false,
		message: 'Cloudsquid is receiving too many requests',
		description: "Lower 'Max Concurrent Requests' or raise 'Max Retries' under Options.",
	},
	serverError: {
		failure: { statusCode: 503 },
		mayBeDone: true,
		message: 'Cloudsquid could not answer (status 503)',
		description: 'This is on the side of the service. Try again later.',
	},
	otherStatus: {
		failure: { statusCode: 418 },
		mayBeDone: false,
		message: 'Cloudsquid answered with the status 418',
		description: 'Cloudsquid does not document this answer.',
	},
	redirected: {
		failure: { statusCode: 302 },
		mayBeDone: false,
		message: 'Cloudsquid was not at this address: the answer points elsewhere',
		description:
			"Put the final address into 'Base URL' in the credential. Redirects are not followed, since they would carry the API key to another place.",
	},
	webPage: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'A web page came back where data was expected',
		description: "Check 'Base URL' in the credential, and any proxy on the way.",
	},
	notJson: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'The answer from Cloudsquid could not be read',
		description: 'It was cut short, or it is no JSON.',
	},
	emptyAnswer: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'Cloudsquid sent an empty answer',
		description: 'Data was expected here.',
	},
	answerTooLong: {
		failure: {},
		mayBeDone: true,
		message: 'Cloudsquid sent an answer that is too long',
		description: 'It has more than 32 MB, which n8n could hardly hold. Look at it in Cloudsquid.',
	},
	unexpectedAnswer: {
		failure: { unreadable: true },
		mayBeDone: true,
		message: 'Cloudsquid sent an answer of an unexpected form',
		description: "Check 'Base URL' in the credential: another service may be answering.",
	},
	notConnected: {
		failure: { code: 'ECONNREFUSED' },
		mayBeDone: false,
		message: 'No connection to Cloudsquid',
		description:
			"Check 'Base URL' in the credential, and that this n8n may reach it (ECONNREFUSED).",
	},
	connectionLost: {
		failure: { code: 'ECONNRESET' },
		mayBeDone: true,
		message: 'The connection to Cloudsquid was lost',
		description: 'Check the network, and any proxy on the way (ECONNRESET).',
	},
	certificate: {
		failure: { code: 'CERT_HAS_EXPIRED' },
		mayBeDone: false,
		message: 'The certificate of the service is not trusted',
		description:
			"Check 'Base URL' in the credential. If the certificate is one of your own, add it to n8n, or use 'Ignore SSL Issues (Insecure)' (CERT_HAS_EXPIRED).",
	},
	timedOut: {
		failure: { code: 'ETIMEDOUT' },
		mayBeDone: true,
		message: 'Cloudsquid did not answer in time',
		description:
			"Try again later, or allow more time with 'Timeout' under 'Request Options'; for a synchronous extraction or a reconciliation it is 'Max Wait' under Options. Long documents are best read with the asynchronous mode.",
	},
	notAllowed: {
		failure: { unsent: true },
		mayBeDone: false,
		message: 'n8n does not allow this credential to be sent to this address',
		description: "Check 'Base URL' and the allowed domains in the credential.",
	},
	brokenOff: {
		failure: { reason: 'The file has 5 bytes, not 6' },
		mayBeDone: true,
		message: 'The request was broken off',
		description: 'n8n says: "The file has 5 bytes, not 6"',
	},
	stopped: {
		failure: { code: 'ERR_CANCELED' },
		mayBeDone: true,
		message: 'The execution was canceled',
		description: 'Work that Cloudsquid had begun may go on there.',
	},
};
const kinds = Object.entries(rows) as Array<[FailureKind, Row]>;

const MAY_BE_DONE =
	' The request may have been carried out all the same, so it was not sent again: look in Cloudsquid whether it was, before you repeat it.';

describe('what the user reads', () => {
	test.each(kinds)('%s', (kind, { failure, message, description }) => {
		expect(explain({ kind, method: 'GET', ...failure })).toEqual({ message, description });
	});

	test.each(kinds)('%s, when something was to be written', (kind, row) => {
		const description = row.description + (row.mayBeDone ? MAY_BE_DONE : '');
		for (const method of ['POST', 'PUT', 'PATCH']) {
			const expected = { message: row.message, description };
			expect(explain({ kind, method, ...row.failure })).toEqual(expected);
		}
	});

	test.each<[string, Failure, boolean]>([
		['that never left n8n', { kind: 'stopped', method: 'POST', unsent: true }, false],
		['that n8n could not make', { kind: 'brokenOff', method: 'POST', unsent: true }, false],
		[
			'that took too long, as the service says',
			{ kind: 'timedOut', method: 'POST', statusCode: 408 },
			true,
		],
		['whose way was lost', { kind: 'notConnected', method: 'POST', code: 'EHOSTUNREACH' }, true],
		['whose host has no name', { kind: 'notConnected', method: 'POST', code: 'ENOTFOUND' }, false],
	])('a request %s may have been carried out: %#', (_, failure, mayBeDone) => {
		expect(explain(failure).description.endsWith(MAY_BE_DONE)).toBe(mayBeDone);
	});

	test.each<[Job['given'], string]>([
		[['row_id'], 'row ID'],
		[['row_id', 'run_id'], 'run ID'],
	])('nothing under what was never filled in, %p, is told so', (given, name) => {
		const known = { project_name: 'A', table_id: 't', row_id: 'r', run_id: 'n' };
		expect(explain({ kind: 'notFound', method: 'GET', statusCode: 404 }, known, given)).toEqual({
			message: `Cloudsquid found nothing under the ${name} that it gave itself`,
			description: 'Look into the table: somebody may have deleted it there.',
		});
	});

	test.each<[string, Failure, KnownIds, string, string]>([
		[
			'nothing under a project',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A' },
			"Cloudsquid found nothing under 'Project'",
			"Check that it exists, and 'Base URL' in the credential.",
		],
		[
			'nothing under a path',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A', path: '/a' },
			"Cloudsquid found nothing under 'Project' and 'Path'",
			"Check that it exists, and 'Base URL' in the credential.",
		],
		[
			'nothing under a run',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A', table_id: 't', row_id: undefined, run_id: 'r', source_field: 'data' },
			"Cloudsquid found nothing under 'Project', 'Table' and 'Run ID'",
			'Check that each of them exists and that the table belongs to the project.',
		],
		[
			'a file in the way',
			{ kind: 'conflict', method: 'PUT', statusCode: 409 },
			{ project_name: 'A', path: '/invoices/1.pdf' },
			"A file already exists at '/invoices/1.pdf'",
			"Choose another 'Path', or delete the existing file in Cloudsquid first: the API does not overwrite.",
		],
		[
			'a conflict over a path at which nothing is put',
			{ kind: 'conflict', method: 'GET', statusCode: 409 },
			{ project_name: 'A', path: '/invoices/1.pdf' },
			'Cloudsquid says that this conflicts with what it already has',
			'Check in Cloudsquid what is there already.',
		],
		[
			'no code',
			{ kind: 'notConnected', method: 'GET' },
			{},
			'No connection to Cloudsquid',
			"Check 'Base URL' in the credential, and that this n8n may reach it.",
		],
		[
			'no code',
			{ kind: 'connectionLost', method: 'GET' },
			{},
			'The connection to Cloudsquid was lost',
			'Check the network, and any proxy on the way.',
		],
	])('with %s', (_, failure, known, message, description) => {
		expect(explain(failure, known)).toEqual({ message, description });
	});

	test('includes what the API says, before what may have happened', () => {
		const failure = { kind: 'serverError', method: 'POST', statusCode: 500 } as const;
		expect(explain({ ...failure, apiMessage: 'row is locked' }).description).toBe(
			`This is on the side of the service. Try again later. Cloudsquid says: "row is locked"${MAY_BE_DONE}`,
		);
	});
});

describe('the wording', () => {
	test.each(kinds)('of %s follows the rules of n8n', (kind, { failure }) => {
		for (const known of [{}, { project_name: 'A' }, { project_name: 'A', table_id: 't' }]) {
			const { message, description } = explain({ kind, method: 'POST', ...failure }, known);
			expect(`${message} ${description}`).not.toMatch(/\b(error|problem|failure|mistake)s?\b/i);
			expect(message).not.toMatch(/[.!?:;,]$/);
			expect(message).toMatch(/^(n8n|[A-Z])/);
			expect(description).toMatch(/[.")]$/);
		}
	});

	test.each(kinds)('of %s quotes labels as the editor shows them', (kind, { failure }) => {
		for (const known of [{}, { project_name: 'A', table_id: 't', path: '/a' }]) {
			const { message, description } = explain({ kind, method: 'POST', ...failure }, known);
			for (const label of quotedLabels(`${message} ${description}`))
				expect(labels).toContain(label);
		}
	});
});

test.each<[number, FailureKind | undefined]>([
	[200, undefined],
	[201, undefined],
	[202, undefined],
	[204, undefined],
	[299, undefined],
	[100, 'otherStatus'],
	[300, 'redirected'],
	[399, 'redirected'],
	[499, 'otherStatus'],
	[500, 'serverError'],
])('the status %i is of the kind %s', (statusCode, kind) => {
	expect(kindOfStatus(statusCode)).toBe(kind);
});

test('after a run that failed, another one is the way to go on', () => {
	expect(tellIds({ row_id: 'r', run_id: 'n' }, true)).toBe(
		'Row ID: r, Run ID: n. To try again without another upload, use Run → Start Run with this row ID.',
	);
	expect(tellIds({ run_id: 'n' }, true)).toBe('Run ID: n.');
});

test.each<[KnownIds, string]>([
	[{}, ''],
	[{ project_name: 'A', table_id: 't', path: '/a' }, ''],
	[{ source_field: 'scan' }, 'Input Data Field Name: scan.'],
	[{ task_id: 'k' }, 'Task ID: k.'],
	[
		{ row_id: 'r' },
		'Row ID: r. The document is in the table: use Run → Start Run with this row ID.',
	],
	[{ run_id: 'n' }, 'Run ID: n. Use Run → Get Run with this run ID.'],
	[
		{ project_name: 'A', table_id: 't', run_id: 'n', row_id: 'r', source_field: 'scan' },
		'Input Data Field Name: scan, Row ID: r, Run ID: n. Use Run → Get Run with this run ID.',
	],
	[{ row_id: undefined, run_id: '' }, ''],
])('the IDs %j are told as %p', (known, sentence) => {
	expect(tellIds(known)).toBe(sentence);
});

const makers = [
	{
		of: 'what Cloudsquid did',
		type: NodeApiError,
		make: (job: Job, message: string) =>
			serviceError(job, { kind: 'runUnfinished', message: message, description: 'Do this.' }),
	},
	{
		of: 'what the user filled in',
		type: NodeOperationError,
		make: (job: Job, message: string) => inputError(job, message, 'Do this.'),
	},
];

describe.each(makers)('the error for $of', ({ type, make }) => {
	test('says what it was given, for which item', () => {
		const error = make(makeJob({ index: 3 }), 'It is so');
		expect(error).toBeInstanceOf(type);
		expect(error.message).toBe('It is so');
		expect(error.description).toBe('Do this.');
		expect(error.context.itemIndex).toBe(3);
	});

	test('names the item where there are several', () => {
		const error = make(makeJob({ index: 3, items: 4 }), 'It is so');
		expect(error.message).toBe('It is so [Item 3]');
	});

	test('tells the IDs known so far, to people and to workflows', () => {
		const known = { project_name: 'A', table_id: 't', row_id: 'r', run_id: 'n' };
		const error = make(makeJob({ known }), 'It is so');
		expect(error.description).toBe(
			'Do this. Row ID: r, Run ID: n. Use Run → Get Run with this run ID.',
		);
		expect(error.context.known).toEqual(known);
	});

	test('keeps the IDs as they were when it was made', () => {
		const job = makeJob({ known: { row_id: 'r' } });
		const error = make(job, 'It is so');
		(job as Job).known.row_id = 'another';
		expect(error.context.known).toEqual({ row_id: 'r' });
	});

	// n8n puts sentences of its own in place of a message that has one of these in it.
	test.each([
		"A file already exists at '/invoices/EPERM.pdf'",
		"A file already exists at '/PREEXISTING/genoent.pdf'",
		"The item has no file in the field 'ECONNREFUSED'",
		"'Table' is not a valid ID: 'ETIMEDOUT'",
		"'Row ID' is not a valid ID: 'eacces'",
		'Bad gateway of the heart',
	])('keeps its own words: %s', (message) => {
		const error = make(makeJob({}), message);
		expect(error.message).toBe(message);
		expect(error.messages).toEqual([]);
		expect(error.description).toBe('Do this.');
	});
});

test('the error for a failed request has the sentences of its kind and the status', () => {
	const job = makeJob({ known: { project_name: 'A', table_id: 't', row_id: 'r' } });
	const failure: Failure = { kind: 'serverError', method: 'POST', statusCode: 500 };
	const error = apiError(job, failure);
	expect(error).toBeInstanceOf(NodeApiError);
	expect(error.message).toBe('Cloudsquid could not answer (status 500)');
	expect(error.description).toBe(
		`${rows.serverError.description}${MAY_BE_DONE} ${tellIds(job.known)}`,
	);
	expect(error.httpCode).toBe('500');
});

test('the error for a request without an answer has no status', () => {
	const error = apiError(makeJob({}), {
		kind: 'connectionLost',
		method: 'GET',
		code: 'ECONNRESET',
	});
	expect(error.message).toBe('The connection to Cloudsquid was lost');
	expect(error.httpCode).toBeNull();
});

describe('whatever stopped a job', () => {
	test('stays what it is if n8n knows it', () => {
		const job = makeJob({});
		for (const error of [
			new NodeApiError(node, { message: 'a' }),
			new NodeOperationError(node, 'b'),
			serviceError(job, { kind: 'runUnfinished', message: 'c', description: 'd' }),
		]) {
			expect(toNodeError(job, error)).toBe(error);
		}
	});

	test.each<[unknown, string]>([
		[new TypeError('no such thing'), 'no such thing'],
		['a text', 'a text'],
		[undefined, 'undefined'],
	])('becomes an error of the node that tells the IDs: %p', (thrown, message) => {
		const error = toNodeError(makeJob({ known: { run_id: 'n' }, index: 2 }), thrown);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe(message);
		expect(error.description).toContain('Run ID: n.');
		expect(error.context.itemIndex).toBe(2);
	});
});

describe('the item that stands for an error', () => {
	const known = { project_name: 'A', table_id: 't', row_id: 'r' };
	const job = makeJob({ known, index: 5 });

	test('has the one field by which every n8n knows it, and no other', () => {
		const item = toErrorItem(
			job,
			serviceError(job, {
				kind: 'conflict',
				message: 'It is so',
				description: 'Do this.',
				statusCode: 409,
			}),
		);
		expect(Object.keys(item).sort()).toEqual(['json', 'pairedItem']);
		expect(item).toEqual({
			json: {
				error: {
					message: 'It is so',
					description: `Do this. ${tellIds(known)}`,
					kind: 'conflict',
					http_status: 409,
					...known,
				},
			},
			pairedItem: { item: 5 },
		});
	});

	test('has no status for what the user filled in', () => {
		const item = toErrorItem(job, inputError(job, 'It is so', 'Do this.'));
		expect(item.json.error).toMatchObject({ ...known, kind: 'input' });
		expect(item.json.error).not.toHaveProperty('http_status');
	});

	test('has no status where an error of n8n has something else in its place', () => {
		const error = new NodeApiError(node, { message: 'it broke', code: 'ECONNRESET' });
		expect(error.httpCode).toBe('ECONNRESET');
		const item = toErrorItem(job, error);
		expect(item.json.error).toMatchObject(known);
		expect(item.json.error).not.toHaveProperty('http_status');
	});

	test('has no description where there is no way out', () => {
		const item = toErrorItem(makeJob({}), new NodeOperationError(node, 'It is so'));
		expect(item.json).toEqual({ error: { message: 'It is so' } });
	});
});

test('an execution is stopped when its signal says so, and not without one', () => {
	const stop = new AbortController();
	const job = makeJob({ signal: stop.signal });
	expect(isStop(makeJob({}))).toBe(false);
	expect(isStop(job)).toBe(false);
	stop.abort();
	expect(isStop(job)).toBe(true);
});
