import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IPinData } from 'n8n-workflow';
import { projectFolder } from './folders.mts';
import type { Credential, JsonObject, Workflow, WorkflowNode } from './workflow.mts';

const folder = path.join(projectFolder, 'examples');

/** The document in the first example. */
export const SAMPLE_FILE = path.join(folder, 'sample-invoice.pdf');

/** The Cloudsquid nodes of `examples/first-steps.json`. */
export const STEPS = {
	extract: 'Extract data from document',
	upload: 'Upload document',
	start: 'Start run',
	get: 'Get run',
} as const;

/** A workflow in `examples/`. Files of pinned items contain base64. */
export interface Example extends Workflow {
	id: string;
	pinData: IPinData;
}

/** The file names of all workflows in `examples/`. */
export function listExamples(): string[] {
	const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
	return names.filter((name) => !Array.isArray(readExample(name)));
}

export function readExample(name: string): Example {
	return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Example;
}

/** @throws Error if the example has no such node */
export function findNode(workflow: Workflow, name: string): WorkflowNode {
	const node = workflow.nodes.find((candidate) => candidate.name === name);
	if (!node) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}

/** Changes one node. */
export function withNode<T extends Workflow>(
	workflow: T,
	nodeName: string,
	changes: Partial<WorkflowNode>,
): T {
	const changed = findNode(workflow, nodeName);
	const nodes = workflow.nodes.map((node) => (node === changed ? { ...node, ...changes } : node));
	return { ...workflow, nodes };
}

/** Changes some parameters of one node. */
export function withParameters<T extends Workflow>(
	workflow: T,
	nodeName: string,
	changes: JsonObject,
): T {
	const { parameters } = findNode(workflow, nodeName);
	return withNode(workflow, nodeName, { parameters: { ...parameters, ...changes } });
}

/** Selects a credential in one node. */
export function chooseCredential<T extends Workflow>(
	workflow: T,
	nodeName: string,
	{ id, name, type }: Credential & { id: string },
): T {
	return withNode(workflow, nodeName, { credentials: { [type]: { id, name } } });
}

/** Gives webhooks new paths, as the editor does on import. */
export function withNewWebhooks<T extends Workflow>(workflow: T): T {
	const nodes = workflow.nodes.map((node) =>
		'webhookId' in node ? { ...node, webhookId: randomUUID() } : node,
	);
	return { ...workflow, nodes };
}
