import { isObject } from '../transport/response';

/** What n8n writes in place of the content of a file that it stores elsewhere. */
const STORAGE_MARKS = ['azure', 'database', 'default', 'filesystem', 'filesystem-v2', 's3'];

/** Whether a value is a file of n8n: it has a MIME type, and either content or an ID. */
export function isFile(value: unknown): boolean {
	if (!isObject(value) || typeof value.mimeType !== 'string') return false;
	return typeof value.id === 'string' || typeof value.data === 'string';
}

/** Whether this stands in place of the content of a file that n8n stores elsewhere. */
export function isStorageMark(data: string): boolean {
	return STORAGE_MARKS.includes(data.trim());
}

/**
 * The content of a file, as base64 or base64url on one line.
 *
 * @param data can also be a data URI, and have line breaks
 * @returns nothing if it is not base64
 */
export function readBase64(data: string): string | undefined {
	const text = data
		.replace(/^\s*data:[^,]*;base64,/i, '')
		.replace(/[\r\n]/g, '')
		.trim();
	return isBase64(text) ? text : undefined;
}

/** Whether a text is base64 or base64url, with or without padding. */
function isBase64(text: string): boolean {
	if (!/^[\w+/-]*={0,2}$/.test(text)) return false;
	if (text.endsWith('=')) return text.length % 4 === 0;
	// Without padding, the bits that are left over in the last character are zero.
	const end = text
		.slice(text.length - (text.length % 4))
		.replace(/-/g, '+')
		.replace(/_/g, '/');
	return Buffer.from(end, 'base64').toString('base64').replace(/=+$/, '') === end;
}
