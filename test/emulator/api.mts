import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestRecord } from './books.mts';
import type { ReceivedBody } from './body.mts';
import { readBody } from './body.mts';
import type { Contract, Match } from './contract.mts';
import { readPathParameters } from './contract.mts';
import type { FaultPlan } from './faults.mts';
import { altersAnswer } from './faults.mts';
import type { Call } from './handlers.mts';
import { handlers } from './handlers.mts';
import { sleep } from './sleep.mts';
import type { Answer, OperationId } from './types.mts';
import { Problem, isObject, messageOf } from './types.mts';
import { send, sendFault } from './wire.mts';
import type { World } from './world.mts';

/** What serving the API needs. */
export interface ApiContext {
	world: World;
	contract: Contract;
	faults: FaultPlan;
	apiKey: string;
	storageOrigin: string;
}

/** One request on its way. */
interface Exchange {
	request: IncomingMessage;
	response: ServerResponse;
	match: Match | undefined;
	record: RequestRecord;
	signal: AbortSignal;
}

/** Books that are read by people need no more than this of a body. */
const maxRecordedBody = 64 * 1024;

/** Serves one request to the API and writes down how it went. */
export async function serveApi(
	context: ApiContext,
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
): Promise<void> {
	const { books, behaviour } = context.world;
	const { method = 'GET', url = '', headers } = request;
	const match = context.contract.match(method, pathOf(url));
	const operationId = match?.operationId ?? null;
	const record = books.open({ operationId, method, url, headers });
	response.once('close', () => {
		const status = response.headersSent ? response.statusCode : null;
		books.close(record, status, response.writableFinished);
	});
	const crowded = books.inFlight > behaviour.maxInFlight;
	const fault = context.faults.pick(operationId, record.number);
	if (fault) record.fault = fault;
	const exchange = { request, response, match, record, signal };
	if (fault?.early) return await sendFault(response, fault, undefined, signal);

	const body = await receive(context, exchange);
	if (fault && fault.when !== 'after' && !altersAnswer(fault)) {
		await discard(context, body);
		return await sendFault(response, fault, undefined, signal);
	}
	const answer = await answerTo(context, exchange, body, crowded);
	if (answer.status >= 400) await discard(context, body);
	if (behaviour.latencyMs) await sleep(behaviour.latencyMs, signal);
	if (fault) return await sendFault(response, fault, answer, signal);
	send(response, answer);
}

/** Reads the whole body first, whatever will be answered: what was sent is to be in the books. */
async function receive(
	{ world }: ApiContext,
	{ request, match, record }: Exchange,
): Promise<ReceivedBody | Problem> {
	if (!match?.hasBody) {
		request.resume();
		const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
		if (!match || (length === '0' && !encoding)) return { value: undefined };
		return new Problem(400, `${record.method} ${pathOf(record.url)} takes no body.`);
	}
	try {
		const body = await readBody(request, match.takesDocument ? world.store : undefined);
		record.body = describeBody(body);
		return body;
	} catch (error) {
		if (error instanceof Problem) return error;
		throw error;
	}
}

/** A refused document would only fill the disk. */
async function discard({ world }: ApiContext, body: ReceivedBody | Problem): Promise<void> {
	if (!(body instanceof Problem) && body.file?.stored) await world.store.discard(body.file.stored);
}

function describeBody({ value, file }: ReceivedBody): unknown {
	if (file?.stored && isObject(value) && value.file_type !== 'uri') {
		const { bytes, sha256 } = file.stored;
		return { ...value, file: { bytes, sha256 } };
	}
	const length = JSON.stringify(value)?.length ?? 0;
	return length > maxRecordedBody ? { omitted_characters: length } : value;
}

async function answerTo(
	context: ApiContext,
	{ request, match, record, signal }: Exchange,
	body: ReceivedBody | Problem,
	crowded: boolean,
): Promise<Answer> {
	try {
		const { behaviour } = context.world;
		if (request.headers['x-api-key'] !== context.apiKey) {
			throw new Problem(401, 'The API key is missing or wrong.');
		}
		if (crowded) {
			throw new Problem(429, 'Too many requests at once.', {
				'retry-after': String(behaviour.retryAfterSeconds),
			});
		}
		if (!match) throw new Problem(404, `There is no ${record.method} ${pathOf(record.url)}.`);
		if (body instanceof Problem) throw body;
		const checked = checkRequest(context, match, record, body);
		const answer = await dispatch(context, match, checked, signal);
		const misfit = context.contract.checkAnswer(match.operationId, answer.status, answer.body);
		if (misfit) throw new Problem(500, `The emulator does not follow the contract: ${misfit}`);
		return answer;
	} catch (error) {
		if (signal.aborted) throw error;
		const { status, headers } = error instanceof Problem ? error : new Problem(500, '');
		return { status, headers, body: { errorMessage: messageOf(error) } };
	}
}

type CheckedRequest = Pick<Call<OperationId>, 'path' | 'query' | 'body' | 'file'>;

function checkRequest(
	{ contract }: ApiContext,
	match: Match,
	{ method, url, headers }: RequestRecord,
	{ value, file }: ReceivedBody,
): CheckedRequest {
	if (match.hasBody && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
		throw new Problem(400, 'The content type must be application/json.');
	}
	if (match.hasBody && !isObject(value)) throw new Problem(400, 'body must be object');
	const path = readPathParameters(match.template, pathOf(url));
	if (!path) throw new Problem(400, 'The path is not encoded properly.');
	const query = Object.fromEntries(new URLSearchParams(url.split('?')[1]));
	const misfit = contract.checkRequest(match, {
		method,
		path: pathOf(url),
		query,
		headers,
		body: value,
	});
	if (misfit) throw new Problem(400, misfit);
	// The contract has just been kept, so these are what it says.
	return { path, query, body: value, file } as CheckedRequest;
}

async function dispatch(
	{ world, storageOrigin }: ApiContext,
	{ operationId }: Match,
	checked: CheckedRequest,
	signal: AbortSignal,
): Promise<Answer> {
	const handle = handlers[operationId] as (world: World, call: unknown) => Answer | Promise<Answer>;
	return await handle(world, { ...checked, operationId, storageOrigin, signal });
}

function pathOf(url: string): string {
	return url.split('?')[0] ?? '';
}
