import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { describeFailure } from '../shared/errors';
import { editorMessages } from '../shared/messages';
import { projectNames, projectsEndpoint } from '../shared/projects';
import type { RequestFailure } from '../transport/failure';
import { sendRequest } from '../transport/request';

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
	const result = await sendRequest(this, { ...projectsEndpoint, timeout: TIMEOUT_MS });
	if ('failure' in result) throw createListError(this, result.failure);
	const names = projectNames(result.response);
	if (!names) {
		throw createListError(this, { kind: 'unexpectedResponse', method: 'GET', unreadable: true });
	}
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
