import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { parameterError } from '../../shared/errors';
import type { ItemContext } from '../../shared/itemContext';
import { fillMessage, parameterMessages as messages } from '../../shared/messages';
import { readPath } from '../../shared/parameters';
import type { Endpoint } from '../../transport/endpoint';

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
 * @throws NodeOperationError if one of them cannot be sent
 */
export function readPathQuery(item: ItemContext) {
	const ids = readPath(item);
	return { ids, query: { path: ids.path } };
}

/**
 * What the API returned for the path, if it is of the expected type.
 *
 * @throws NodeOperationError if it is not
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
