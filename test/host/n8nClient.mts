import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type { Execution, ExecutionData } from './execution.mts';
import { toExecution } from './execution.mts';
import type { Credential, JsonObject, Workflow } from './workflow.mts';
import { manualTriggerOf } from './workflow.mts';

/** The first user of an n8n; these work on loopback addresses only. */
export interface Owner {
	email: string;
	firstName: string;
	lastName: string;
	password: string;
}

export interface WaitOptions {
	timeoutMs?: number;
	pollMs?: number;
	signal?: AbortSignal;
}

/** What the credential's Test button says. */
export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

const ENDED = new Set(['success', 'error', 'crashed', 'canceled']);

/** An answer of n8n that is not a success. */
export class N8nError extends Error {
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
		this.name = 'N8nError';
	}
}

/** Drives an n8n server through the REST API of its own editor, logged in as its owner. */
export class N8nClient {
	private cookie = '';

	constructor(readonly baseUrl: string) {}

	/** Makes the owner of a new n8n, and is logged in as the owner from then on. */
	async setUpOwner(owner: Owner): Promise<void> {
		await this.send('POST', '/rest/owner/setup', owner);
	}

	/** Logs in to an n8n that has its owner already. */
	async logIn(owner: Pick<Owner, 'email' | 'password'>): Promise<void> {
		const { email, password } = owner;
		await this.send('POST', '/rest/login', { emailOrLdapLoginId: email, email, password });
	}

	/** Descriptions of the node types that this n8n has loaded. */
	async nodeTypes(): Promise<Array<JsonObject & { name: string }>> {
		return (await this.fetchJson('GET', '/types/nodes.json')) as Array<
			JsonObject & { name: string }
		>;
	}

	/** Stores a credential, encrypted by n8n, and gives it the ID that workflows refer to. */
	async createCredential(credential: Credential): Promise<Credential & { id: string }> {
		const { name, type, data } = credential;
		const { id } = await this.send<{ id: string }>('POST', '/rest/credentials', {
			name,
			type,
			data,
		});
		return { ...credential, id };
	}

	/** What the credential's Test button does. */
	async testCredential(credential: Credential & { id: string }): Promise<CredentialTest> {
		return await this.send('POST', '/rest/credentials/test', { credentials: credential });
	}

	/** Stores a workflow. */
	async createWorkflow(workflow: Workflow): Promise<Workflow & { id: string }> {
		const { name, nodes, connections, settings = {} } = workflow;
		return await this.send('POST', '/rest/workflows', { name, nodes, connections, settings });
	}

	/** Runs a stored workflow from a trigger, as the editor's button at it does, and gives the execution's ID. */
	async run(
		workflow: Workflow & { id: string },
		trigger = manualTriggerOf(workflow),
	): Promise<string> {
		const { executionId } = await this.send<{ executionId?: string }>(
			'POST',
			`/rest/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger } },
		);
		if (!executionId) throw new N8nError(200, 'n8n did not start the workflow.');
		return executionId;
	}

	/** An execution as it is now. */
	async execution(id: string): Promise<Execution> {
		const row = await this.send<{ id: string; status: string; data?: string }>(
			'GET',
			`/rest/executions/${id}`,
		);
		const data = row.data === undefined ? undefined : (parse(row.data) as ExecutionData);
		return toExecution(row, data);
	}

	/** Waits until an execution has ended, whichever way. */
	async waitForExecution(id: string, options: WaitOptions = {}): Promise<Execution> {
		const { timeoutMs = 120_000, pollMs = 250, signal } = options;
		const until = Date.now() + timeoutMs;
		for (;;) {
			const execution = await this.execution(id);
			if (ENDED.has(execution.status)) return execution;
			if (Date.now() > until) {
				throw new Error(`The execution ${id} is still ${execution.status} after ${timeoutMs} ms.`);
			}
			await sleep(pollMs, undefined, signal ? { signal } : {});
		}
	}

	/** Stops an execution, as the editor's Stop button does. */
	async stopExecution(id: string): Promise<void> {
		await this.send('POST', `/rest/executions/${id}/stop`);
	}

	/** Any other request to n8n's REST API; the answer without the `data` that n8n wraps it in. */
	async send<T>(method: string, path: string, body?: unknown): Promise<T> {
		const answer = (await this.fetchJson(method, path, body)) as { data: T };
		return answer.data;
	}

	private async fetchJson(method: string, path: string, body?: unknown): Promise<unknown> {
		const response = await fetch(`${this.baseUrl}${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				// n8n ties a session to the browser it was made in.
				'browser-id': 'cloudsquid-host',
				...(this.cookie ? { cookie: this.cookie } : {}),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		this.keepCookies(response);
		const text = await response.text();
		if (!response.ok) throw new N8nError(response.status, describe(method, path, response, text));
		return text ? (JSON.parse(text) as unknown) : { data: undefined };
	}

	private keepCookies(response: Response): void {
		const pairs = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
		if (pairs.length > 0) this.cookie = pairs.join('; ');
	}
}

function describe(method: string, path: string, response: Response, text: string): string {
	let reason = text.slice(0, 300);
	try {
		reason = (JSON.parse(text) as { message?: string }).message ?? reason;
	} catch {
		// Not JSON: the text itself is all there is.
	}
	return `n8n answered ${method} ${path} with ${response.status}: ${reason}`;
}
