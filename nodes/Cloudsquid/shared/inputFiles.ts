import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { createFileBody } from '../transport/fileBody';
import type { RequestDetails } from '../transport/request';
import { isObject, shorten, tryTo } from '../transport/response';
import { parameterError, toNodeError } from './errors';
import type { ItemContext } from './itemContext';
import { fillMessage, parameterMessages as messages } from './messages';
import { acceptedTypes, extensionOf, resolveMimeType, type MimeType } from './mimeTypes';
import { toExecutionData } from './operation';
import { getOptions } from './options';
import { getStringParameter } from './parameters';

/** A document to send: what the output tells about it, and the body of the request. */
export interface InputFile {
	filename: string;
	mimetype: MimeType;
	body: NonNullable<RequestDetails['body']>;
}

/** A document of an item, or why it cannot be sent. */
export interface InputFileSource {
	item: ItemContext;
	file: Promise<InputFile>;
}

/**
 * The documents that the parameters select, after they have been checked: a URL, or one or more
 * files of the item.
 *
 * @throws NodeOperationError if there are none, or one of them cannot be sent. Where n8n is told to
 * continue, the other ones can still be sent.
 */
export async function readInputFiles(item: ItemContext): Promise<InputFileSource[]> {
	const sources = findInputFiles(item);
	const results = await Promise.allSettled(sources.map(async ({ file }) => await file));
	const failed = results.findIndex(({ status }) => status === 'rejected');
	if (failed !== -1 && !item.context.continueOnFail()) await sources[failed]!.file;
	return sources;
}

function findInputFiles(item: ItemContext): InputFileSource[] {
	if (getStringParameter(item, 'inputSource') === 'url') return [{ item, file: readUrl(item) }];
	const names = getStringParameter(item, 'binaryPropertyName');
	const fieldNames = names === '*' ? listFileFields(item) : splitNames(names);
	if (fieldNames.length === 0) {
		throw parameterError(item, names === '*' ? messages.noFiles : messages.inputFieldEmpty);
	}
	if (names !== '*' && fieldNames.length === 1) {
		return [{ item, file: readFile(item, fieldNames[0]!, getOptions(item.context).filename) }];
	}
	return fieldNames.map((field) => {
		const each = item.forFile(field);
		return { item: each, file: readFile(each, field) };
	});
}

/**
 * Does the same with every document of an item: one output item each, in order. All start together.
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
			return await item.handleErrors(each, async () =>
				toExecutionData(each, [await run(each, await source.file)]),
			);
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

/** The item's fields that contain files; newer n8n can keep them among the JSON fields. */
function listFileFields({ context }: ItemContext): string[] {
	const { binary, json } = context.getInputData();
	if (binary && Object.keys(binary).length > 0) return Object.keys(binary);
	return Object.keys(json).filter((name) => isFile(json[name]));
}

function isFile(value: unknown): boolean {
	if (!isObject(value) || typeof value.mimeType !== 'string') return false;
	return typeof value.id === 'string' || typeof value.data === 'string';
}

/** @param filename the user's own name for the document */
async function readFile(item: ItemContext, field: string, filename?: string): Promise<InputFile> {
	const { context } = item;
	const file = assertFile(item, field);
	const size = await getFileSize(item, file);
	const options = getOptions(context);
	const name = filename ?? file.fileName ?? '';
	const source = `the field '${shorten(field)}'`;
	const mimetype = requireAcceptedType(item, options.mimeType ?? file.mimeType, name, source);
	const fields = { filename: name || `${field}${extensionOf(mimetype)}`, mimetype };
	if (size === 0) {
		const values = { filename: shorten(fields.filename), field };
		throw parameterError(item, fillMessage(messages.fileEmpty, values));
	}
	return { ...fields, body: createFileBody(context, file, size, fields) };
}

function assertFile(item: ItemContext, field: string): IBinaryData {
	try {
		return item.context.helpers.assertBinaryData(field);
	} catch {
		const available = listFileFields(item);
		const values = { field: shorten(field), availableFields: available.join(', ') };
		const message = available.length > 0 ? messages.fileMissing : messages.anyFileMissing;
		throw parameterError(item, fillMessage(message, values));
	}
}

async function getFileSize({ context }: ItemContext, file: IBinaryData): Promise<number> {
	if (!file.id) return Buffer.byteLength(file.data, 'base64');
	return (await context.helpers.getBinaryMetadata(file.id)).fileSize;
}

function requireAcceptedType(
	item: ItemContext,
	type: string | undefined,
	filename: string,
	source: string,
): MimeType {
	const mimetype = resolveMimeType(type, filename);
	if (mimetype) return mimetype;
	const values = { type: shorten(type || 'unknown'), source, acceptedTypes };
	throw parameterError(item, fillMessage(messages.typeNotAccepted, values));
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
	return { filename, mimetype, body: { mimetype, filename, file_type: 'uri', file: fileUrl } };
}

function getFilename(path: string): string {
	const last = path.split('/').filter(Boolean).pop() ?? 'document';
	return tryTo(() => decodeURIComponent(last)) ?? last;
}
