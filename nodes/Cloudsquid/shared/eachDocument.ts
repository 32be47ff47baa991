import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { findSources, type SourceDocument } from './documents';
import { toNodeError } from './errors';
import { attempt, toItems, type Job } from './job';

/**
 * Does the same with every document of an item: one output item each, in order.
 *
 * All are begun together, and all come to their end even if one of them cannot be used. Where n8n
 * is told to continue, that one becomes an error item in its place; otherwise its error tells the
 * IDs of the others.
 *
 * @throws NodeApiError or NodeOperationError of the first document that failed
 */
export async function eachDocument(
	job: Job,
	operation: (job: Job, document: SourceDocument) => Promise<IDataObject>,
): Promise<INodeExecutionData[]> {
	const sources = findSources(job);
	const jobs = sources.map(({ sourceField }): Job => ({
		...job,
		known:
			sourceField === undefined ? { ...job.known } : { ...job.known, source_field: sourceField },
	}));
	const outcomes = await Promise.allSettled(
		jobs.map(
			async (each, index) =>
				await attempt(each, async () =>
					toItems(each, [await operation(each, await sources[index]!.read(each))]),
				),
		),
	);
	const failed = outcomes.findIndex(({ status }) => status === 'rejected');
	if (failed === -1) {
		return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
	}
	const others = jobs.filter((each, index) => index !== failed && each.known.row_id);
	const error = toNodeError(jobs[failed]!, (outcomes[failed] as PromiseRejectedResult).reason);
	if (others.length > 0) {
		const told = others.map(({ known }) => `${known.source_field} → ${known.row_id}`).join(', ');
		error.description = `${error.description ?? ''} Other files of this item have rows already: ${told}.`;
	}
	throw error;
}
