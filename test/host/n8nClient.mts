import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import { toExecution, type Execution, type ExecutionData } from './execution.mts';
import { manualTriggerOf, type Credential, type JsonObject, type Workflow } from './workflow.mts';

export interface Login {
	email: string;
	password: string;
}

export type StoredWorkflow = Workflow & { id: string; versionId: string };

export type StoredCredential = Credential & { id: string };

/** An execution in n8n's list. */
export interface ExecutionRow {
	id: string;
	status: string;
	mode: string;
	startedAt: string;
	stoppedAt: string;
}

const ENDED = ['success', 'error', 'crashed', 'canceled'];

/** Controls an n8n server through the REST API of its editor, logged in as its owner. */
export class N8nClient {
	private cookie = '';

	constructor(readonly baseUrl: string) {}

	/** Creates the owner of a new n8n, and logs in. */
	async setUpOwner(login: Login): Promise<void> {
		const owner = { firstName: 'Demo', lastName: 'Owner', ...login };
		await this.send('POST', '/rest/owner/setup', owner);
	}

	async logIn({ email, password }: Login): Promise<void> {
		await this.send('POST', '/rest/login', { emailOrLdapLoginId: email, email, password });
	}

	async nodeTypes(): Promise<Array<JsonObject & { name: string }>> {
		return await this.fetchJson('GET', '/types/nodes.json');
	}

	async createCredential(credential: Credential): Promise<StoredCredential> {
		const { id } = await this.send<{ id: string }>('POST', '/rest/credentials', credential);
		return { ...credential, id };
	}

	async testCredential(credential: StoredCredential): Promise<{ status: string; message: string }> {
		return await this.send('POST', '/rest/credentials/test', { credentials: credential });
	}

	async removeCredential({ id }: StoredCredential): Promise<void> {
		await this.send('DELETE', `/rest/credentials/${id}`);
	}

	/** Stores a workflow with everything its file contains, as "Import from File" does. */
	async importWorkflow({ id: _id, ...workflow }: Workflow): Promise<StoredWorkflow> {
		// Required by n8n 1.x.
		const inactive = { active: false, ...workflow };
		const { id } = await this.send<StoredWorkflow>('POST', '/rest/workflows', inactive);
		return await this.send('GET', `/rest/workflows/${id}`);
	}

	/** Publishes a workflow, and waits until its triggers are active. */
	async publish({ id, name, versionId }: StoredWorkflow): Promise<void> {
		const version = { versionId, name: '', description: '' };
		const activation = this.send('POST', `/rest/workflows/${id}/activate`, version);
		const published = await unless(404, activation);
		// In n8n 1.x, workflows are active or not, and have no published versions.
		if (!published) await this.send('PATCH', `/rest/workflows/${id}`, { active: true });
		await waitFor(`"${name}" is published`, async () => {
			const path = `/rest/workflows/${id}/publication-status`;
			const found = await unless(404, this.send<{ status: string }>('GET', path));
			if (found?.status === 'failed') throw new Error(`n8n could not publish "${name}".`);
			// Older versions have no such status: there, it is published now.
			return !found || found.status === 'published';
		});
	}

	async unpublish({ id }: StoredWorkflow): Promise<void> {
		await this.send('POST', `/rest/workflows/${id}/deactivate`, {});
	}

	/** Deletes a workflow with its executions. */
	async removeWorkflow({ id }: StoredWorkflow): Promise<void> {
		await unless(404, this.send('POST', `/rest/workflows/${id}/archive`, {}));
		// A published workflow can be deleted a moment later.
		const remove = async () => await unless(409, this.send('DELETE', `/rest/workflows/${id}`));
		await waitFor(`the workflow ${id} is deleted`, remove);
	}

