import { existsSync } from 'node:fs';
import path from 'node:path';
import addFormats from 'ajv-formats';
import type { Operation } from 'openapi-backend';
import { OpenAPIBackend } from 'openapi-backend';
import type { OperationId } from './types.mts';

/** One request as the contract sees it. */
export interface ContractRequest {
	method: string;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string | string[] | undefined>;
	body: unknown;
}

/** Where a request belongs. */
export interface Match {
	operationId: OperationId;
	hasBody: boolean;
	/** The body is a document, whose `file` may be large. */
	takesDocument: boolean;
	/** The path of the operation, with its parameters in braces. */
	template: string;
}

/** The contract, ready to sort and check requests and answers. */
export interface Contract {
	match(method: string, path: string): Match | undefined;
	/** What of the request does not fit, or nothing. */
	checkRequest(match: Match, request: ContractRequest): string | undefined;
	/** What of the answer does not fit, or nothing. */
	checkAnswer(operationId: OperationId, status: number, body: unknown): string | undefined;
}

/** The path under which the API lives. */
export const apiRoot = '/api';

const takingDocuments: readonly OperationId[] = ['uploadFile', 'extractFile', 'uploadToPath'];

/** Looks for the contract from the working directory upwards, so that any folder of the project will do. */
function findContract(): string {
	for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
		const file = path.join(folder, 'contract', 'openapi.yaml');
		if (existsSync(file)) return file;
		if (folder === path.dirname(folder)) {
			throw new Error('contract/openapi.yaml was not found here or in a folder above');
		}
	}
}

interface Violation {
	instancePath: string;
	message?: string;
	params?: object;
}

function describeViolations(violations: readonly Violation[]): string {
	const texts = violations.map(({ instancePath, message, params }) => {
		const place = instancePath.replace(/^\/requestBody/, 'body').replace(/^\//, '') || 'request';
		const allowed = params && 'allowedValues' in params ? ` (${String(params.allowedValues)})` : '';
		return `${place} ${message ?? 'does not fit'}${allowed}`;
	});
	return [...new Set(texts)].join('; ');
}

let loaded: Promise<Contract> | undefined;

/** Loads the contract, once for the whole process: compiling its schemas is what takes long. */
export function loadContract(): Promise<Contract> {
	loaded ??= compileContract();
	return loaded;
}

async function compileContract(): Promise<Contract> {
	const backend = new OpenAPIBackend({
		definition: findContract(),
		apiRoot,
		strict: true,
		// `redocly lint` has checked the contract; this compiles only what is used, and starts in a tenth of the time.
		quick: true,
		ignoreTrailingSlashes: false,
		ajvOpts: { allErrors: true },
		customizeAjv: (ajv) => addFormats.default(ajv),
	});
	await backend.init();

	return {
		match(method, requestPath) {
			const operation = backend.router.matchOperation({ method, path: requestPath, headers: {} });
			return operation && describeOperation(operation);
		},
		checkRequest(match, request) {
			const headers: Record<string, string | string[]> = {};
			for (const [name, value] of Object.entries(request.headers)) {
				if (value !== undefined) headers[name] = value;
			}
			const { errors } = backend.validator.validateRequest(
				{ ...request, headers },
				match.operationId,
			);
			return errors?.length ? describeViolations(errors) : undefined;
		},
		checkAnswer(operationId, status, body) {
			const { errors } = backend.validator.validateResponse(body, operationId, status);
			return errors?.length ? describeViolations(errors) : undefined;
		},
	};
}

function describeOperation(operation: Operation): Match {
	// Every operation of the contract has an ID; its generated types are made of them.
	const operationId = operation.operationId as OperationId;
	return {
		operationId,
		hasBody: operation.requestBody !== undefined,
		takesDocument: takingDocuments.includes(operationId),
		template: operation.path,
	};
}

/** Reads the parameters out of a path, decoded once; undefined when the encoding is broken. */
export function readPathParameters(
	template: string,
	requestPath: string,
): Record<string, string> | undefined {
	const names = template.split('/');
	const parts = requestPath.slice(apiRoot.length).split('/');
	const parameters: Record<string, string> = {};
	for (const [index, name] of names.entries()) {
		if (!name.startsWith('{')) continue;
		try {
			parameters[name.slice(1, -1)] = decodeURIComponent(parts[index] ?? '');
		} catch {
			return undefined;
		}
	}
	return parameters;
}
