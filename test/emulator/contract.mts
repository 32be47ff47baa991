import type { Context } from 'openapi-backend';
// Only types: the emulator runs nothing of the node.
import type { components, operations } from '../../nodes/Cloudsquid/generated/contract.ts';

export type Schemas = components['schemas'];
export type OperationId = keyof operations;
export type JsonObject = Record<string, unknown>;

type ParametersOf<K extends OperationId, In extends 'path' | 'query'> =
	operations[K]['parameters'] extends Record<In, infer Parameters>
		? Parameters
		: Record<string, never>;

type JsonOf<Message> = Message extends { content: { 'application/json': infer Body } }
	? Body
	: unknown;

type SuccessStatus = 200 | 201 | '2XX';

/** A validated request, with decoded parameters. */
export type ContextOf<K extends OperationId> = Context<
	JsonOf<operations[K]['requestBody']>,
	ParametersOf<K, 'path'>,
	ParametersOf<K, 'query'>
>;

export type ResponseOf<K extends OperationId> = JsonOf<
	operations[K]['responses'][keyof operations[K]['responses'] & SuccessStatus]
>;

/** Sent as JSON, or as it is if it is text or bytes. */
export interface ApiResponse<Body = unknown> {
	status: number;
	body?: Body;
	headers?: Record<string, string | number>;
}

/** Becomes a response with an `errorMessage`. */
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
