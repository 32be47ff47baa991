import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Failure, IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { hadNoEffect, type RequestFailure } from '../transport/failure';
import { isObject, shorten } from '../transport/response';
import { MAX_RETRY_AFTER_MS } from '../transport/retry';
import type { ItemContext, ResourceIds } from './itemContext';
import {
	endSentence,
	failureMessages,
	failureVariants,
	fillMessage,
	fillText,
	sentences,
	type ErrorKind,
	type Message,
} from './messages';
import { isToolCall } from './progress';

export type NodeError = NodeApiError | NodeOperationError;

/** What messages call each ID, usually the label in the editor. */
const labels: Record<keyof ResourceIds, string> = {
	source_field: 'Field',
	filename: 'File',
	project_name: 'Project',
	table_id: 'Table',
	row_id: 'Row ID',
	run_id: 'Run ID',
	task_id: 'Task ID',
	path: 'Path',
};

/** What was not found when the request was about these IDs; the last one that is known counts. */
const resources = {
	project_name: 'project',
	table_id: 'table',
	path: 'file or folder',
	row_id: 'row',
	run_id: 'run',
} as const satisfies Partial<Record<keyof ResourceIds, string>>;

/** What is known about the item of a failed request. */
interface FailedItem extends Partial<Pick<ItemContext, 'ids' | 'idsFromApi' | 'descriptions'>> {
	/** Whether n8n runs the node again after an error. */
	retryOnFail?: boolean;
}

/** What the user reads about a failed request. */
export function describeFailure(
	failure: RequestFailure,
	{ ids = {}, idsFromApi = [], descriptions = {}, retryOnFail = false }: FailedItem = {},
): Message {
	const { message, description: usual } = chooseMessage(failure, ids, idsFromApi);
	const description = descriptions[failure.kind] ?? usual;
	const { apiMessage } = failure;
	const parts = apiMessage
		? [fillText(sentences.apiMessage, { message: endSentence(apiMessage) })]
		: [];
	parts.push(description);
	if (failure.retryAfter !== undefined && failure.retryAfter > MAX_RETRY_AFTER_MS) {
		const minutes = Math.ceil(failure.retryAfter / 60_000);
		parts.push(fillText(sentences.retryLater, { minutes }));
	}
	if (hasUnknownOutcome(failure)) {
		parts.push(retryOnFail ? sentences.unknownOutcomeRepeated : sentences.unknownOutcome);
	}
	return { message, description: parts.join(' ') };
}

function chooseMessage(
	{ kind, method, statusCode, code, projectCheck, reason = '' }: RequestFailure,
	ids: ResourceIds,
	idsFromApi: ItemContext['idsFromApi'],
): Message {
	const { projectNotFound, resourceGone, resourceNotFound, fileExists, tableRejected } =
		failureVariants;
	if (kind === 'notFound' && projectCheck !== 'listMissing') {
		const known = (Object.keys(resources) as Array<keyof typeof resources>).filter(
			// If a table is known, the path is that of the document, which was already found.
			(name) => ids[name] !== undefined && !(name === 'path' && ids.table_id),
		);
		const last = known.at(-1);
		if (last) {
			const resource = resources[last];
			if (last === 'project_name' || projectCheck === 'projectMissing') {
				return fillMessage(projectNotFound, { project: shorten(ids.project_name ?? '') });
			}
			if (idsFromApi.includes(last)) return fillMessage(resourceGone, { resource });
			const isRuledOut = projectCheck === 'projectExists';
			const suspects = known.filter((name) => name !== 'project_name' || !isRuledOut);
			return fillMessage(resourceNotFound, { resource, parameters: quoteLabels(suspects) });
		}
	}
	if (kind === 'badRequest' && ids.table_id) return tableRejected;
	if (kind === 'conflict' && method === 'PUT' && ids.path) {
		return fillMessage(fileExists, { path: ids.path });
	}
	const values = {
		statusCode,
		code: code ? ` Code: ${code}.` : '',
		reason: endSentence(reason),
	};
	return fillMessage(failureMessages[kind], values);
}

