import { createHash } from 'node:crypto';
import type { Emulator } from '../emulator/emulator.mts';
import type { Workflow } from '../host/workflow.mts';
import type { Place } from './workflows.mts';
import { chain, cloudsquidNode, extract, filesNode, makeNode, webhookNode } from './workflows.mts';

/** Documents that one execution is given. */
export type Batch = { documents: Array<{ name: string; text: string }> };

/** What the emulator's books say of a document that an execution of `namedByExecution` sent. */
export interface SentDocument {
	executionId: string;
	name: string;
	sha256: string;
	rowId: string;
	/** How many runs read it. */
	runs: number;
}

/** The expression by which a file is named after the execution that makes it. */
export const namedByExecution = '={{ $execution.id }}_{{ $json.name }}';

/** A workflow that extracts the documents of a batch that is sent to its webhook. */
export function extractBatch(place: Place, path: string, fileName?: string): Workflow {
	const split = { fieldToSplitOut: 'body.documents', options: {} };
	return chain('Extract a batch', [
		webhookNode(path, 'onReceived'),
		makeNode('Documents', 'n8n-nodes-base.splitOut', split),
		filesNode('Files', fileName),
		cloudsquidNode(place, extract),
	]);
}

/** Batches of documents of which no two have the same name or content. */
export function makeBatches(count: number, each: number): Batch[] {
	return Array.from({ length: count }, (_batch, batch) => ({
		documents: Array.from({ length: each }, (_document, document) => ({
			name: `batch-${batch}-document-${document}.txt`,
			text: `Batch: ${batch}\nDocument: ${document}\n`,
		})),
	}));
}

/** All documents that arrived, one by one as they came. */
export function readSent({ documents, runs }: Emulator): SentDocument[] {
	return documents.map(({ filename, sha256 = '', row_id: rowId = '' }) => {
		const [executionId = '', name = ''] = filename.split('_');
		const own = runs.filter(({ row_id }) => row_id === rowId);
		return { executionId, name, sha256, rowId, runs: own.length };
	});
}

export function hashOf(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}

/** The hashes of a batch's documents, in their order. */
export function hashesOf({ documents }: Batch): string[] {
	return documents.map(({ text }) => hashOf(text));
}
