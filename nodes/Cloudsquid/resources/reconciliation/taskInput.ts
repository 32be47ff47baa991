import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { inputError } from '../../shared/errors';
import type { Job } from '../../shared/job';
import { readJsonObject, readUuids } from '../../shared/parameters';

/** What is to be reconciled: data, documents by their row IDs, or both. */
export function taskInputFields(
	show: NonNullable<INodeProperties['displayOptions']>['show'],
): INodeProperties[] {
	return [
		{
			displayName: 'Data',
			name: 'data',
			type: 'json',
			default: '{}',
			placeholder: 'e.g. {"vendor": "Acme", "total": 119}',
			hint: 'An object such as {"vendor": "Acme"}; leave it at {} to reconcile files alone',
			description:
				'The data to reconcile, as a JSON object. Data, Files or both are needed. <a href="https://docs.cloudsquid.io/concepts/table-types" target="_blank">See the documentation</a>.',
			displayOptions: { show },
		},
		{
			displayName: 'Files',
			name: 'files',
			type: 'string',
			default: '',
			placeholder: 'e.g. 7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b',
			hint: 'Row IDs of an extraction table, separated by commas; leave it empty to reconcile data alone',
			description: "The documents to reconcile. 'Data', 'Files' or both are needed.",
			displayOptions: { show },
		},
	];
}

/**
 * The body of both operations, `{data?, files?: [{id}]}`; only what was filled in is sent.
 *
 * @throws NodeOperationError if nothing was, or something of the wrong form
 * @see https://docs.cloudsquid.io/concepts/table-types
 */
export function readTaskInput(job: Job): IDataObject {
	const data = readJsonObject(job, 'data', 'Data');
	const ids = readUuids(
		job,
		'files',
		'Files',
		'Enter row IDs separated by commas; take row_id from the output of Document → Upload.',
	);
	const files = ids.map((id) => ({ id }));
	const hasData = data !== undefined && Object.keys(data).length > 0;
	if (!hasData && files.length === 0) {
		throw inputError(
			job,
			"'Data' and 'Files' are both empty",
			'Fill in at least one of them: there is nothing to reconcile.',
		);
	}
	return { ...(hasData ? { data } : {}), ...(files.length > 0 ? { files } : {}) };
}
