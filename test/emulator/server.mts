import type { IncomingMessage, ServerResponse } from 'node:http';
import addFormats from 'ajv-formats';
import { OpenAPIBackend, type ValidationResult } from 'openapi-backend';
import { readBody, type ReceivedBody } from './body.mts';
import { HttpError, isObject, messageOf, type ApiResponse, type OperationId } from './contract.mts';
import { searchedBytes } from './extraction.mts';
import { comesAfterWork, sendFault, type FaultPlan } from './faults.mts';
import { handlers, type Exchange } from './handlers.mts';
import { send } from './responses.mts';
import type { DownloadRecord, EmulatorState, RequestRecord } from './state.mts';

export const apiRoot = '/api';

let backend: Promise<OpenAPIBackend> | undefined;

/** Loads the contract once per process, because compiling its schemas takes long. */
export function loadContract(): Promise<OpenAPIBackend> {
	backend ??= new OpenAPIBackend({
		definition: 'contract/openapi.yaml',
		apiRoot,
		strict: true,
		// Compiles only the schemas that are used. `redocly lint` checks the contract itself.
		quick: true,
		ignoreTrailingSlashes: false,
		ajvOpts: { allErrors: true },
		customizeAjv: (ajv) => addFormats.default(ajv),
		securityHandlers: {
			'api-key': ({ request }, { apiKey }: Exchange) => request.headers['x-api-key'] === apiKey,
		},
		handlers: {
			...handlers,
			notFound: ({ request: { method, path } }) => {
				throw new HttpError(404, `There is no ${method.toUpperCase()} ${path}.`);
			},
			unauthorizedHandler: () => {
				throw new HttpError(401, 'The API key is missing or wrong.');
			},
			validationFail: ({ validation }) => {
				throw new HttpError(400, describeErrors(validation));
			},
			// The library checks neither.
			preOperationHandler: ({ operation, request: { headers, requestBody } }) => {
				if (!operation.requestBody) {
					if (requestBody !== undefined) throw new HttpError(400, 'This operation takes no body.');
				} else if (!/^application\/json\s*(;|$)/i.test(String(headers['content-type']))) {
					throw new HttpError(400, 'The content type must be application/json.');
				}
			},
		},
	}).init();
	return backend;
}

function describeErrors({ errors }: ValidationResult): string {
	const texts = (errors ?? []).map(({ instancePath, message, params }) => {
		const place = instancePath.replace(/^\/requestBody/, 'body').replace(/^\//, '') || 'request';
		const allowed = 'allowedValues' in params ? ` (${String(params.allowedValues)})` : '';
		return `${place} ${message}${allowed}`;
	});
	return [...new Set(texts)].join('; ');
}

/** What serving a request needs. */
export interface ServerContext extends Omit<Exchange, 'file'> {
	contract: OpenAPIBackend;
	faults: FaultPlan;
}

/** Answers a request to the API, and logs it. */
export async function serveApi(
	context: ServerContext,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { log } = context.state;
	const { method = 'GET', url = '', headers } = request;
	const operation = context.contract.matchOperation({ method, path: url, headers: {} });
	const operationId = (operation?.operationId ?? null) as OperationId | null;
	const record = log.open({ operationId, method, url, headers });
	response.once('close', () => log.close(record, outcomeOf(response)));
	const fault = context.faults.take(operationId, record.number);
	if (fault) record.fault = fault;
	if (fault?.early) return await sendFault(response, fault);

	const keepsFile = operationId === 'uploadToPath';
	const body = await readBody(request, keepsFile ? Number.POSITIVE_INFINITY : searchedBytes);
	record.body = describeBody(body);
	if (fault && !comesAfterWork(fault)) return await sendFault(response, fault);
	const apiResponse = await respond(context, record, body);
	if (fault) return await sendFault(response, fault, apiResponse);
	send(response, apiResponse);
}

function outcomeOf(response: ServerResponse) {
	const status = response.headersSent ? response.statusCode : null;
	return { status, completed: response.writableFinished };
}

function describeBody({ value, file }: ReceivedBody): unknown {
	if (!file || !isObject(value) || value.file_type === 'uri') return value;
	return { ...value, file: { bytes: file.bytes, sha256: file.sha256 } };
}

/** Does the work. The response is checked against the contract, whatever it is. */
async function respond(
	{ contract, ...exchange }: ServerContext,
	{ operationId, method, url, headers }: RequestRecord,
	{ value: body, file }: ReceivedBody,
): Promise<ApiResponse> {
	const request = { method, path: url, headers: headers as Record<string, string>, body };
	let apiResponse: ApiResponse;
	try {
		apiResponse = (await contract.handleRequest(request, { ...exchange, file })) as ApiResponse;
	} catch (error) {
		// openapi-backend throws a URIError if a path is not encoded properly.
		const otherStatus = error instanceof URIError ? 400 : 500;
		const status = error instanceof HttpError ? error.status : otherStatus;
		apiResponse = { status, body: { errorMessage: messageOf(error) } };
	}
	if (operationId === null) return apiResponse;
	const validation = contract.validateResponse(apiResponse.body, operationId, apiResponse.status);
	if (validation.valid) return apiResponse;
	const errorMessage = `The emulator violates the contract: ${describeErrors(validation)}`;
	return { status: 500, body: { errorMessage } };
}

/** Serves a file like a storage service: without an API key, and with errors in XML. */
export async function serveDownload(
	{ state, faults }: ServerContext,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method, url = '', headers } = request;
	const record: DownloadRecord = { url, apiKeySent: 'x-api-key' in headers };
	state.log.downloads.push(record);
	response.once('close', () => Object.assign(record, outcomeOf(response)));
	const fault = faults.take('download', state.log.downloads.length);
	const apiResponse =
		method === 'GET' ? findFile(state, url) : storageError(405, 'MethodNotAllowed');
	if (fault) return await sendFault(response, fault, apiResponse);
	send(response, apiResponse);
}

function findFile({ links }: EmulatorState, url: string): ApiResponse {
	const file = links.get(url);
	if (!file) return storageError(404, 'NoSuchKey');
	return { status: 200, body: file.stored.content, headers: { 'content-type': file.mimetype } };
}

function storageError(status: number, code: string): ApiResponse {
	const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
	return { status, body, headers: { 'content-type': 'application/xml' } };
}
