import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { describeFailure } from '../shared/errors';
import { editorMessages } from '../shared/messages';
import type { RequestFailure } from '../transport/failure';
import { sendRequest } from '../transport/request';
import { isObject } from '../transport/response';

const TIMEOUT_MS = 30_000;

/**
 * The projects that the editor lists.
 *
 * @param filter what the user typed; case is ignored
 * @throws NodeApiError or NodeOperationError that says why there are none
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export async function getProjects(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const options = { method: 'GET', url: '/projects', timeout: TIMEOUT_MS } as const;
	const result = await sendRequest(this, options);
	if ('failure' in result) throw createListError(this, result.failure);
	if (!Array.isArray(result.response)) {
		throw createListError(this, { kind: 'unexpectedResponse', method: 'GET', unreadable: true });
	}
	const names = result.response
		.map((project) => (isObject(project) ? project.name : undefined))
		.filter((name): name is string => typeof name === 'string' && name !== '');
	if (names.length === 0) {
		const { message, description } = editorMessages.noProjects;
		throw new NodeOperationError(this.getNode(), message, { description });
	}
	return {
		results: names
			.filter((name) => name.toLowerCase().includes(filter.toLowerCase()))
			.sort((a, b) => a.localeCompare(b))
			.map((name) => ({ name, value: name })),
	};
}

function createListError(context: ILoadOptionsFunctions, failure: RequestFailure): NodeApiError {
	return new NodeApiError(context.getNode(), {}, { ...describeFailure(failure) });
}
