import assert from 'node:assert/strict';
import type { N8nClient } from '../host/n8nClient.mts';
import { N8nError } from '../host/n8nClient.mts';
import type { N8nServer } from '../host/n8nServer.mts';
import type { JsonObject, Workflow } from '../host/workflow.mts';
import { until } from './until.mts';

/** A workflow that n8n has stored. */
export type StoredWorkflow = Workflow & { id: string; versionId: string };

/**
 * Stores a workflow with all that its file holds, as "Import from File" and the save after it do.
 */
export async function importWorkflow(
	client: N8nClient,
	{ id: _id, ...workflow }: Workflow,
): Promise<StoredWorkflow> {
	// n8n 1.x wants to be told; later ones know that nothing is active that was not published.
	const inactive = { active: false, ...workflow };
	const stored = await client.send<StoredWorkflow>('POST', '/rest/workflows', inactive);
	return await client.send('GET', `/rest/workflows/${stored.id}`);
}

/**
 * Publishes a workflow, and waits until its triggers are at work, which they are some time after
 * n8n's answer.
 */
export async function publish(client: N8nClient, workflow: StoredWorkflow): Promise<void> {
	const { id, name, versionId } = workflow;
	const version = { versionId, name: '', description: '' };
	const published = await unlessUnknown(
		client.send('POST', `/rest/workflows/${id}/activate`, version),
	);
	// n8n 1.x knows no versions that are published: a workflow is active or not.
	if (!published)
		return void (await client.send('PATCH', `/rest/workflows/${id}`, { active: true }));
	await until(`"${name}" is published`, async () => {
		const found = await unlessUnknown(
			client.send<{ status: string }>('GET', `/rest/workflows/${id}/publication-status`),
		);
		if (found?.status === 'failed') throw new Error(`n8n could not publish "${name}".`);
		// Where n8n has no such status, publishing is over when it has answered.
		return !found || found.status === 'published';
	});
}

/** Takes a workflow back: its triggers rest from then on. */
export async function unpublish(client: N8nClient, { id }: StoredWorkflow): Promise<void> {
	await client.send('POST', `/rest/workflows/${id}/deactivate`, {});
}

/** Deletes a workflow with its executions. */
export async function removeWorkflow(client: N8nClient, { id }: StoredWorkflow): Promise<void> {
	await unlessUnknown(client.send('POST', `/rest/workflows/${id}/archive`, {}));
	// A published one is taken back some time after n8n's answer, and is kept until then.
	await until(`the workflow ${id} is gone`, async () => {
		try {
			await client.send('DELETE', `/rest/workflows/${id}`);
			return true;
		} catch (error) {
			if (error instanceof N8nError && error.status === 409) return false;
			throw error;
		}
	});
}

export async function removeCredential(client: N8nClient, { id }: { id: string }): Promise<void> {
	await client.send('DELETE', `/rest/credentials/${id}`);
}

/** The answer to a request; nothing where this n8n does not know its address. */
async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
	try {
		return await answer;
	} catch (error) {
		if (error instanceof N8nError && error.status === 404) return undefined;
		throw error;
	}
}

/**
 * Sends something to the webhook of a published workflow. n8n says that it is published a moment before its address
 * answers.
 */
export async function callWebhook(
	{ baseUrl }: N8nServer,
	path: string,
	body: Buffer | FormData | JsonObject,
): Promise<Response> {
	const request = toRequest(body);
	return await until('an answer of the webhook', async () => {
		const response = await fetch(`${baseUrl}/webhook/${path}`, { method: 'POST', ...request });
		if (response.status === 404) return undefined;
		assert.equal(response.status, 200, await response.clone().text());
		return response;
	});
}

function toRequest(body: Buffer | FormData | JsonObject): RequestInit {
	if (body instanceof FormData) return { body };
	if (Buffer.isBuffer(body)) return { body, headers: { 'content-type': 'application/pdf' } };
	return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

/** The last hundred executions of a workflow, the newest first. */
export async function listExecutions(
	client: N8nClient,
	{ id }: StoredWorkflow,
): Promise<Array<{ id: string; status: string; mode: string }>> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
	const { results } = await client.send<{
		results: Array<{ id: string; status: string; mode: string }>;
	}>('GET', `/rest/executions?limit=100&filter=${filter}`);
	return results;
}
