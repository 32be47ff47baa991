import { hash } from 'node:crypto';
import type { Emulator } from '../emulator/emulator.mts';
import type { N8nClient, StoredWorkflow } from '../host/n8nClient.mts';
import { waitFor } from '../host/n8nClient.mts';
import type { Workflow } from '../host/workflow.mts';
import type { Target } from './workflows.mts';
import { chain, cloudsquidNode, extract, filesNode, makeNode, webhookNode } from './workflows.mts';

/** Documents for one execution. */
export type Batch = { documents: Array<{ name: string; text: string }> };

/** Names a file after the execution that creates it. */
export const namedByExecution = '={{ $execution.id }}_{{ $json.name }}';

/** A workflow that extracts the documents of a batch sent to its webhook. */
export function extractBatch(target: Target, path: string, fileName?: string): Workflow {
	const split = { fieldToSplitOut: 'body.documents', options: {} };
	return chain('Extract a batch', [
		webhookNode(path, 'onReceived'),
		makeNode('Documents', 'n8n-nodes-base.splitOut', split),
		filesNode('Files', fileName),
		cloudsquidNode(target, extract),
	]);
}

/** Batches of documents that differ in name and content. */
export function makeBatches(count: number, size: number): Batch[] {
	return Array.from({ length: count }, (_batch, batch) => ({
		documents: Array.from({ length: size }, (_document, document) => ({
			name: `batch-${batch}-document-${document}.txt`,
			text: `Batch: ${batch}\nDocument: ${document}\n`,
		})),
	}));
}

/** All documents that executions of a workflow with `namedByExecution` sent, with their numbers of runs. */
export function readSent({ documents, runs }: Emulator) {
	return documents.map(({ filename, sha256, row_id: rowId }) => {
		const [executionId = '', name = ''] = filename.split('_');
		return {
			executionId,
			name,
			sha256,
			rowId,
			runs: runs.filter((run) => run.row_id === rowId).length,
		};
	});
}

export const hashOf = (content: Buffer | string) => hash('sha256', content);

/** The statuses that n8n shows for the executions of a workflow, and when it first showed each. */
export class StatusLog {
	private readonly changes: Array<{ id: string; status: string; time: number }> = [];
	private readonly current = new Map<string, string>();

	constructor(
		private readonly client: N8nClient,
		private readonly workflow: StoredWorkflow,
	) {}

	/** The IDs of the executions that have one of these statuses. */
	with(...statuses: string[]): string[] {
		return [...this.current].filter(([, status]) => statuses.includes(status)).map(([id]) => id);
	}

	/** Polls until this number of executions, or these executions, have one of the statuses. */
	async until(
		expected: number | readonly string[],
		statuses: readonly string[],
		timeoutMs: number,
	): Promise<void> {
		const what = `${String(expected)} executions with status ${statuses.join(' or ')}`;
		const poll = async () => {
			await this.poll();
			const found = this.with(...statuses);
			if (typeof expected === 'number') return found.length === expected;
			return expected.every((id) => found.includes(id));
		};
		await waitFor(what, poll, { timeoutMs });
	}

	/** How many of these executions had a status, and after which time the last of them had it. */
	describe(status: string, ids: readonly string[], since: number): string {
		const found = this.changes.filter((each) => each.status === status && ids.includes(each.id));
		const last = found.at(-1);
		const when = last ? ` after ${((last.time - since) / 1000).toFixed(1)} s` : '';
		return `${found.length} of ${ids.length} ${status}${when}`;
	}

	async poll(): Promise<void> {
		for (const { id, status } of await this.client.listExecutions(this.workflow)) {
			if (this.current.get(id) === status) continue;
			this.changes.push({ id, status, time: Date.now() });
			this.current.set(id, status);
		}
	}
}
