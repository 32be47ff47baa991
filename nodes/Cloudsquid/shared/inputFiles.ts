import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { createFileBody } from '../transport/fileBody';
import {
	createRequest,
	recallResponse,
	rememberResponse,
	request,
	type RequestDetails,
} from '../transport/request';
import { isObject, shorten, tryTo } from '../transport/response';
import { parameterError, toNodeError } from './errors';
import { isFile, isStorageMark, readBase64 } from './fileData';
import { logInfo, type FileField, type ItemContext } from './itemContext';
import { endSentence, fillMessage, parameterMessages as messages } from './messages';
import {
	acceptedFiles,
	extensionOf,
	hasKnownType,
	resolveMimeType,
	type MimeType,
} from './mimeTypes';
import { toExecutionData } from './operation';
import { getOptions, toText } from './options';
import { getStringParameter, readPath } from './parameters';
import { assertType, getLink, readByPath } from './projectFiles';

/** A document to send: what the output says about it, and the body and priority of the request. */
export interface InputFile extends Required<Pick<RequestDetails, 'body' | 'priority'>> {
	filename: string;
	mimetype: MimeType;
}

/** A document of an item. */
export interface InputFileSource {
	item: ItemContext;
	/** The names of the item's skipped files. */
	skippedFiles?: string[];
	/** Rejects if the document cannot be sent, and that is known beforehand. */
	checked: Promise<unknown>;
	/** Returns the document, or rejects if it cannot be sent. */
	load: () => Promise<InputFile>;
}

/**
 * The documents that the parameters select: a URL, a file of the project, or one or more files of the
 * item. A file of the project is looked up only when it is loaded; all others are checked here.
 *
 * @throws NodeApiError if one of them cannot be sent, or a required one is missing. Where n8n is told to
 * continue, the other ones can still be sent.
 */
export async function readInputFiles(item: ItemContext): Promise<InputFileSource[]> {
	const sources = findInputFiles(item);
	const results = await Promise.allSettled(sources.map(async ({ checked }) => await checked));
	const failed = results.findIndex(({ status }) => status === 'rejected');
	if (failed !== -1 && !item.context.continueOnFail()) await sources[failed]!.checked;
	return sources;
}

function findInputFiles(item: ItemContext): InputFileSource[] {
	const inputSource = getStringParameter(item, 'inputSource');
	if (inputSource === 'url') return [toSource(item, readUrl(item))];
	if (inputSource === 'projectFile') {
		const ids = readPath(item, 'projectFilePath');
		return [{ item, checked: Promise.resolve(), load: async () => await linkFile(item, ids) }];
	}
	const selected = item.context.getNodeParameter('binaryPropertyName', '') as unknown;
	const selectsAll = typeof selected === 'string' && selected.trim() === '*';
	if (selectsAll) return findAllFiles(item);
	const files = isObject(selected) ? namedFiles(item, selected) : findFiles(item);
	const { filename } = getOptions(item.context);
	const [first, ...others] = files;
	if (first && others.length === 0) {
		item.ids.filename = filename ?? nameOf(first);
		const own = Object.values(item.context.getInputData().binary ?? {});
		if (!own.some((file) => isSameFile(file, first.value))) item.file = first;
		return [toSource(item, readFile(item, first, filename))];
	}
	return files.map((file) => toFileSource(item, file));
}

/** Whether n8n stores both as the same file. Expressions return copies. */
function isSameFile(one: IBinaryData, other: unknown): boolean {
	if (!isObject(one) || !isObject(other)) return false;
	return one.id === undefined ? one.data === other.data : one.id === other.id;
}

function nameOf({ value }: FileField): string | undefined {
	return isObject(value) ? toText(value.fileName) : undefined;
}

/** One of several files of an item. */
function toFileSource(item: ItemContext, file: FileField): InputFileSource {
	const each = item.forFile(file, nameOf(file));
	return toSource(each, readFile(each, file));
}

function toSource(item: ItemContext, file: Promise<InputFile>): InputFileSource {
	return { item, checked: file, load: async () => await file };
}

/**
 * The files that an expression returns: one, or an item's files by their names.
 *
 * @throws NodeApiError if it returns anything else
 */
function namedFiles(item: ItemContext, selected: IDataObject): FileField[] {
	if (isFile(selected)) return [{ field: 'data', value: selected }];
	const files = Object.entries(selected).map(([field, value]) => ({ field, value }));
	if (files.length > 0 && files.every(({ value }) => isFile(value))) return files;
	throw parameterError(item, messages.inputFieldInvalid);
}

function findFiles(item: ItemContext): FileField[] {
	const names = getStringParameter(item, 'binaryPropertyName');
	// A field name can contain a comma.
	const whole = findFile(item, names);
	const fieldNames = whole ? [names] : splitNames(names);
	if (fieldNames.length === 0) throw parameterError(item, messages.inputFieldEmpty);
	return fieldNames.map((field) => findFile(item, field) ?? { field, value: undefined });
}

/**
 * All files of an item. Those that Cloudsquid does not accept are skipped, unless the options say to
 * fail: emails have logos, and some have no files.
 *
 * @throws NodeApiError if the options say so, and the item has no files
 */
