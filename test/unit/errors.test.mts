import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { isCanceled } from '../../nodes/Cloudsquid/shared/itemContext.ts';
import type { FailureKind } from '../../nodes/Cloudsquid/shared/messages.ts';
import type { RequestFailure } from '../../nodes/Cloudsquid/transport/failure.ts';
import { kindOfStatus } from '../../nodes/Cloudsquid/transport/response.ts';
import {
	createApiError,
	describeFailure,
	parameterError,
	createResultError,
	describeIds,
	toErrorItem,
	toNodeError,
} from '../../nodes/Cloudsquid/shared/errors.ts';
import type { ItemContext, ResourceIds } from '../../nodes/Cloudsquid/shared/itemContext.ts';
import { makeItem, node } from './items.mts';
import { labels, quotedLabels } from './labels.mts';

interface Row {
	/** A failure of this kind as it comes in practice. */
	failure: Omit<RequestFailure, 'kind' | 'method'>;
	/** Whether a request that wrote something may have succeeded. */
	mayBeDone: boolean;
	message: string;
	description: string;
}

/** What the user reads, kind by kind. */
const rows: Record<FailureKind, Row> = {
	badRequest: {
		failure: { statusCode: 400 },
		mayBeDone: false,
		message: 'Cloudsquid rejected the request',
		description: 'Check the values of this operation.',
	},
	unauthorized: {
		failure: { statusCode: 401 },
		mayBeDone: false,
		message: 'The API key was rejected',
		description:
			"Check 'API Key' in the credential. Create keys in the Cloudsquid dashboard under Project Settings → API Keys.",
	},
	forbidden: {
		failure: { statusCode: 403 },
		mayBeDone: false,
		message: 'This API key has no access to this project',
		description:
			"Each API key belongs to one project. Use a key from the project selected in 'Project', or select the project that the key belongs to.",
	},
	notFound: {
		failure: { statusCode: 404 },
		mayBeDone: false,
		message: "Nothing found at the credential's 'Base URL'",
		description: "Check 'Base URL' in the credential.",
	},
	proxyAuthentication: {
		failure: { statusCode: 407 },
		mayBeDone: false,
		message: 'The proxy requires authentication',
		description: "Check the proxy settings of n8n, or 'Proxy' under 'Request Options'.",
	},
	conflict: {
		failure: { statusCode: 409 },
		mayBeDone: false,
		message: 'Conflict with existing data',
		description: 'Check what already exists in Cloudsquid.',
	},
	tooLarge: {
		failure: { statusCode: 413 },
		mayBeDone: false,
		message: 'The document is too large for Cloudsquid',
		description: "Send a smaller file, or set 'Input Source' to 'File URL'.",
	},
	unsupportedType: {
		failure: { statusCode: 415 },
		mayBeDone: false,
		message: 'Cloudsquid does not accept this file type',
		description:
			"Check the file, and set 'MIME Type' under Options if the previous node labeled it incorrectly.",
	},
	unprocessable: {
		failure: { statusCode: 422 },
		mayBeDone: false,
		message: 'Cloudsquid could not process the values',
		description: 'Check the values of this operation.',
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
		message: 'Cloudsquid could not handle the request (status 503)',
		description: 'The service is temporarily unavailable. Try again later.',
	},
	unexpectedStatus: {
		failure: { statusCode: 418 },
		mayBeDone: false,
		message: 'Cloudsquid returned an unexpected status: 418',
		description: 'The Cloudsquid API documentation does not describe this response.',
	},
	redirected: {
		failure: { statusCode: 302 },
		mayBeDone: false,
		message: "The 'Base URL' redirects to another address",
		description:
			"Enter the final address as 'Base URL' in the credential. Redirects are not followed, because they would send the API key to another server.",
	},
	htmlResponse: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'Received a web page instead of JSON',
		description: "Check 'Base URL' in the credential, and any proxy between n8n and Cloudsquid.",
	},
	invalidJson: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'The response from Cloudsquid could not be read',
		description: 'The response is incomplete or not valid JSON.',
	},
	emptyResponse: {
		failure: { statusCode: 200, unreadable: true },
		mayBeDone: true,
		message: 'Cloudsquid returned an empty response',
		description: 'This operation expects data in the response.',
	},
	responseTooLarge: {
		failure: {},
		mayBeDone: true,
		message: 'The response from Cloudsquid is too large',
		description: 'The response exceeds 32 MB. View the data in Cloudsquid instead.',
	},
	unexpectedResponse: {
		failure: { unreadable: true },
		mayBeDone: true,
		message: 'Cloudsquid returned an unexpected response',
		description: "Check 'Base URL' in the credential: another service may be responding.",
	},
	connectionFailed: {
		failure: { code: 'ECONNREFUSED' },
		mayBeDone: false,
		message: 'Could not connect to Cloudsquid',
		description:
			"Check that 'Base URL' in the credential is correct and that n8n can reach it. Code: ECONNREFUSED.",
	},
	connectionLost: {
		failure: { code: 'ECONNRESET' },
		mayBeDone: true,
		message: 'The connection to Cloudsquid was lost',
		description: 'Check the network, and any proxy between n8n and Cloudsquid. Code: ECONNRESET.',
	},
	invalidCertificate: {
		failure: { code: 'CERT_HAS_EXPIRED' },
		mayBeDone: false,
		message: "The server's certificate is not trusted",
		description:
			"Check 'Base URL' in the credential. If you use your own certificate, add it to n8n, or turn on 'Ignore SSL Issues (Insecure)'. Code: CERT_HAS_EXPIRED.",
	},
	timeout: {
		failure: { code: 'ETIMEDOUT' },
		mayBeDone: true,
		message: 'Cloudsquid did not respond in time',
		description:
			"Try again later, or raise 'Timeout' under 'Request Options'. For a synchronous extraction or a reconciliation, raise 'Max Wait' under Options. For long documents, use the asynchronous mode.",
	},
	domainNotAllowed: {
		failure: { unsent: true },
		mayBeDone: false,
		message: 'The credential does not allow requests to this domain',
		description: "Check 'Base URL' and the allowed domains in the credential.",
	},
	fileAccessFailed: {
		failure: { code: 'ENOSPC', reason: 'ENOSPC: no space left on device, write' },
		mayBeDone: false,
		message: 'n8n could not read or write the file',
		description:
			'Details: "ENOSPC: no space left on device, write". Check that the file still exists and that the disk is not full.',
	},
	requestFailed: {
		failure: { reason: 'The file has 5 bytes, not 6' },
		mayBeDone: true,
		message: 'The request could not be completed',
		description: 'Details: "The file has 5 bytes, not 6"',
	},
	canceled: {
		failure: { code: 'ERR_CANCELED' },
		mayBeDone: true,
		message: 'The execution was canceled',
		description: 'Work that has already started may continue in Cloudsquid.',
	},
};
const kinds = Object.entries(rows) as Array<[FailureKind, Row]>;

