import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { createFileBody } from '../transport/fileBody';
import type { RequestDetails } from '../transport/request';
import { isObject, shorten, tryTo } from '../transport/response';
import { parameterError, toNodeError } from './errors';
import { withIds, type ItemContext } from './itemContext';
import { fillMessage, fillText, parameterMessages as messages, sentences } from './messages';
import { acceptedTypes, extensionOf, resolveMimeType, type MimeType } from './mimeTypes';
import { handleItemErrors, toExecutionData } from './operation';
import { getOptions } from './options';
import { getStringParameter } from './parameters';

/** A document to send: what the output tells about it, and the body of the request. */
export interface InputFile {
	filename: string;
	mimetype: MimeType;
	body: NonNullable<RequestDetails['body']>;
}

/** Where an item has a document, before it has been checked. */
export interface InputFileSource {
	/** The field of the item, if more than one is used. */
	sourceField?: string;
	/**
	 * Checks the document and prepares its body.
	 *
	 * @throws NodeOperationError if it cannot be sent
	 */
	open: (item: ItemContext) => Promise<InputFile>;
}

/**
 * The documents that the parameters select: a URL, or one or more files of the item.
 *
 * Each is checked when it is opened, so that one that cannot be sent does not affect the others.
 *
 * @throws NodeOperationError if there are none
 */
export function getInputFiles(item: ItemContext): InputFileSource[] {
	if (getStringParameter(item, 'inputSource') === 'url') {
		return [{ open: async (each) => readUrl(each) }];
	}
	const names = getStringParameter(item, 'binaryPropertyName');
	const fieldNames = names === '*' ? listFileFields(item) : splitNames(names);
	if (fieldNames.length === 0) {
		throw parameterError(item, names === '*' ? messages.noFiles : messages.inputFieldEmpty);
	}
	const several = names === '*' || fieldNames.length > 1;
	return fieldNames.map((field) => ({
		sourceField: several ? field : undefined,
		open: async (each) => await readFile(each, field, several),
	}));
}

/**
 * Does the same with every document of an item: one output item each, in order.
 *
 * All start together, and each completes even if another fails. Where n8n is told to continue, a
 * failed one becomes an error item in its place; otherwise its error tells the IDs of the others.
 *
 * @throws NodeApiError or NodeOperationError of the first document that failed
 */
export async function forEachInputFile(
	item: ItemContext,
	sources: InputFileSource[],
	run: (item: ItemContext, file: InputFile) => Promise<IDataObject>,
): Promise<INodeExecutionData[]> {
	const items = sources.map(({ sourceField }) =>
		withIds(item, sourceField === undefined ? {} : { source_field: sourceField }),
	);
	const results = await Promise.allSettled(
		items.map(async (each, index) => {
			const { open } = sources[index]!;
			const work = async () => toExecutionData(each, [await run(each, await open(each))]);
			return await handleItemErrors(each, work);
		}),
	);
	const failed = results.findIndex(({ status }) => status === 'rejected');
	if (failed === -1) {
		return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
	}
	const error = toNodeError(items[failed]!, (results[failed] as PromiseRejectedResult).reason);
	const uploaded = items
		.filter(({ ids }, index) => index !== failed && ids.row_id)
		.map(({ ids }) => `${ids.source_field} → ${ids.row_id}`);
	if (uploaded.length > 0) {
		const otherRows = fillText(sentences.otherRows, { rows: uploaded.join(', ') });
		error.description = [error.description, otherRows].filter(Boolean).join(' ');
	}
	throw error;
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

async function readFile(item: ItemContext, field: string, several: boolean): Promise<InputFile> {
	const { context } = item;
	const file = assertFile(item, field);
	const size = await getFileSize(item, file);
	const options = getOptions(context);
	const name = (several ? undefined : options.filename) ?? file.fileName ?? '';
	const source = `the field '${shorten(field)}'`;
	const mimetype = requireAcceptedType(item, options.mimeType ?? file.mimeType, name, source);
	const filename = name || `${field}${extensionOf(mimetype)}`;
	if (size === 0) {
		const values = { filename: shorten(filename), field };
		throw parameterError(item, fillMessage(messages.fileEmpty, values));
	}
	const fields = { filename, mimetype };
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
function readUrl(item: ItemContext): InputFile {
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