	/** Runs a workflow from a trigger, as the editor does, and returns the execution's ID. */
	async run(workflow: StoredWorkflow, trigger = manualTriggerOf(workflow)): Promise<string> {
		const path = `/rest/workflows/${workflow.id}/run`;
		const start = { workflowData: workflow, triggerToStartFrom: { name: trigger } };
		const { executionId } = await this.send<{ executionId?: string }>('POST', path, start);
		if (!executionId) throw new Error('n8n did not start the workflow.');
		return executionId;
	}

	async execution(id: string): Promise<Execution> {
		const path = `/rest/executions/${id}`;
		const { data, ...row } = await this.send<ExecutionRow & { data?: string }>('GET', path);
		return toExecution(row, data === undefined ? undefined : (parse(data) as ExecutionData));
	}

	/** Waits until an execution has ended. */
	async waitForExecution(id: string, options?: Parameters<typeof waitFor>[2]) {
		const poll = async () => {
			const execution = await this.execution(id);
			// n8n 1.x stores the status of an execution before its data.
			const isStored = execution.status !== 'success' || Object.keys(execution.nodes).length > 0;
			return ENDED.includes(execution.status) && isStored && execution;
		};
		const limits = { timeoutMs: 120_000, pollMs: 250, ...options };
		return await waitFor(`the end of the execution ${id}`, poll, limits);
	}

	async stopExecution(id: string): Promise<void> {
		await this.send('POST', `/rest/executions/${id}/stop`);
	}

	/** The last hundred executions of a workflow, the newest first. */
	async listExecutions({ id }: StoredWorkflow): Promise<ExecutionRow[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
		const path = `/rest/executions?limit=100&filter=${filter}`;
		return (await this.send<{ results: ExecutionRow[] }>('GET', path)).results;
	}

	/** Calls the webhook of a published workflow, which is available a moment after publishing. */
	async callWebhook(path: string, body: Blob | FormData | JsonObject): Promise<Response> {
		const isEncoded = body instanceof Blob || body instanceof FormData;
		const type = 'application/json';
		const content = isEncoded ? body : new Blob([JSON.stringify(body)], { type });
		return await waitFor('a response of the webhook', async () => {
			const url = `${this.baseUrl}/webhook/${path}`;
			const response = await fetch(url, { method: 'POST', body: content });
			if (response.status === 404) return undefined;
			if (response.ok) return response;
			throw new Error(await response.text(), { cause: response.status });
		});
	}

	/** Sends a request to n8n's REST API, and returns the `data` of the response. */
	async send<T>(method: string, path: string, body?: unknown): Promise<T> {
		return (await this.fetchJson<{ data: T }>(method, path, body)).data;
	}

	private async fetchJson<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.baseUrl}${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				// n8n ties a session to the browser in which it started.
				'browser-id': 'cloudsquid-host',
				cookie: this.cookie,
			},
			body: JSON.stringify(body),
		});
		const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
		if (cookies.length > 0) this.cookie = cookies.join('; ');
		const text = await response.text();
		if (response.ok) return JSON.parse(text || '{}') as T;
		const { status } = response;
		const message = `n8n responded to ${method} ${path} with ${status}: ${text.slice(0, 300)}`;
		throw new Error(message, { cause: status });
	}
}

/** The response to a request, or nothing if it has this status, such as 404 for a path of another version of n8n. */
async function unless<T>(status: number, response: Promise<T>): Promise<T | undefined> {
	return await response.catch((error: Error) => {
		if (error.cause === status) return undefined;
		throw error;
	});
}

/** Polls until there is something, and returns it. @throws Error after the timeout */
export async function waitFor<T>(
	what: string,
	poll: () => Promise<T | undefined | false> | T | undefined | false,
	{ timeoutMs = 30_000, pollMs = 100 } = {},
): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const found = await poll();
		if (found !== undefined && found !== false) return found;
		if (Date.now() > deadline) throw new Error(`Not seen within ${timeoutMs / 1000} s: ${what}.`);
		await sleep(pollMs);
	}
}
