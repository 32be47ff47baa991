import type { IDataObject } from 'n8n-workflow';

import type { SourceDocument } from './documents';
import type { Job, KnownIds } from './job';
import { requestObject, unexpectedAnswer, type ApiRequest } from './transport';

/**
 * Puts a document into the table and notes the row it has become.
 *
 * @returns `{row_id}`
 * @throws NodeApiError if it could not be put there, or if that is not known
 * @see https://docs.cloudsquid.io/api-reference/tables/upload-a-new-file-into-a-table
 */
export async function uploadDocument(job: Job, document: SourceDocument): Promise<IDataObject> {
	const upload: ApiRequest = {
		method: 'POST',
		url: '/projects/{project_name}/tables/{table_id}/files',
		body: document.body,
		lane: 'begin',
	};
	const answer = await requestObject(job, upload);
	noteId(job, 'row_id', answer, upload);
	return answer;
}

/**
 * Starts a run of a row, which returns at once, and notes the run's ID.
 *
 * @returns `{run_id}`
 * @throws NodeApiError if it could not be started, or if that is not known
 * @see https://docs.cloudsquid.io/api-reference/tables/request-starts-the-analyze-process-for-a-table
 */
export async function startRun(
	job: Job,
	row_id: string,
	zero_retention: boolean,
): Promise<IDataObject> {
	const start: ApiRequest = {
		method: 'POST',
		url: '/projects/{project_name}/tables/{table_id}/run',
		body: { row_id, zero_retention },
	};
	const answer = await requestObject(job, start);
	noteId(job, 'run_id', answer, start);
	return answer;
}

/**
 * The request that reads the job's run.
 *
 * @see https://docs.cloudsquid.io/api-reference/tables/get-ai-run-status-&-result
 */
export const lookAtRun: ApiRequest = {
	method: 'GET',
	url: '/projects/{project_name}/tables/{table_id}/run/{run_id}',
};

/**
 * Notes an ID that an answer must have, since nothing can go on without it. Dots alone are none: in
 * a path they cannot be encoded and would lead to another endpoint.
 *
 * @throws NodeApiError if the answer has none
 */
export function noteId(
	job: Job,
	field: keyof KnownIds,
	answer: IDataObject,
	apiRequest: ApiRequest,
): void {
	const id = answer[field];
	if (typeof id !== 'string' || /^\.{0,2}$/.test(id)) throw unexpectedAnswer(job, apiRequest);
	job.known[field] = id;
	job.given = [...(job.given ?? []), field];
}