function findAllFiles(item: ItemContext): InputFileSource[] {
	const { context } = item;
	// Elsewhere, JSON can only look like a file, such as metadata of one.
	const withJson = context.getWorkflowSettings().binaryMode === 'combined';
	const files = withoutCopies(listFiles(item, withJson));
	const isStrict = getOptions(context).onUnsupportedFile === 'error';
	if (isStrict && files.length === 0) throw parameterError(item, messages.noFiles);
	const skipped = isStrict ? [] : files.filter(isUnsupported);
	const sources = files
		.filter((file) => !skipped.includes(file))
		.map((file) => toFileSource(item, file));
	if (skipped.length === 0 && sources.length > 0) return sources;
	const skippedFiles = skipped.map((file) => nameOf(file) ?? file.field);
	const index = context.getItemIndex();
	const names = skippedFiles.map((name) => shorten(name)).join(', ');
	logInfo(
		item,
		names
			? `skipped files of item ${index}: ${names}`
			: `skipped item ${index}, which has no files`,
	);
	return sources.map((source) => ({ ...source, skippedFiles }));
}

/**
 * Whether a file is known to be of a type that Cloudsquid does not accept. The option for the type
 * does not change that: it would send logos as documents.
 */
function isUnsupported(file: FileField): boolean {
	const { value } = file;
	if (!isObject(value) || isAccepted(file)) return false;
	return hasKnownType(toText(value.mimeType), toText(value.fileName));
}

function isAccepted({ value }: FileField): boolean {
	if (!isObject(value)) return false;
	return resolveMimeType(toText(value.mimeType), toText(value.fileName)) !== undefined;
}

/**
 * Runs an operation on all documents of an item in parallel: one output item each, in order.
 *
 * @throws NodeApiError or NodeOperationError of the first document that failed, unless n8n is told
 * to continue
 */
export async function forEachInputFile(
	item: ItemContext,
	sources: InputFileSource[],
	run: (item: ItemContext, file: InputFile) => Promise<IDataObject>,
): Promise<INodeExecutionData[]> {
	const results = await Promise.allSettled(
		sources.map(async (source) => {
			const each = source.item;
			each.ids = { ...item.ids, ...each.ids };
			return await item.handleErrors(each, async () => {
				const file = await source.load();
				each.ids.filename = file.filename;
				const fields = await run(each, file);
				const { skippedFiles } = source;
				// First in the output, where it is noticed.
				const output = skippedFiles ? { skipped_files: skippedFiles, ...fields } : fields;
				return toExecutionData(each, [output]);
			});
		}),
	);
	return results.flatMap((result) => {
		if (result.status === 'fulfilled') return result.value;
		throw toNodeError(item, result.reason);
	});
}

function splitNames(names: string): string[] {
	const fieldNames = names.split(',').map((name) => name.trim());
	return [...new Set(fieldNames)].filter(Boolean);
}

/**
 * The files of an item. Newer n8n keeps them under `_files`.
 *
 * @param withJson whether files among the other JSON fields count, too
 */
function listFiles({ context }: ItemContext, withJson = true): FileField[] {
	const { binary = {}, json = {} } = context.getInputData();
	const { _files, ...fields } = json;
	const inJson = { ...(withJson && fields), ...(isObject(_files) ? _files : {}) };
	const files = Object.entries(inJson).filter(([, value]) => isFile(value));
	const all = { ...binary, ...Object.fromEntries(files), ...binary };
	return Object.entries(all).map(([field, value]) => ({ field, value }));
}

/** Of files that n8n stores as the same one, only the first that Cloudsquid accepts, or else the first. */
function withoutCopies(files: FileField[]): FileField[] {
	const idOf = ({ value }: FileField) => (isObject(value) && value.id) || undefined;
	return files.filter((file) => {
		const copies = files.filter((each) => idOf(file) !== undefined && idOf(each) === idOf(file));
		return copies.length < 2 || file === (copies.find(isAccepted) ?? copies[0]);
	});
}

/** A file by the name of its field, or by a path to it in the JSON fields. */
function findFile(item: ItemContext, field: string): FileField | undefined {
	const found = listFiles(item).find((file) => file.field === field);
	if (found) return found;
	const value = tryTo(() => item.context.helpers.assertBinaryData(field));
	return value && { field, value };
}

/** @param filename the user's own name for the document */
async function readFile(
	item: ItemContext,
	{ field, value }: FileField,
	filename?: string,
): Promise<InputFile> {
	const { context } = item;
	const file = requireFile(item, field, value);
	const size = await getFileSize(item, field, file);
	const { mimeType } = getOptions(context);
	const name = filename ?? toText(file.fileName) ?? '';
	const source = name ? `'${shorten(name)}'` : `the field '${shorten(field)}'`;
	const mimetype = requireAcceptedType(item, mimeType ?? toText(file.mimeType), name, source);
	const fields = { filename: name || `${field}${extensionOf(mimetype)}`, mimetype };
	if (size === 0) {
		const values = { filename: shorten(fields.filename), field };
		throw parameterError(item, fillMessage(messages.fileEmpty, values));
	}
	return { ...fields, body: createFileBody(context, file, size, fields), priority: 'normal' };
}

