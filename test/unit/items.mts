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

/** An item with just these values, which pure functions may ask for. */
export function makeItem({
	parameters = {} as Record<string, unknown>,
	ids = {} as ResourceIds,
	index = 0,
	signal = undefined as AbortSignal | undefined,
} = {}): ItemContext {
	const context = {
		getNode: () => node,
		getItemIndex: () => index,
		getInputData: () => ({ json: {} }),
		getExecuteData: () => ({ data: { main: [[{ json: {} }]] } }),
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
