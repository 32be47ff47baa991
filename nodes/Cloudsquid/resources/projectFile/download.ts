import type { IBinaryData, IDataObject, NodeApiError } from 'n8n-workflow';

import type { RequestFailure } from '../../transport/failure';
import {
	createRequest,
	download as downloadFile,
	request,
	sleepOrCancel,
} from '../../transport/request';
import {
	createApiError,
	createResultError,
	describeFailure,
	parameterError,
} from '../../shared/errors';
import { isCanceled, type ItemContext } from '../../shared/itemContext';
import {
	fillMessage,
	fillText,
	parameterMessages,
	resultMessages,
	sentences,
} from '../../shared/messages';
import { toExecutionData, type Operation, type OperationOption } from '../../shared/operation';
import { getOptions } from '../../shared/options';
import { getStringParameter } from '../../shared/parameters';
import {
	assertType,
	getLink,
	pathField,
	readByPath,
	readPathQuery,
} from '../../shared/projectFiles';

/** A link is valid for 15 minutes. If a download fails, it is repeated with a new link. */
const MAX_LINK_REFRESHES = 2;

const LINK_REFRESH_DELAY_MS = 500;

const option = {
	name: 'Download',
	value: 'download',
	action: 'Download project file',
	description: 'Download a project file into a field of the output item',
	routing: { request: readByPath },
} as const satisfies OperationOption;

function read(item: ItemContext) {
	const field = getStringParameter(item, 'binaryPropertyName');
	if (field === '') throw parameterError(item, parameterMessages.outputFieldEmpty);
	return { ...readPathQuery(item), field };
}

type Parameters = ReturnType<typeof read>;

/** Downloads the file through its presigned URL, into n8n's binary data store. */
export async function downloadByPath(
	item: ItemContext,
	{ ids, query }: ReturnType<typeof readPathQuery>,
): Promise<{ file: IDataObject; binary: IBinaryData }> {
	const apiRequest = createRequest(readByPath, ids, { query });
	const maxRefreshes = Math.min(MAX_LINK_REFRESHES, getOptions(item.context).maxRetries);
	for (let attempt = 0; ; attempt++) {
		const file = assertType(item, await request(item, apiRequest), 'file');
		const url = getLink(item, apiRequest, file);
		const { name, mimetype, size } = file;
		const result = await downloadFile(
			item,
			{ url, size: typeof size === 'number' ? size : undefined },
			async (content, contentType) =>
				await item.context.helpers.prepareBinaryData(
					content,
					typeof name === 'string' ? name : undefined,
					typeof mimetype === 'string' ? mimetype : contentType,
				),
		);
		if ('stored' in result) return { file, binary: result.stored };
		const { failure } = result;
		const isFinal = attempt >= maxRefreshes || failure.kind === 'fileAccessFailed';
		if (isFinal && !isCanceled(item)) throw createDownloadError(item, failure);
		await sleepOrCancel(item, LINK_REFRESH_DELAY_MS);
	}
}

function createDownloadError(item: ItemContext, failure: RequestFailure): NodeApiError {
	const { kind, statusCode, code, reason } = failure;
	if (kind === 'fileAccessFailed') return createApiError(item, failure);
	const details =
		statusCode === undefined
			? (reason ?? `${describeFailure(failure).message}${code ? ` (${code})` : ''}`)
			: fillText(sentences.storageStatus, { statusCode });
	const message = fillMessage(resultMessages.downloadFailed, { details });
	return createResultError(item, message, statusCode);
}

/** @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path */
export const download: Operation<Parameters> = {
	option,
	fields: [
		pathField({
			placeholder: 'e.g. /invoices/2026/invoice-117.pdf',
			description: 'The path of the file in the project',
		}),
		{
			displayName: 'Output Data Field Name',
			name: 'binaryPropertyName',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			description: 'The name of the output field to put the file in',
		},
	],
	read,
	async run(item, parameters) {
		const { file, binary } = await downloadByPath(item, parameters);
		const { path, project_name } = parameters.ids;
		const items = toExecutionData(item, [{ ...file, path, project_name }]);
		return items.map((each) => ({ ...each, binary: { [parameters.field]: binary } }));
	},
};
