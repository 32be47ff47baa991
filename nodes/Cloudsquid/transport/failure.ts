import type { FailureKind } from '../shared/messages';

/** A request without a usable response, and all that is known about why. */
export interface RequestFailure {
	kind: FailureKind;
	method: string;
	/** HTTP status, if there was a response. */
	statusCode?: number;
	/** Code of the network error, such as `ECONNRESET`, if there was none. */
	code?: string;
	/** The response has a success status, but its body could not be used. */
	unreadable?: boolean;
	/** The request never left n8n. */
	unsent?: boolean;
	/** For a 404: what the list of projects said about it, if it has been asked. */
	projectCheck?: 'listMissing' | 'projectMissing' | 'projectExists';
	/** What the API said about it (`errorMessage`), shortened and without the API key. */
	apiMessage?: string;
	/** The text of the original error, where the kind alone does not explain it. */
	reason?: string;
	/** How long the service asked to wait before the next attempt, in milliseconds. */
	retryAfter?: number;
}

/** The parsed JSON of a successful response, or why there is none. */
export type RequestResult = { response: unknown } | { failure: RequestFailure };

/** Errors that come before a connection: no byte of the request can have reached the service. */
const PRE_CONNECT_ERRORS = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** Errors that mean the service cannot be reached; some can also end an established connection. */
const CONNECTION_ERRORS = [...PRE_CONNECT_ERRORS, 'EHOSTUNREACH', 'ENETUNREACH'];

const TIMEOUT_ERRORS = ['ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT'];

/** Node.js refuses to send a header or a path with such characters. */
const INVALID_REQUEST_ERRORS = ['ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'];

/** Errors of the file system that n8n keeps files in. */
const FILE_SYSTEM_ERRORS = [
	...['EACCES', 'EBUSY', 'EDQUOT', 'EEXIST', 'EFBIG', 'EIO', 'EISDIR', 'EMFILE', 'ENFILE'],
	...['ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS', 'ESTALE'],
];

/** Whether the service's certificate was rejected. A retry cannot fix that. */
export function isCertificateError(code = ''): boolean {
	return /CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS/.test(code);
}

/** Whether the request cannot have changed anything, so that it is safe to send it again. */
export function hadNoEffect({ kind, statusCode, code, unreadable, unsent }: RequestFailure) {
	// A file that breaks off leaves a body shorter than announced, which no service accepts.
	if (unsent || kind === 'fileAccessFailed') return true;
	if (unreadable) return false;
	if (statusCode !== undefined) return statusCode < 500 && statusCode !== 408;
	return code !== undefined && (PRE_CONNECT_ERRORS.includes(code) || isCertificateError(code));
}

/** Explains what n8n's request helper threw instead of returning a response. */
export function classifyRequestError(error: unknown, method: string): { failure: RequestFailure } {
	const { code, syscall } = findCode(error);
	const reason = error instanceof Error ? error.message : String(error);
	const failure = (kind: FailureKind, more: Partial<RequestFailure> = {}) => ({
		failure: { kind, method, ...(code && { code }), ...more },
	});
	if (code === undefined) {
		return /not allowed|blocked/i.test(reason)
			? failure('domainNotAllowed', { unsent: true })
			: failure('requestFailed', { reason });
	}
	if (code === 'ERR_CANCELED') return failure('canceled');
	if (code === 'ERR_INVALID_URL') return failure('connectionFailed', { unsent: true });
	if (INVALID_REQUEST_ERRORS.includes(code)) {
		return failure('requestFailed', { reason, unsent: true });
	}
	// A socket that may not be opened has the same code as a file.
	if (FILE_SYSTEM_ERRORS.includes(code) && syscall !== 'connect') {
		return failure('fileAccessFailed', { reason });
	}
	if (CONNECTION_ERRORS.includes(code)) return failure('connectionFailed');
	if (TIMEOUT_ERRORS.includes(code)) return failure('timeout');
	return failure(isCertificateError(code) ? 'invalidCertificate' : 'connectionLost');
}

/** n8n wraps what the HTTP client threw, so the code is on the error or on one of its causes. */
function findCode(error: unknown): { code?: string; syscall?: unknown } {
	for (let current = error, depth = 0; depth < 4; depth++) {
		if (typeof current !== 'object' || current === null) break;
		const { code, cause, syscall } = current as Record<'code' | 'cause' | 'syscall', unknown>;
		if (typeof code === 'string' && code !== '') return { code, syscall };
		current = cause;
	}
	return {};
}
