import type { IDataObject } from 'n8n-workflow';

import { recallResponse, request, type ApiRequest } from '../../transport/request';
import { isId, isObject } from '../../transport/response';
import type { ItemContext } from '../../shared/itemContext';
import { assertRunSucceeded, isRunFailure } from '../../shared/polling';
import { waitForRun } from '../../shared/waitForRun';
import { getRunRequest } from './get';
import { startRun } from './start';

/**
 * Sends a request that stays open until its run has ended. If the run failed in an earlier try of the
 * node, starts another run on the same row instead.
 *
 * @returns the row
 * @throws NodeApiError if the request or the run failed
 */
export async function runSynchronously(
	item: ItemContext,
	ids: { project_name: string; table_id: string },
	apiRequest: ApiRequest,
): Promise<IDataObject> {
	const earlier = recallResponse(item, apiRequest);
	const row = await request(item, apiRequest);
	const { row_id } = row;
	if (!isId(row_id)) return assertRunSucceeded(item, row);
	item.ids.row_id = row_id;
	item.idsFromApi.push('row_id');
	if (!isObject(earlier) || !isRunFailure(item, row)) return assertRunSucceeded(item, row);
	const { run_id } = await startRun(item, { ...ids, row_id }, false);
	return await waitForRun(item, getRunRequest({ ...ids, run_id }), true);
}