function quoteLabels(names: Array<keyof ResourceIds>): string {
	const quoted = names.map((name) => `'${labels[name]}'`);
	return quoted.join(', ').replace(/, (?='[^']*'$)/, ' and ');
}

/** Names can be long. IDs are told whole. */
const isShortened = (name: keyof ResourceIds) => name === 'source_field' || name === 'filename';

/** The IDs as the editor calls them. */
export function formatIds(ids: ResourceIds): string {
	return (Object.keys(labels) as Array<keyof ResourceIds>)
		.filter((name) => ids[name])
		.map((name) => `${labels[name]}: ${isShortened(name) ? shorten(ids[name]!) : ids[name]}`)
		.join(', ');
}

/**
 * The file and the IDs that are known so far, as a sentence, and how to continue with them.
 *
 * @param failure the failed request that this is about, if any
 */
export function describeIds(item: ItemContext, kind?: ErrorKind, failure?: RequestFailure): string {
	const { source_field, filename, row_id, run_id } = item.ids;
	const list = formatIds({ source_field, filename, row_id, run_id });
	return list && [`${list}.`, nextStep(item, kind, failure)].filter(Boolean).join(' ');
}

function nextStep(
	{ ids: { row_id, run_id }, idsFromApi }: ItemContext,
	kind?: ErrorKind,
	failure?: RequestFailure,
): string {
	// Reading a failed run again would return nothing new; another run might.
	if (kind === 'runFailed') return row_id ? sentences.startAnotherRun : '';
	if (kind === 'runTimeout') return run_id ? sentences.getRun : '';
	// Nothing can continue with what does not exist, and what may already be running must not run twice.
	if (kind === 'notFound' || (failure && hasUnknownOutcome(failure))) return '';
	// What the user entered is no news, and has just failed.
	if (idsFromApi.includes('run_id')) return sentences.getRun;
	return idsFromApi.includes('row_id') ? sentences.startRun : '';
}

/** Whether a request failed, but may have had its effect. */
function hasUnknownOutcome(failure: RequestFailure): boolean {
	return failure.method !== 'GET' && !hadNoEffect(failure);
}

/** The error for a failed request. It contains neither the request nor the response. */
export function createApiError(item: ItemContext, failure: RequestFailure): NodeApiError {
	const { kind, statusCode } = failure;
	const { retryOnFail } = item.context.getNode();
	const message = describeFailure(failure, { ...item, retryOnFail });
	const error = createResultError(item, { ...message, kind }, statusCode, failure);
	failures.set(error, { item, failure });
	return error;
}

const failures = new WeakMap<NodeError, { item: ItemContext; failure: RequestFailure }>();

/** The failed request that an error is about, and its item. */
export function failureOf(error: NodeError) {
	return failures.get(error);
}

/** The error with this message, its kind, and the IDs that exist. */
export function createResultError(
	item: ItemContext,
	{ kind, message, description }: Message & { kind: ErrorKind },
	statusCode?: number,
	failure?: RequestFailure,
): NodeApiError {
	const ids = describeIds(item, kind, failure);
	const error = new NodeApiError(
		item.context.getNode(),
		{},
		{
			message,
			description: [description, ids].filter(Boolean).join(' '),
			httpCode: statusCode === undefined ? undefined : String(statusCode),
			itemIndex: item.context.getItemIndex(),
			failure: toN8nFailure(kind, failure?.retryAfter),
		},
	);
	return setMessage(item, error, message, kind);
}

/** n8n's failure causes. Older versions ignore them. */
const CAUSES: Partial<Record<ErrorKind, Failure['cause']>> = {
	invalidParameter: 'configuration-invalid',
	invalidFile: 'configuration-invalid',
	unsupportedType: 'configuration-invalid',
	unauthorized: 'credential-invalid',
	forbidden: 'configuration-invalid',
	notFound: 'configuration-invalid',
	domainNotAllowed: 'configuration-invalid',
	redirected: 'configuration-invalid',
	rateLimited: 'rate-limited',
	serverError: 'temporarily-unavailable',
	connectionFailed: 'temporarily-unavailable',
	connectionLost: 'temporarily-unavailable',
	timeout: 'temporarily-unavailable',
};

/** Why an operation failed, so that n8n can react, for example by polling less often. */
function toN8nFailure(kind: ErrorKind, retryAfterMs?: number): Failure | undefined {
	const cause = CAUSES[kind];
	const isTimed = cause === 'rate-limited' || cause === 'temporarily-unavailable';
	if (isTimed) return { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) };
	return cause && { cause };
}

/**
 * The error for a parameter that cannot be used. It is a NodeApiError because n8n's engine wraps any
 * other error in one, which makes it look like the service caused it.
 */
export function parameterError(
	item: ItemContext,
	message: Message & { kind?: ErrorKind },
): NodeApiError {
	return createResultError(item, { kind: 'invalidParameter', ...message });
}

/** Wraps any exception in an n8n error. An unexpected one keeps its stack. */
export function toNodeError(item: ItemContext, error: unknown): NodeError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	const cause = error instanceof Error ? error : new Error(String(error));
	const nodeError = new NodeOperationError(item.context.getNode(), cause, {
		description: describeIds(item),
		itemIndex: item.context.getItemIndex(),
	});
	nodeError.stack = cause.stack;
	return setMessage(item, nodeError, cause.message, 'unexpected');
}

/**
 * The output item for an error, where n8n is told to continue.
 *
 * n8n routes an item to the error output if `error` is its only JSON field. Older versions treat an
 * item with more fields as successful, and all versions drop the other fields if the error object
 * itself is attached. So one field holds everything.
 */
export function toErrorItem(item: ItemContext, error: NodeError): INodeExecutionData {
	const fields: IDataObject = { message: error.message };
	if (error.description) fields.description = error.description;
	if (typeof error.context.kind === 'string') fields.kind = error.context.kind;
	// Without a response, n8n may have put the code of a network error here.
	const status = error instanceof NodeApiError ? Number(error.httpCode) : 0;
	if (status > 0) fields.http_status = status;
	const binary = filesOf(item);
	return {
		json: { error: { ...fields, ...item.ids } },
		...(binary && { binary }),
		pairedItem: { item: item.context.getItemIndex() },
	};
}

/** The files of the failed item, for the nodes that handle it. AI agents cannot receive files. */
function filesOf({ context, file }: ItemContext): INodeExecutionData['binary'] {
	if (isToolCall(context)) return undefined;
	if (!file) return context.getInputData().binary;
	return isObject(file.value) ? { [file.field]: file.value as unknown as IBinaryData } : undefined;
}

/**
 * Restores the message: n8n replaces one that contains the name of a system error, even as part of
 * another word (a file called `EPERM.pdf`). Also adds the kind and the IDs where n8n stores them.
 */
function setMessage<E extends NodeError>(
	item: ItemContext,
	error: E,
	message: string,
	kind: ErrorKind,
): E {
	error.message = message;
	error.messages = [];
	error.context.ids = { ...item.ids };
	error.context.kind = kind;
	return error;
}