const MAY_BE_DONE =
	' The request may have succeeded, so it was not retried. Check Cloudsquid before you repeat it.';

describe('what the user reads', () => {
	test.each(kinds)('%s', (kind, { failure, message, description }) => {
		expect(describeFailure({ kind, method: 'GET', ...failure })).toEqual({ message, description });
	});

	test.each(kinds)('%s, of a request that writes', (kind, row) => {
		const description = row.description + (row.mayBeDone ? MAY_BE_DONE : '');
		for (const method of ['POST', 'PUT', 'PATCH']) {
			const expected = { message: row.message, description };
			expect(describeFailure({ kind, method, ...row.failure })).toEqual(expected);
		}
	});

	test.each<[string, RequestFailure, boolean]>([
		['that never left n8n', { kind: 'canceled', method: 'POST', unsent: true }, false],
		['that n8n could not make', { kind: 'requestFailed', method: 'POST', unsent: true }, false],
		[
			'that took too long, as the service says',
			{ kind: 'timeout', method: 'POST', statusCode: 408 },
			true,
		],
		[
			'whose way was lost',
			{ kind: 'connectionFailed', method: 'POST', code: 'EHOSTUNREACH' },
			true,
		],
		[
			'whose host has no name',
			{ kind: 'connectionFailed', method: 'POST', code: 'ENOTFOUND' },
			false,
		],
	])('a request %s may have succeeded: %#', (_, failure, mayBeDone) => {
		expect(describeFailure(failure).description.endsWith(MAY_BE_DONE)).toBe(mayBeDone);
	});

	test.each<[ItemContext['idsFromApi'], string]>([
		[['row_id'], 'row'],
		[['row_id', 'run_id'], 'run'],
	])('nothing under what was never filled in, %p, is told so', (given, name) => {
		const ids = {
			project_name: 'A',
			table_id: 't',
			row_id: 'r',
			...(name === 'run' && { run_id: 'n' }),
		};
		expect(
			describeFailure({ kind: 'notFound', method: 'GET', statusCode: 404 }, ids, given),
		).toEqual({
			message: `The ${name} no longer exists in Cloudsquid`,
			description: `Check the table in Cloudsquid. The ${name} may have been deleted there.`,
		});
	});

	test.each<[string, RequestFailure, ResourceIds, string, string]>([
		[
			'nothing under a project',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A' },
			"No project found for this 'Project'",
			"Check the name in Cloudsquid, and 'Base URL' in the credential.",
		],
		[
			'nothing under a path',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A', path: '/a' },
			"No file or folder found for this 'Project' and 'Path'",
			'Check these values in Cloudsquid. The file or folder must belong to the selected project.',
		],
		[
			'nothing under a run',
			{ kind: 'notFound', method: 'GET', statusCode: 404 },
			{ project_name: 'A', table_id: 't', row_id: undefined, run_id: 'r', source_field: 'data' },
			"No run found for this 'Project', 'Table' and 'Run ID'",
			'Check these values in Cloudsquid. The run must belong to the selected project.',
		],
		[
			'a file in the way',
			{ kind: 'conflict', method: 'PUT', statusCode: 409 },
			{ project_name: 'A', path: '/invoices/1.pdf' },
			"A file already exists at '/invoices/1.pdf'",
			"Choose another 'Path', or delete the existing file in Cloudsquid first. The API does not overwrite files.",
		],
		[
			'a conflict over a path at which nothing is put',
			{ kind: 'conflict', method: 'GET', statusCode: 409 },
			{ project_name: 'A', path: '/invoices/1.pdf' },
			'Conflict with existing data',
			'Check what already exists in Cloudsquid.',
		],
		[
			'no code',
			{ kind: 'connectionFailed', method: 'GET' },
			{},
			'Could not connect to Cloudsquid',
			"Check that 'Base URL' in the credential is correct and that n8n can reach it.",
		],
		[
			'no code',
			{ kind: 'connectionLost', method: 'GET' },
			{},
			'The connection to Cloudsquid was lost',
			'Check the network, and any proxy between n8n and Cloudsquid.',
		],
	])('with %s', (_, failure, ids, message, description) => {
		expect(describeFailure(failure, ids)).toEqual({ message, description });
	});

	test('includes what the API says, before what may have happened', () => {
		const failure = { kind: 'serverError', method: 'POST', statusCode: 500 } as const;
		expect(describeFailure({ ...failure, apiMessage: 'row is locked' }).description).toBe(
			`The service is temporarily unavailable. Try again later. Cloudsquid says: "row is locked"${MAY_BE_DONE}`,
		);
	});
});

