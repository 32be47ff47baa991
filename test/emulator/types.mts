import type { components, operations } from '../../nodes/Cloudsquid/generated/contract.ts';

/** The schemas of the contract; nothing of them is typed a second time here. */
export type schemas = components['schemas'];

/** The operations of the contract. */
export type OperationId = keyof operations;

/** Any JSON object. */
export type JsonObject = Record<string, unknown>;

/** The path parameters of an operation, decoded. */
export type PathOf<K extends OperationId> = operations[K]['parameters'] extends { path: infer P }
	? P
	: Record<string, never>;

/** The query parameters of an operation, decoded. */
export type QueryOf<K extends OperationId> = operations[K]['parameters'] extends { query: infer Q }
	? Q
	: Record<string, never>;

/** The JSON body of an operation, validated. */
export type BodyOf<K extends OperationId> = operations[K] extends {
	requestBody: { content: { 'application/json': infer B } };
}
	? B
	: undefined;

/** What a handler answers. Without a body the answer has none at all. */
export interface Answer {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

/** A request that is refused; its message becomes the `errorMessage` of the answer. */
export class Problem extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly headers: Record<string, string> = {},
	) {
		super(message);
	}
}

/** Tells whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
