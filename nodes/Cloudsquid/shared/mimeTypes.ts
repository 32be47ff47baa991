import type { MimeType } from './types';

/** What the API takes, each with the file extensions it is known by; the most usual one first. */
const extensionsByType: Record<MimeType, string[]> = {
	'application/pdf': ['pdf'],
	'application/json': ['json'],
	'image/jpg': [],
	'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
	'image/png': ['png'],
	'text/csv': ['csv'],
	'text/plain': ['txt', 'text', 'log', 'md'],
	'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
	'application/vnd.ms-excel': ['xls'],
	'video/mp4': ['mp4', 'm4v'],
	'audio/mp3': ['mp3'],
	'audio/wav': ['wav', 'wave'],
	'audio/ogg': ['ogg', 'oga'],
	'multipart/related': ['mht', 'mhtml'],
	'message/rfc822': ['eml'],
};

/** Other names, in common use, for what the API takes under its own. */
const synonyms: Record<string, MimeType> = {
	'application/csv': 'text/csv',
	'application/excel': 'application/vnd.ms-excel',
	'application/x-pdf': 'application/pdf',
	'audio/mpeg': 'audio/mp3',
	'audio/mpeg3': 'audio/mp3',
	'audio/vnd.wave': 'audio/wav',
	'audio/wave': 'audio/wav',
	'audio/x-mp3': 'audio/mp3',
	'audio/x-mpeg': 'audio/mp3',
	'audio/x-wav': 'audio/wav',
	'application/ogg': 'audio/ogg',
	'image/pjpeg': 'image/jpeg',
	'image/x-png': 'image/png',
	'text/comma-separated-values': 'text/csv',
	'text/json': 'application/json',
	'text/markdown': 'text/plain',
	'text/x-csv': 'text/csv',
	'text/x-log': 'text/plain',
	'video/x-m4v': 'video/mp4',
};

/** Types that say nothing about the file; its name then decides. */
const GENERIC = ['', 'application/octet-stream', 'binary/octet-stream', 'application/x-download'];

/** The types the API takes, for people. */
export const acceptedTypes = Object.keys(extensionsByType).join(', ');

/**
 * The type under which the API takes a file.
 *
 * @param mimeType as the previous node labelled the file; parameters such as `; charset` are ignored
 * @param filename decides where the type says nothing
 * @returns `undefined` if the API takes no such file
 * @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table
 */
export function settleMimeType(mimeType = '', filename = ''): MimeType | undefined {
	const type = mimeType.split(';')[0]!.trim().toLowerCase();
	if (isAccepted(type)) return type;
	if (Object.prototype.hasOwnProperty.call(synonyms, type)) return synonyms[type];
	return GENERIC.includes(type) ? typeOfName(filename) : undefined;
}

/** The usual extension of a type, with its dot, or nothing. */
export function extensionOf(mimeType: MimeType): string {
	const [extension] = extensionsByType[mimeType];
	return extension ? `.${extension}` : '';
}

function isAccepted(type: string): type is MimeType {
	return Object.prototype.hasOwnProperty.call(extensionsByType, type);
}

function typeOfName(filename: string): MimeType | undefined {
	const extension = /\.([^./\\]+)$/.exec(filename)?.[1]?.toLowerCase();
	if (!extension) return undefined;
	const types = Object.keys(extensionsByType) as MimeType[];
	return types.find((type) => extensionsByType[type].includes(extension));
}
