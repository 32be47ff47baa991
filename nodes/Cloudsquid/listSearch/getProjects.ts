import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { isObject } from '../shared/answers';
import { baseUrlOf } from '../shared/credential';
import { explain, type Failure } from '../shared/errors';
import { exchange } from '../shared/transport';

/**
 * The projects to choose from, in the editor.
 *
 * @param filter what the user typed; compared without regard to case
 * @throws NodeApiError or NodeOperationError that says why there is nothing to choose from
 * @see https://docs.cloudsquid.io/api-reference/introduction
 */
export async function getProjects(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const baseURL = baseUrlOf(await this.getCredentials('cloudsquidApi'));
	const outcome = await exchange(this, {
		method: 'GET',
		baseURL,
		url: '/projects',
		timeout: 30_000,
	});
	if ('failure' in outcome) throw listError(this, outcome.failure);
	if (!Array.isArray(outcome.answer)) {
		throw listError(this, { kind: 'unexpectedAnswer', method: 'GET', unreadable: true });
	}
	const names = outcome.answer
		.map((project) => (isObject(project) ? project.name : undefined))
		.filter((name): name is string => typeof name === 'string' && name !== '');
	if (names.length === 0) {
		throw new NodeOperationError(this.getNode(), 'This API key sees no projects', {
			description: "Create one in Cloudsquid, or enter a name with 'By Name'.",
		});
	}
	const wanted = filter?.toLowerCase() ?? '';
	return {
		results: names
			.filter((name) => name.toLowerCase().includes(wanted))
			.sort((a, b) => a.localeCompare(b))
			.map((name) => ({ name, value: name })),
	};
}

function listError(caller: ILoadOptionsFunctions, failure: Failure): NodeApiError {
	return new NodeApiError(caller.getNode(), {}, explain(failure));
}
