import type { N8nClient } from '../host/n8nClient.mts';
import type { StoredWorkflow } from './n8n.mts';
import { listExecutions } from './n8n.mts';
import { until } from './until.mts';

/** What n8n shows of a workflow's executions, and when it began to. */
export class StatusLog {
	/** By the execution's ID: each status it was seen with, and when first. */
	private readonly seen = new Map<string, Map<string, number>>();
	private readonly now = new Map<string, string>();

	constructor(
		private readonly client: N8nClient,
		private readonly workflow: StoredWorkflow,
	) {}

	/** The IDs of the executions that are shown with one of these statuses. */
	with(...statuses: string[]): string[] {
		return [...this.now].filter(([, status]) => statuses.includes(status)).map(([id]) => id);
	}

	/** Looks until there are so many executions with one of these statuses, or until these executions have one. */
	async until(
		wanted: number | readonly string[],
		statuses: readonly string[],
		timeoutMs: number,
	): Promise<void> {
		await until(
			`${String(wanted)} executions with status ${statuses.join(' or ')}`,
			async () => {
				await this.look();
				const found = this.with(...statuses);
				if (typeof wanted === 'number') return found.length === wanted;
				return wanted.every((id) => found.includes(id));
			},
			timeoutMs,
		);
	}

	/** How many of these executions were shown with a status, and the longest time from a moment until they were. */
	tell(status: string, ids: readonly string[], since: number): string {
		const moments = ids.flatMap((id) => this.seen.get(id)?.get(status) ?? []);
		const seconds = (Math.max(...moments) - since) / 1000;
		return `${moments.length} of ${ids.length} ${status}${moments.length > 0 ? ` by ${seconds.toFixed(1)} s` : ''}`;
	}

	/** Looks once. */
	async look(): Promise<void> {
		for (const { id, status } of await listExecutions(this.client, this.workflow)) {
			const statuses = this.seen.get(id) ?? new Map<string, number>();
			if (!statuses.has(status)) statuses.set(status, Date.now());
			this.seen.set(id, statuses);
			this.now.set(id, status);
		}
	}
}
