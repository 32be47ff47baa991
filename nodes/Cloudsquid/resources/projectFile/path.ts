import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { inputError } from '../../shared/errors';
import type { Job } from '../../shared/job';
import { readPath, readProject } from '../../shared/parameters';
import { requestObject } from '../../shared/transport';

/** The path, which travels as a query parameter; `texts` say what it leads to. */
export function pathField(
	show: NonNullable<INodeProperties['displayOptions']>['show'],
	texts: Pick<INodeProperties, 'description' | 'placeholder' | 'hint'>,
): INodeProperties {
	return {
		displayName: 'Path',
		name: 'path',
		type: 'string',
		required: true,
		default: '',
		...texts,
		displayOptions: { show },
		routing: { send: { type: 'query', property: 'path', value: '={{ String($value).trim() }}' } },
	};
}

/**
 * What is at the path: a file or a folder, as its `ftype` says.
 *
 * @param wanted what the operation can work with, if not both
 * @returns the API's own fields; a folder has its `entries`
 * @throws NodeOperationError if the other is there; NodeApiError if the path could not be read
 * @see https://docs.cloudsquid.io/api-reference/filesystem/read-by-path
 */
export async function readEntry(job: Job, wanted?: 'file' | 'folder'): Promise<IDataObject> {
	readProject(job);
	const path = readPath(job);
	const entry = await requestObject(job);
	if (wanted === undefined || entry.ftype === wanted) return entry;
	throw wanted === 'file'
		? inputError(
				job,
				`'Path' leads to a folder, not a file: '${path}'`,
				'Enter the path of a file; Project File → Get Many lists what is in the folder.',
			)
		: inputError(
				job,
				`'Path' leads to a file, not a folder: '${path}'`,
				'Enter the path of a folder; Project File → Get reads a single file.',
			);
}
