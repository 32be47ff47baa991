import type { INodeProperties } from 'n8n-workflow';

import { parameterError } from '../../shared/errors';
import type { ItemContext } from '../../shared/itemContext';
import { parameterMessages } from '../../shared/messages';
import { readData, readFileIds } from '../../shared/parameters';

/** What to reconcile: data, documents by their row IDs, or both. */
export const taskInputFields: INodeProperties[] = [
	{
		displayName: 'Data',
		name: 'data',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. {"vendor": "Acme", "total": 119}',
		hint: 'An object such as {"vendor": "Acme"}. Leave it at {} to reconcile only files.',
		description:
			'The data to reconcile, as a JSON object. \'Data\', \'Files\', or both are required. <a href="https://docs.cloudsquid.io/concepts/table-types" target="_blank">See the documentation</a>.',
	},
	{
		displayName: 'Files',
		name: 'files',
		type: 'string',
		default: '',
		placeholder: 'e.g. 7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b',
		hint: 'Row IDs of an extraction table, separated by commas. Leave it empty to reconcile data only.',
		description: "The documents to reconcile. 'Data', 'Files', or both are required.",
	},
];

/**
 * The body of both operations, `{data?, files?: [{id}]}`, with what is filled in. JSON that was typed
 * is sent as it was typed: JavaScript cannot hold large numbers exactly.
 *
 * @throws NodeApiError if nothing is, or something is not valid
 * @see https://docs.cloudsquid.io/concepts/table-types
 */
export function readTaskInput(item: ItemContext): Buffer {
	const data = readData(item);
	const files = readFileIds(item).map((id) => ({ id }));
	const hasData = data !== undefined && Object.keys(data.value).length > 0;
	if (!hasData && files.length === 0) throw parameterError(item, parameterMessages.taskEmpty);
	const fields = [
		...(hasData ? [`"data":${data.json}`] : []),
		...(files.length > 0 ? [`"files":${JSON.stringify(files)}`] : []),
	];
	return Buffer.from(`{${fields.join()}}`);
}
