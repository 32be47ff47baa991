import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import {
	failureMessages,
	type ErrorKind,
	type FailureKind,
} from '../../nodes/Cloudsquid/shared/messages.ts';
import type { RequestFailure } from '../../nodes/Cloudsquid/transport/failure.ts';
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

describe('the message of a failed request', () => {
	test.each(Object.keys(failureMessages) as FailureKind[])(
		'of the kind %s follows the rules of n8n',
		(kind) => {
			const failure = { kind, method: 'GET', statusCode: 418, reason: 'It is so' };
			const { message, description } = failureMessages[kind];
			expect(describeFailure(failure).message).toBe(message.replace('{statusCode}', '418'));
			expect(describeFailure(failure).description).toContain(description.split('{')[0]);
			for (const ids of [{}, { project_name: 'A' }, { project_name: 'A', table_id: 't' }]) {
				const text = describeFailure(failure, { ids });
				expect(Object.values(text).join(' ')).not.toMatch(/\b(error|problem|failure|mistake)s?\b/i);
				expect(text.message).toMatch(/^(n8n|[A-Z]).*[^.!?:;,]$/);
				expect(text.description).toMatch(/[.")]$/);
			}
		},
	);

	test('includes the code, and what the API said', () => {
		const lost = { kind: 'connectionLost', method: 'GET', code: 'ECONNRESET' } as const;
		expect(describeFailure(lost).description).toBe(
			'Check the network, and any proxy between n8n and Cloudsquid. Code: ECONNRESET.',
		);
		const locked = { kind: 'serverError', method: 'POST', apiMessage: 'row is locked' } as const;
		expect(describeFailure({ ...locked, statusCode: 500 }).description).toBe(
			'Cloudsquid says: "row is locked." The service is temporarily unavailable. Try again later. The request may have succeeded, so it was not retried. Check Cloudsquid before you repeat it.',
		);
	});

	test('says to check the type of the table if the request was about one', () => {
		const rejected = { kind: 'badRequest', method: 'POST', statusCode: 400 } as const;
		const ids = { project_name: 'A', table_id: 't' };
		expect(describeFailure(rejected, { ids }).description).toMatch(/^Check 'Table'/);
	});

	test('says that what the API returned is gone', () => {
		const notFound = { kind: 'notFound', method: 'GET', statusCode: 404 } as const;
		const place = { project_name: 'A', table_id: 't', source_field: 'data' };
		const row = describeFailure(notFound, {
			ids: { ...place, row_id: 'r' },
			idsFromApi: ['row_id'],
		});
		expect(row.message).toBe('The row no longer exists in Cloudsquid');
		const run = describeFailure(notFound, {
			ids: { ...place, run_id: 'n' },
			idsFromApi: ['row_id', 'run_id'],
		});
		expect(run.message).toBe('The run no longer exists in Cloudsquid');
	});
});

const lost = { kind: 'connectionLost', method: 'POST' } as const;

test.each<[ResourceIds, string, kind?: ErrorKind | null, failure?: RequestFailure | null]>([
	[{}, ''],
	[{ project_name: 'A', table_id: 't', path: '/a' }, ''],
	[{ row_id: undefined, run_id: '' }, ''],
	[{ source_field: 'scan' }, 'Field: scan.'],
	[
		{ row_id: 'r' },
		'Row ID: r. The row already exists. To run it, use Run → Start Run with this row ID.',
	],
	[{ row_id: 'r' }, 'Row ID: r.', 'connectionLost', lost],
	[
		{ run_id: 'n', row_id: 'r', source_field: 'scan' },
		'Field: scan, Row ID: r, Run ID: n. To get the result later, use Run → Get Run with this run ID.',
	],
	[
		{ row_id: 'r', run_id: 'n' },
		'Row ID: r, Run ID: n. To try again without another upload, use Run → Start Run with this row ID.',
		'runFailed',
	],
	[{ run_id: 'n' }, 'Run ID: n.', 'runFailed'],
	[{ filename: 'a\nRow ID: 7.pdf', row_id: 'r' }, 'File: a Row ID: 7.pdf, Row ID: r.', 'notFound'],
])('lists the IDs %j as %p', (...[ids, sentence, kind, failure]) => {
	const item = makeItem({ ids });
	item.idsFromApi = (['row_id', 'run_id'] as const).filter((name) => ids[name]);
	expect(describeIds(item, kind ?? undefined, failure ?? undefined)).toBe(sentence);
});

test('does not recommend what has just failed with an ID that the user entered', () => {
	const item = makeItem({ ids: { row_id: 'r', run_id: 'n' } });
	expect(describeIds(item, 'badRequest')).toBe('Row ID: r, Run ID: n.');
	expect(describeIds(item, 'runTimeout')).toMatch(/use Run → Get Run with this run ID\.$/);
});

const says = { message: 'It is so', description: 'Do this.' };

describe.each([
	{
		kind: 'a result',
		create: (item: ItemContext, text = says) =>
			createResultError(item, { kind: 'runTimeout', ...text }),
	},
	{ kind: 'a parameter', create: parameterError },
])('an error about $kind', ({ create }) => {
	test('has its message, its item, and the IDs known at that time', () => {
		const ids = { project_name: 'A', table_id: 't', row_id: 'r', run_id: 'n' };
		const item = makeItem({ ids: { ...ids }, index: 3 });
		const error = create(item, says);
		item.ids.row_id = 'another';
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error).toMatchObject({
			message: 'It is so',
			description: expect.stringMatching(/^Do this\. Row ID: r, Run ID: n\./),
			context: { itemIndex: 3 },
			// Without a code, n8n shows no section about the service.
			httpCode: null,
		});
		expect(error.context.ids).toEqual(ids);
	});

	// n8n replaces messages that contain one of these.
	test.each([
		"A file already exists at '/PREEXISTING/genoent.pdf'",
		"'Row ID' is not a valid ID: 'eacces'",
		'Bad gateway of the heart',
	])('keeps its message: %s', (message) => {
		const error = create(makeItem({}), { ...says, message });
		expect(error).toMatchObject({ message, messages: [], description: 'Do this.' });
	});
});

describe('whatever an item throws', () => {
	test('stays as it is if n8n knows it', () => {
		const item = makeItem({});
		const errors = [new NodeApiError(node, { message: 'a' }), new NodeOperationError(node, 'b')];
		for (const error of errors) expect(toNodeError(item, error)).toBe(error);
	});

	test.each<[unknown, string]>([
		[new TypeError('no such thing'), 'no such thing'],
		['a text', 'a text'],
		[undefined, 'undefined'],
	])('becomes an error of the node, with the IDs: %p', (thrown, message) => {
		const error = toNodeError(makeItem({ ids: { run_id: 'n' }, index: 2 }), thrown);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({ message, context: { itemIndex: 2 } });
		expect(error.description).toContain('Run ID: n.');
		if (thrown instanceof Error) expect(error.stack).toBe(thrown.stack);
	});
});

test('an error declares a cause that n8n acts on', () => {
	const item = makeItem({});
	const causeOf = (failure: Partial<RequestFailure>) =>
		createApiError(item, { kind: 'rateLimited', method: 'GET', ...failure }).failure;
	expect(causeOf({ retryAfter: 9000 })).toEqual({ cause: 'rate-limited', retryAfterMs: 9000 });
	expect(causeOf({ kind: 'serverError' })).toEqual({ cause: 'temporarily-unavailable' });
	expect(causeOf({ kind: 'unauthorized' })).toEqual({ cause: 'credential-invalid' });
	expect(causeOf({ kind: 'notFound' })).toEqual({ cause: 'configuration-invalid' });
	expect(causeOf({ kind: 'badRequest' })).toBeUndefined();
	expect(parameterError(item, says).failure).toEqual({ cause: 'configuration-invalid' });
});

describe('the error item', () => {
	const ids = { project_name: 'A', table_id: 't', row_id: 'r' };
	const item = makeItem({ ids, index: 5 });

	// n8n puts the code of a network error in the place of the status.
	test.each([
		['a parameter is invalid', parameterError(item, says)],
		['n8n knows a code', new NodeApiError(node, { message: 'it broke', code: 'ECONNRESET' })],
	])('has no status if %s', (_, thrown) => {
		const { error } = toErrorItem(item, thrown).json;
		expect(error).toMatchObject(ids);
		expect(error).not.toHaveProperty('http_status');
	});

	test('has no description if there is none', () => {
		const { json } = toErrorItem(makeItem({}), new NodeOperationError(node, 'It is so'));
		expect(json).toEqual({ error: { message: 'It is so' } });
	});
});
