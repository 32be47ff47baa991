import type { N8nClient } from '../host/n8nClient.mts';
import type { Workflow } from '../host/workflow.mts';
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
	const stored = await client.send<StoredWorkflow>('POST', '/rest/workflows', workflow);
	return await client.send('GET', `/rest/workflows/${stored.id}`);
}

/**
 * Runs a workflow from one of its triggers, as the button at that trigger does; gives the
 * execution's ID.
 */
export async function runFrom(
	client: N8nClient,
	workflow: StoredWorkflow,
	trigger: string,
): Promise<string> {
	const { executionId } = await client.send<{ executionId?: string }>(
		'POST',
		`/rest/workflows/${workflow.id}/run`,
		{ triggerToStartFrom: { name: trigger } },
	);
	if (!executionId) throw new Error(`n8n did not start "${workflow.name}" from "${trigger}".`);
	return executionId;
}

/**
 * Publishes a workflow, and waits until its triggers are at work, which they are some time after
 * n8n's answer.
 */
export async function publish(client: N8nClient, workflow: StoredWorkflow): Promise<void> {
	const { id, name, versionId } = workflow;
	const version = { versionId, name: '', description: '' };
	await client.send('POST', `/rest/workflows/${id}/activate`, version);
	await until(`"${name}" is published`, async () => {
		const { status } = await client.send<{ status: string }>(
			'GET',
			`/rest/workflows/${id}/publication-status`,
		);
		if (status === 'failed') throw new Error(`n8n could not publish "${name}".`);
		return status === 'published';
	});
}

/** Takes a workflow back: its triggers rest from then on. */
export async function unpublish(client: N8nClient, { id }: StoredWorkflow): Promise<void> {
	await client.send('POST', `/rest/workflows/${id}/deactivate`, {});
}

/** The executions of a workflow, the newest first. */
export async function listExecutions(
	client: N8nClient,
	{ id }: StoredWorkflow,
): Promise<Array<{ id: string; status: string; mode: string }>> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
	const { results } = await client.send<{
		results: Array<{ id: string; status: string; mode: string }>;
	}>('GET', `/rest/executions?filter=${filter}`);
	return results;
}
