import type { components, operations } from '../../nodes/Cloudsquid/generated/contract.ts';

/** The schemas of the contract. */
export type schemas = components['schemas'];

/** The operations of the contract. */
export type OperationId = keyof operations;

export type JsonObject = Record<string, unknown>;

type Parameters<K extends OperationId, In extends 'path' | 'query'> =
	operations[K]['parameters'] extends Record<In, infer P> ? P : Record<string, never>;

/** A valid request, with decoded parameters. */
export interface Call<K extends OperationId> {
	operationId: K;
	path: Parameters<K, 'path'>;
	query: Parameters<K, 'query'>;
	body: operations[K] extends { requestBody: { content: { 'application/json': infer B } } }
		? B
		: undefined;
	/** The content of the document in the body. */
	file: CapturedFile | undefined;
	/** Where downloads are served. */
	storageOrigin: string;
	/** Aborted when nobody waits for the response anymore. */
	signal: AbortSignal;
}

/** The `file` of a document, which is not kept in memory. */
export interface CapturedFile {
	/** The text itself, if it is short enough for a URL. */
	text?: string;
	/** The decoded content, if the text is base64. */
	stored?: StoredFile;
}

/** Content in the temporary folder. */
export interface StoredFile {
	path: string;
	bytes: number;
	sha256: string;
}

/** A response to send as JSON, or without a body. */
export interface ApiResponse {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

/** A request that is rejected. Its message becomes the `errorMessage` of the response. */
export class HttpError extends Error {
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
