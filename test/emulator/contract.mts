import path from 'node:path';
import { fileURLToPath } from 'node:url';
import addFormats from 'ajv-formats';
import { OpenAPIBackend } from 'openapi-backend';
import type { OperationId } from './types.mts';

/** The operation that a request belongs to. */
export interface Match {
	operationId: OperationId;
	hasBody: boolean;
	/** Whether the body is a document, whose `file` may be large. */
	takesDocument: boolean;
	/** The path of the operation, with its parameters in braces. */
	template: string;
}

/** Finds operations, and validates requests and responses. */
export interface Contract {
	match(method: string, path: string): Match | undefined;
	/** What is wrong with a request, if anything. */
	checkRequest(
		match: Match,
		request: {
			method: string;
			path: string;
			query: Record<string, string>;
			headers: NodeJS.Dict<string | string[]>;
			body: unknown;
		},
	): string | undefined;
	/** What is wrong with a response, if anything. */
	checkResponse(operationId: OperationId, status: number, body: unknown): string | undefined;
}

/** The path of the API. */
export const apiRoot = '/api';

const takingDocuments: readonly OperationId[] = ['uploadFile', 'extractFile', 'uploadToPath'];

const definition = path.join(
	path.dirname(fileURLToPath(import.meta.url)),
	'../../contract/openapi.yaml',
);

let loaded: Promise<Contract> | undefined;

/** Loads the contract, once per process. */
export function loadContract(): Promise<Contract> {
	loaded ??= load();
	return loaded;
}

async function load(): Promise<Contract> {
	const backend = new OpenAPIBackend({
		definition,
		apiRoot,
		strict: true,
		// `redocly lint` has checked the contract. This starts ten times faster.
		quick: true,
		ignoreTrailingSlashes: false,
		ajvOpts: { allErrors: true },
		customizeAjv: (ajv) => addFormats.default(ajv),
	});
	await backend.init();
	return {
		match(method, requestPath) {
			const operation = backend.router.matchOperation({ method, path: requestPath, headers: {} });
			if (!operation) return undefined;
			const operationId = operation.operationId as OperationId;
			return {
				operationId,
				hasBody: operation.requestBody !== undefined,
				takesDocument: takingDocuments.includes(operationId),
				template: operation.path,
			};
		},
		checkRequest({ operationId }, { headers, ...request }) {
			const known = Object.fromEntries(
				Object.entries(headers).flatMap(([name, value]) => (value ? [[name, value]] : [])),
			);
			const checked = { ...request, headers: known };
			return describe(backend.validator.validateRequest(checked, operationId).errors);
		},
		checkResponse(operationId, status, body) {
			return describe(backend.validator.validateResponse(body, operationId, status).errors);
		},
	};
}

function describe(
	violations?: ReadonlyArray<{ instancePath: string; message?: string; params?: object }> | null,
): string | undefined {
	const texts = (violations ?? []).map(({ instancePath, message, params }) => {
		const place = instancePath.replace(/^\/requestBody/, 'body').replace(/^\//, '') || 'request';
		const allowed = params && 'allowedValues' in params ? ` (${String(params.allowedValues)})` : '';
		return `${place} ${message ?? 'is invalid'}${allowed}`;
	});
	return [...new Set(texts)].join('; ') || undefined;
}

/** The decoded parameters of a path. Undefined if the encoding is invalid. */
export function readPathParameters(
	template: string,
	requestPath: string,
): Record<string, string> | undefined {
	const parts = requestPath.slice(apiRoot.length).split('/');
	try {
		const entries = template
			.split('/')
			.flatMap((name, index) =>
				name.startsWith('{') ? [[name.slice(1, -1), decodeURIComponent(parts[index] ?? '')]] : [],
			);
		return Object.fromEntries(entries) as Record<string, string>;
	} catch {
		return undefined;
	}
}
