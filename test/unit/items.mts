import type { INode } from 'n8n-workflow';
import type { ItemContext, ResourceIds } from '../../nodes/Cloudsquid/shared/itemContext.ts';

/** The node as n8n describes it in a workflow. */
export const node: INode = {
	id: 'a',
	name: 'Cloudsquid',
	type: 'n8n-nodes-cloudsquid.cloudsquid',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** What pure functions may ask about an item; n8n itself answers it in `test/engine`. */
interface Answers {
	/** The values of the parameters, as expressions and resource locators resolve to them. */
	parameters?: Record<string, unknown>;
	ids?: ResourceIds;
	/** Which item it is, of how many. */
	index?: number;
	items?: number;
	/** Tells that the execution was stopped. */
	signal?: AbortSignal;
}

/** An item with just these values. */
export function makeItem({
	parameters = {},
	ids = {},
	index = 0,
	items = 1,
	signal,
}: Answers = {}): ItemContext {
	const context = {
		getNode: () => node,
		getItemIndex: () => index,
		getExecuteData: () => ({
			data: { main: [Array.from({ length: items }, () => ({ json: {} }))] },
		}),
		getExecutionCancelSignal: () => signal,
		getNodeParameter: (name: string, fallback: unknown) => parameters[name] ?? fallback,
	} as unknown as ItemContext['context'];
	return {
		context,
		request: { url: '' },
		ids,
		idsFromApi: [],
		signal: signal ?? new AbortController().signal,
		progress: { created: {}, responses: new Map() },
		forFile: () => {
			throw new Error('This item has no files.');
		},
		handleErrors: async (_, run) => await run(),
	};
}