describe('the wording', () => {
	test.each(kinds)('of %s follows the rules of n8n', (kind, { failure }) => {
		for (const ids of [{}, { project_name: 'A' }, { project_name: 'A', table_id: 't' }]) {
			const { message, description } = describeFailure({ kind, method: 'POST', ...failure }, ids);
			expect(`${message} ${description}`).not.toMatch(/\b(error|problem|failure|mistake)s?\b/i);
			expect(message).not.toMatch(/[.!?:;,]$/);
			expect(message).toMatch(/^(n8n|[A-Z])/);
			expect(description).toMatch(/[.")]$/);
		}
	});

	test.each(kinds)('of %s quotes labels as the editor shows them', (kind, { failure }) => {
		for (const ids of [{}, { project_name: 'A', table_id: 't', path: '/a' }]) {
			const { message, description } = describeFailure({ kind, method: 'POST', ...failure }, ids);
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
	[100, 'unexpectedStatus'],
	[300, 'redirected'],
	[399, 'redirected'],
	[499, 'unexpectedStatus'],
	[500, 'serverError'],
])('the status %i is of the kind %s', (statusCode, kind) => {
	expect(kindOfStatus(statusCode)).toBe(kind);
});

test('after a run that failed, another one is the way to go on', () => {
	expect(describeIds({ row_id: 'r', run_id: 'n' }, true)).toBe(
		'Row ID: r, Run ID: n. To try again without another upload, use Run → Start Run with this row ID.',
	);
	expect(describeIds({ run_id: 'n' }, true)).toBe('Run ID: n.');
});

test.each<[ResourceIds, string]>([
	[{}, ''],
	[{ project_name: 'A', table_id: 't', path: '/a' }, ''],
	[{ source_field: 'scan' }, 'Input Data Field Name: scan.'],
	[
		{ row_id: 'r' },
		'Row ID: r. The document has already been uploaded. Use Run → Start Run with this row ID.',
	],
	[{ run_id: 'n' }, 'Run ID: n. Use Run → Get Run with this run ID.'],
	[
		{ project_name: 'A', table_id: 't', run_id: 'n', row_id: 'r', source_field: 'scan' },
		'Input Data Field Name: scan, Row ID: r, Run ID: n. Use Run → Get Run with this run ID.',
	],
	[{ row_id: undefined, run_id: '' }, ''],
])('the IDs %j are told as %p', (ids, sentence) => {
	expect(describeIds(ids)).toBe(sentence);
});

const makers = [
	{
		of: 'what Cloudsquid did',
		type: NodeApiError,
		make: (job: ItemContext, message: string) =>
			createResultError(job, { kind: 'runTimeout', message: message, description: 'Do this.' }),
	},
	{
		of: 'what the user filled in',
		type: NodeOperationError,
		make: (job: ItemContext, message: string) =>
			parameterError(job, { message, description: 'Do this.' }),
	},
];

describe.each(makers)('the error for $of', ({ type, make }) => {
	test('says what it was given, for which item', () => {
		const error = make(makeItem({ index: 3 }), 'It is so');
		expect(error).toBeInstanceOf(type);
		expect(error.message).toBe('It is so');
		expect(error.description).toBe('Do this.');
		expect(error.context.itemIndex).toBe(3);
	});

	test('names the item where there are several', () => {
		const error = make(makeItem({ index: 3, items: 4 }), 'It is so');
		expect(error.message).toBe('It is so [Item 3]');
	});

	test('tells the IDs ids so far, to people and to workflows', () => {
		const ids = { project_name: 'A', table_id: 't', row_id: 'r', run_id: 'n' };
		const error = make(makeItem({ ids }), 'It is so');
		expect(error.description).toBe(
			'Do this. Row ID: r, Run ID: n. Use Run → Get Run with this run ID.',
		);
		expect(error.context.ids).toEqual(ids);
	});

	test('keeps the IDs as they were when it was made', () => {
		const job = makeItem({ ids: { row_id: 'r' } });
		const error = make(job, 'It is so');
		(job as ItemContext).ids.row_id = 'another';
		expect(error.context.ids).toEqual({ row_id: 'r' });
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
		const error = make(makeItem({}), message);
		expect(error.message).toBe(message);
		expect(error.messages).toEqual([]);
		expect(error.description).toBe('Do this.');
	});
});

test('the error for a failed request has the sentences of its kind and the status', () => {
	const job = makeItem({ ids: { project_name: 'A', table_id: 't', row_id: 'r' } });
	const failure: RequestFailure = { kind: 'serverError', method: 'POST', statusCode: 500 };
	const error = createApiError(job, failure);
	expect(error).toBeInstanceOf(NodeApiError);
	expect(error.message).toBe('Cloudsquid could not handle the request (status 500)');
	expect(error.description).toBe(
		`${rows.serverError.description}${MAY_BE_DONE} ${describeIds(job.ids)}`,
	);
	expect(error.httpCode).toBe('500');
});

test('the error for a request without an answer has no status', () => {
	const error = createApiError(makeItem({}), {
		kind: 'connectionLost',
		method: 'GET',
		code: 'ECONNRESET',
	});
	expect(error.message).toBe('The connection to Cloudsquid was lost');
	expect(error.httpCode).toBeNull();
});

describe('whatever stopped a job', () => {
	test('stays what it is if n8n knows it', () => {
		const job = makeItem({});
		for (const error of [
			new NodeApiError(node, { message: 'a' }),
			new NodeOperationError(node, 'b'),
			createResultError(job, { kind: 'runTimeout', message: 'c', description: 'd' }),
		]) {
			expect(toNodeError(job, error)).toBe(error);
		}
	});

	test.each<[unknown, string]>([
		[new TypeError('no such thing'), 'no such thing'],
		['a text', 'a text'],
		[undefined, 'undefined'],
	])('becomes an error of the node that tells the IDs: %p', (thrown, message) => {
		const error = toNodeError(makeItem({ ids: { run_id: 'n' }, index: 2 }), thrown);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe(message);
		expect(error.description).toContain('Run ID: n.');
		expect(error.context.itemIndex).toBe(2);
	});

	test('keeps the stack that tells where it came from', () => {
		const thrown = new TypeError('no such thing');
		expect(toNodeError(makeItem({}), thrown).stack).toBe(thrown.stack);
	});
});

describe('the item that stands for an error', () => {
	const ids = { project_name: 'A', table_id: 't', row_id: 'r' };
	const job = makeItem({ ids, index: 5 });

	test('has the one field by which every n8n knows it, and no other', () => {
		const item = toErrorItem(
			job,
			createResultError(
				job,
				{
					kind: 'conflict',
					message: 'It is so',
					description: 'Do this.',
				},
				409,
			),
		);
		expect(Object.keys(item).sort()).toEqual(['json', 'pairedItem']);
		expect(item).toEqual({
			json: {
				error: {
					message: 'It is so',
					description: `Do this. ${describeIds(ids)}`,
					kind: 'conflict',
					http_status: 409,
					...ids,
				},
			},
			pairedItem: { item: 5 },
		});
	});

	test('has no status for what the user filled in', () => {
		const item = toErrorItem(
			job,
			parameterError(job, { message: 'It is so', description: 'Do this.' }),
		);
		expect(item.json.error).toMatchObject({ ...ids, kind: 'invalidParameter' });
		expect(item.json.error).not.toHaveProperty('http_status');
	});

	test('has no status where an error of n8n has something else in its place', () => {
		const error = new NodeApiError(node, { message: 'it broke', code: 'ECONNRESET' });
		expect(error.httpCode).toBe('ECONNRESET');
		const item = toErrorItem(job, error);
		expect(item.json.error).toMatchObject(ids);
		expect(item.json.error).not.toHaveProperty('http_status');
	});

	test('has no description where there is no way out', () => {
		const item = toErrorItem(makeItem({}), new NodeOperationError(node, 'It is so'));
		expect(item.json).toEqual({ error: { message: 'It is so' } });
	});
});

test('an execution is stopped when its signal says so, and not without one', () => {
	const stop = new AbortController();
	const job = makeItem({ signal: stop.signal });
	expect(isCanceled(makeItem({}))).toBe(false);
	expect(isCanceled(job)).toBe(false);
	stop.abort();
	expect(isCanceled(job)).toBe(true);
});
