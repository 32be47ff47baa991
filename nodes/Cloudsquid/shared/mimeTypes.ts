import type { components } from '../generated/contract';

export type MimeType = components['schemas']['MimeType'];

/** The types that the API accepts, each with its file extensions; the most common one first. */
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

/** Common synonyms of the accepted types. */
const synonyms: Record<string, MimeType> = {
	'application/csv': 'text/csv',
	'application/mp4': 'video/mp4',
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

/** The accepted files as a text, as people call them. */
export const acceptedFiles = 'PDF, JPEG, PNG, CSV, TXT, JSON, XLSX, XLS, MP4, MP3, WAV, OGG, EML';

/** The MIME types that are accepted, with their synonyms. */
export const acceptedTypes = [...Object.keys(extensionsByType), ...Object.keys(synonyms)];

/** The file extensions that are accepted, without their dots. */
export const acceptedExtensions = Object.values(extensionsByType).flat();

/**
 * The type that the API accepts for a file.
 *
 * @param mimeType as the previous node labeled the file; parameters such as `; charset` are ignored
 * @param filename decides where the type is generic, or not an accepted one
 * @returns `undefined` if the API does not accept the file
 * @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table
 */
export function resolveMimeType(mimeType = '', filename = ''): MimeType | undefined {
	const type = mimeType.split(';')[0]!.trim().toLowerCase();
	if (isAccepted(type)) return type;
	if (Object.prototype.hasOwnProperty.call(synonyms, type)) return synonyms[type];
	return typeOfName(filename.trim());
}

/** MIME types that say nothing about the content, or none. */
export const GENERIC_TYPE = /^\s*$|octet-stream|download|unknown/i;

/** The extensions of common files that are not accepted. Others say nothing about the type. */
export const rejectedExtensions = [
	...['gif', 'bmp', 'tif', 'tiff', 'webp', 'heic', 'heif', 'svg', 'ico', 'eps', 'ai', 'psd'],
	...['doc', 'docx', 'docm', 'odt', 'rtf', 'pages', 'ppt', 'pptx', 'odp', 'key', 'ods', 'xlsm'],
	...['xlsb', 'numbers', 'html', 'htm', 'xml', 'ics', 'vcf', 'msg', 'dat', 'p7m', 'p7s', 'asc'],
	...['sig', 'zip', '7z', 'rar', 'gz', 'tar', 'exe', 'mov', 'avi', 'mkv', 'webm', 'm4a', 'aac'],
	...['flac', 'wma', 'epub', 'avif', 'dwg', 'vsd', 'pub', 'xps', 'mpg', 'mpeg', 'wmv', 'aiff'],
	...['amr', 'tgz', 'bin', 'pem', 'crt', 'js', 'css'],
];

/** Whether the label or the name of a file says what type it has, accepted or not. */
export function hasKnownType(mimeType = '', filename = ''): boolean {
	return !GENERIC_TYPE.test(mimeType) || rejectedExtensions.includes(getExtension(filename));
}

/** The most common extension of a type with its dot, or an empty string. */
export function extensionOf(mimeType: MimeType): string {
	const [extension] = extensionsByType[mimeType];
	return extension ? `.${extension}` : '';
}

function isAccepted(type: string): type is MimeType {
	return Object.prototype.hasOwnProperty.call(extensionsByType, type);
}

function typeOfName(filename: string): MimeType | undefined {
	const extension = getExtension(filename);
	const types = Object.keys(extensionsByType) as MimeType[];
	return types.find((type) => extensionsByType[type].includes(extension));
}

/** What follows the last dot of a file name, in lower case. */
function getExtension(filename: string): string {
	return (/\.([^./\\]+)$/.exec(filename.trim())?.[1] ?? '').toLowerCase();
}
