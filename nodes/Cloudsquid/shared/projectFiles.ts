import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Endpoint } from '../transport/endpoint';
import { unexpectedResponse, type ApiRequest } from '../transport/request';
import { parameterError } from './errors';
import type { ItemContext } from './itemContext';
import { fillMessage, parameterMessages as messages } from './messages';
import { readPath } from './parameters';

/**
 * Returns what is at a path: a file or a folder, as its `ftype` says.
 *
 * @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path
 */
export const readByPath = {
	method: 'GET',
	url: '/projects/{project_name}/files',
} as const satisfies Endpoint;

/** The path of a file or folder in the project. */
export function pathField(
	texts: Pick<INodeProperties, 'description' | 'placeholder' | 'hint'>,
): INodeProperties {
	return {
		displayName: 'Path',
		name: 'path',
		type: 'string',
		required: true,
		default: '',
		...texts,
	};
}

/**
 * The selected project and path, and the query that contains the path.
 *
 * @throws NodeApiError if one of them cannot be sent
 */
export function readPathQuery(item: ItemContext) {
	const ids = readPath(item);
	return { ids, query: { path: ids.path } };
}

/**
 * What the API returned for the path, if it is of the expected type.
 *
 * @throws NodeApiError if it is not
 */
export function assertType(
	item: ItemContext,
	entry: IDataObject,
	ftype: 'file' | 'folder',
): IDataObject {
	if (entry.ftype === ftype) return entry;
	const message = ftype === 'file' ? messages.pathNotFile : messages.pathNotFolder;
	throw parameterError(item, fillMessage(message, { path: item.ids.path }));
}

/**
 * The presigned URL of a file. It is valid for 15 minutes.
 *
 * @throws NodeApiError if the response contains none
 */
export function getLink(item: ItemContext, apiRequest: ApiRequest, { url }: IDataObject): string {
	if (typeof url === 'string' && /^https?:/i.test(url)) return url;
	throw unexpectedResponse(item, apiRequest);
}
