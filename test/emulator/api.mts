import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivedBody } from './body.mts';
import { readBody } from './body.mts';
import type { Contract, Match } from './contract.mts';
import { readPathParameters } from './contract.mts';
import type { FaultPlan } from './faults.mts';
import { altersResponse } from './faults.mts';
import { handlers } from './handlers.mts';
import { send, sendFault } from './responses.mts';
import type { EmulatorState, RequestRecord } from './state.mts';
import type { ApiResponse, Call, OperationId } from './types.mts';
import { HttpError, isObject, messageOf } from './types.mts';

/** What serving the API needs. */
export interface ApiContext {
	state: EmulatorState;
	contract: Contract;
	faults: FaultPlan;
	apiKey: string;
	storageOrigin: string;
}

/** A request that has arrived. */
interface Exchange {
	request: IncomingMessage;
	match: Match | undefined;
	record: RequestRecord;
	signal: AbortSignal;
}

/** The limit for bodies in the request log. */
const MAX_LOGGED_CHARACTERS = 64 * 1024;

/** Serves a request to the API, and logs it. */
export async function serveApi(
	context: ApiContext,
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
): Promise<void> {
	const { state, contract, faults } = context;
	const { method = 'GET', url = '', headers } = request;
	const match = contract.match(method, pathOf(url));
	const operationId = match?.operationId ?? null;
	const record = state.openRequest({ operationId, method, url, headers });
	response.once('close', () => {
		const status = response.headersSent ? response.statusCode : null;
		state.closeRequest(record, status, response.writableFinished);
	});
	const fault = faults.pick(operationId, record.number);
	if (fault) record.fault = fault;
	if (fault?.early) return await sendFault(response, fault, undefined, signal);
	const exchange = { request, match, record, signal };
	const body = await receive(context, exchange);
	const hasEffect = !fault || fault.when === 'after' || altersResponse(fault);
	const apiResponse = hasEffect ? await respond(context, exchange, body) : undefined;
	// A rejected document would only use disk space.
	const isRejected = !apiResponse || apiResponse.status >= 400;
	if (isRejected && !(body instanceof HttpError) && body.file?.stored) {
		await state.store.discard(body.file.stored);
	}
	if (fault) return await sendFault(response, fault, apiResponse, signal);
	send(response, apiResponse!);
}

/** Reads the whole body, whatever the response will be, because the request is logged. */
async function receive(
	{ state }: ApiContext,
	{ request, match, record }: Exchange,
): Promise<ReceivedBody | HttpError> {
	if (!match?.hasBody) {
		request.resume();
		const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
		if (!match || (length === '0' && !encoding)) return { value: undefined };
		return new HttpError(400, `${record.method} ${pathOf(record.url)} takes no body.`);
	}
	try {
		const body = await readBody(request, match.takesDocument ? state.store : undefined);
		record.body = describeBody(body);
		return body;
	} catch (error) {
		if (error instanceof HttpError) return error;
		throw error;
	}
}

function describeBody({ value, file }: ReceivedBody): unknown {
	if (file?.stored && isObject(value) && value.file_type !== 'uri') {
		const { bytes, sha256 } = file.stored;
		return { ...value, file: { bytes, sha256 } };
	}
	const length = JSON.stringify(value)?.length ?? 0;
	return length > MAX_LOGGED_CHARACTERS ? { omitted_characters: length } : value;
}

async function respond(
	{ state, contract, apiKey, storageOrigin }: ApiContext,
	{ request, match, record, signal }: Exchange,
	body: ReceivedBody | HttpError,
): Promise<ApiResponse> {
	try {
		if (request.headers['x-api-key'] !== apiKey) {
			throw new HttpError(401, 'The API key is missing or wrong.');
		}
		if (!match) throw new HttpError(404, `There is no ${record.method} ${pathOf(record.url)}.`);
		if (body instanceof HttpError) throw body;
		const { operationId } = match;
		const call = { ...checkRequest(contract, match, record, body), storageOrigin, signal };
		const handler = handlers[operationId] as (
			state: EmulatorState,
			call: unknown,
		) => ApiResponse | Promise<ApiResponse>;
		const response = await handler(state, call);
		const problem = contract.checkResponse(operationId, response.status, response.body);
		if (problem === undefined) return response;
		throw new HttpError(500, `The emulator does not follow the contract: ${problem}`);
	} catch (error) {
		if (signal.aborted) throw error;
		const status = error instanceof HttpError ? error.status : 500;
		return { status, body: { errorMessage: messageOf(error) } };
	}
}

function checkRequest(
	contract: Contract,
	match: Match,
	{ method, url, headers }: RequestRecord,
	{ value, file }: ReceivedBody,
): Omit<Call<OperationId>, 'storageOrigin' | 'signal'> {
	if (match.hasBody && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
		throw new HttpError(400, 'The content type must be application/json.');
	}
	if (match.hasBody && !isObject(value)) throw new HttpError(400, 'body must be object');
	const requestPath = pathOf(url);
	const path = readPathParameters(match.template, requestPath);
	if (!path) throw new HttpError(400, 'The path is not encoded properly.');
	const query = Object.fromEntries(new URLSearchParams(url.split('?')[1]));
	const request = { method, path: requestPath, query, headers, body: value };
	const problem = contract.checkRequest(match, request);
	if (problem) throw new HttpError(400, problem);
	// The contract guarantees these types.
	return { operationId: match.operationId, path, query, body: value, file } as Call<OperationId>;
}

function pathOf(url: string): string {
	return url.split('?')[0] ?? '';
}
