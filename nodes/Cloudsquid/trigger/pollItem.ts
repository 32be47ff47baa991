import type { IExecuteData, IExecutePaginationFunctions, IPollFunctions } from 'n8n-workflow';

import type { ItemContext } from '../shared/itemContext';
import { pollDescriptions } from '../shared/messages';

/** A request without a response for this long is sent again. */
const TIMEOUT_MS = 60_000;

/**
 * What a poll has in place of an input item, so that it reads parameters, sends requests, and reports
 * errors as the operations of the node do.
 */
export function createPollItem(poll: IPollFunctions): ItemContext {
	const execution: IExecuteData = { data: {}, node: poll.getNode(), source: null };
	const context = Object.create(poll, {
		continueOnFail: { value: () => false },
		getExecuteData: { value: () => execution },
		getExecutionCancelSignal: { value: () => undefined },
		getInputData: { value: () => ({ json: {} }) },
		getItemIndex: { value: () => 0 },
	}) as IExecutePaginationFunctions;
	return {
		context,
		request: {
			url: '',
			headers: { Accept: 'application/json' },
			timeout: TIMEOUT_MS,
		},
		ids: {},
		idsFromApi: [],
		// Nobody can stop a poll.
		signal: new AbortController().signal,
		progress: { created: {}, responses: new Map() },
		descriptions: pollDescriptions,
		forFile: () => {
			throw new RangeError('A poll has no input files.');
		},
		handleErrors: async (_, run) => await run(),
	};
}