/**
 * A file of the item, its content as base64 unless n8n stores it elsewhere.
 *
 * @throws NodeApiError if there is none, or it is not a file
 */
function requireFile(item: ItemContext, field: string, value: unknown): IBinaryData {
	if (value === undefined) {
		const available = listFiles(item).map((file) => file.field);
		const values = { field: shorten(field), availableFields: available.join(', ') };
		const message = available.length > 0 ? messages.fileMissing : messages.itemHasNoFiles;
		throw parameterError(item, fillMessage(message, values));
	}
	const names = { field: shorten(field) };
	if (!isObject(value)) throw parameterError(item, fillMessage(messages.fileInvalid, names));
	const { id, data } = value;
	if (typeof id === 'string' && id !== '') return value as unknown as IBinaryData;
	if (typeof data !== 'string')
		throw parameterError(item, fillMessage(messages.fileInvalid, names));
	if (isStorageMark(data)) {
		throw parameterError(item, fillMessage(messages.fileReferenceInvalid, { ...names, data }));
	}
	const base64 = readBase64(data);
	if (base64 === undefined) throw parameterError(item, fillMessage(messages.contentInvalid, names));
	return { ...(value as unknown as IBinaryData), data: base64 };
}

/** @throws NodeApiError if n8n no longer has the file */
async function getFileSize(
	item: ItemContext,
	field: string,
	{ id, data }: IBinaryData,
): Promise<number> {
	if (!id) return Buffer.byteLength(data, 'base64');
	try {
		return (await item.context.helpers.getBinaryMetadata(id)).fileSize;
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw parameterError(
			item,
			fillMessage(messages.fileLost, { field: shorten(field), reason: endSentence(reason) }),
		);
	}
}

function requireAcceptedType(
	item: ItemContext,
	type: string | undefined,
	filename: string,
	source: string,
): MimeType {
	const mimetype = resolveMimeType(type, filename);
	if (mimetype) return mimetype;
	const name = shorten(filename.trim() || type || '');
	const message = hasKnownType(type, filename)
		? fillMessage(messages.typeNotAccepted, { name, acceptedFiles })
		: fillMessage(messages.typeUnknown, { source });
	throw parameterError(item, message);
}

/** A document that Cloudsquid downloads itself: the URL is passed on and never opened here. */
async function readUrl(item: ItemContext): Promise<InputFile> {
	const fileUrl = getStringParameter(item, 'fileUrl');
	if (fileUrl === '') throw parameterError(item, messages.urlEmpty);
	const url = tryTo(() => new URL(fileUrl));
	if (!url || !['http:', 'https:'].includes(url.protocol)) {
		throw parameterError(item, fillMessage(messages.urlInvalid, { url: shorten(fileUrl) }));
	}
	const options = getOptions(item.context);
	const filename = options.filename ?? getFilename(url.pathname);
	const mimetype = requireAcceptedType(item, options.mimeType, filename, "'File URL'");
	const body = { mimetype, filename, file_type: 'uri', file: url.href };
	return { filename, mimetype, body, priority: 'normal' };
}

/**
 * A file of the project, sent as its presigned URL: n8n never sees the content. Since the URL expires,
 * the upload has high priority, and every retry gets a new URL, also with n8n's Retry On Fail.
 */
async function linkFile(item: ItemContext, ids: ReturnType<typeof readPath>): Promise<InputFile> {
	const { path } = ids;
	item.ids.path = path;
	const projectItem = { ...item, ids };
	const apiRequest = createRequest(readByPath, ids, { query: { path }, priority: 'normal' });
	const fetchFile = async () =>
		assertType(projectItem, await request(projectItem, apiRequest), 'file');
	// After the upload, only what is in the output is still needed.
	const isUploaded = item.progress.created.row_id !== undefined;
	const known = isUploaded ? recallResponse(item, apiRequest) : undefined;
	const file = isObject(known) ? known : await fetchFile();
	rememberResponse(item, apiRequest, file);
	if (file.size === 0) throw parameterError(item, fillMessage(messages.projectFileEmpty, { path }));
	const options = getOptions(item.context);
	const filename = options.filename ?? toText(file.name) ?? getLastSegment(path);
	const type = options.mimeType ?? toText(file.mimetype);
	const mimetype = requireAcceptedType(item, type, filename, "'Path'");
	const body = async (attempt: number) => {
		const isFresh = attempt === 0 && known === undefined;
		const link = getLink(projectItem, apiRequest, isFresh ? file : await fetchFile());
		return { mimetype, filename, file_type: 'uri', file: link };
	};
	return { filename, mimetype, body, priority: 'high' };
}

function getLastSegment(path: string): string {
	return path.split('/').filter(Boolean).pop() ?? 'document';
}

function getFilename(path: string): string {
	const last = getLastSegment(path);
	return tryTo(() => decodeURIComponent(last)) ?? last;
}
