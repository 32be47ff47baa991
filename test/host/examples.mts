import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from './folders.mts';
import type { Credential, JsonObject, Workflow, WorkflowNode } from './workflow.mts';
import { manualTriggerOf } from './workflow.mts';

const folder = path.join(projectFolder, 'examples');

/** The document that the first example carries. */
export const SAMPLE_FILE = path.join(folder, 'sample-invoice.pdf');

/** The Cloudsquid nodes of `examples/first-steps.json`. */
export const STEPS = {
	extract: 'Extract data from document',
	upload: 'Upload document',
	start: 'Start run',
	get: 'Get run',
} as const;

/** What the examples hold besides what every workflow does. */
export interface Example extends Workflow {
	id: string;
	pinData: Record<string, PinnedItem[]>;
}

/** An item a node is pinned to; a file's content is in it, as base64. */
export interface PinnedItem {
	json: JsonObject;
	binary?: Record<string, PinnedFile>;
}

export interface PinnedFile {
	fileName: string;
	mimeType: string;
	data: string;
}

/** The names of all files in `examples/` that are workflows. */
export function listExamples(): string[] {
	return readdirSync(folder).filter(
		(name) => name.endsWith('.json') && !Array.isArray(readJson(name)),
	);
}

export function readExample(name: string): Example {
	return readJson(name) as Example;
}

/** A file of `examples/` as it is. */
export function readFile(name: string): Buffer {
	return readFileSync(path.join(folder, name));
}

/**
 * The node of that name; an example whose node was renamed should say so, and not fail later for
 * other reasons.
 */
export function findNode(workflow: Workflow, name: string): WorkflowNode {
	const node = workflow.nodes.find((candidate) => candidate.name === name);
	if (!node) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return node;
}

/** The workflow with a credential chosen in one node. */
export function chooseCredential<T extends Workflow>(
	workflow: T,
	nodeName: string,
	{ id, name, type }: Credential & { id: string },
): T {
	return withNode(workflow, nodeName, { credentials: { [type]: { id, name } } });
}

/**
 * The workflow with some parameters of one node changed, as a user fills in what is a placeholder.
 */
export function withParameters<T extends Workflow>(
	workflow: T,
	nodeName: string,
	changed: JsonObject,
): T {
	const { parameters } = findNode(workflow, nodeName);
	return withNode(workflow, nodeName, { parameters: { ...parameters, ...changed } });
}

/**
 * The workflow with another path for each webhook that n8n gives one itself, as the editor does on
 * import.
 */
export function withNewWebhooks<T extends Workflow>(workflow: T): T {
	const nodes = workflow.nodes.map((node) =>
		'webhookId' in node ? { ...node, webhookId: randomUUID() } : node,
	);
	return { ...workflow, nodes };
}

/** The workflow with another trigger in place of its Manual Trigger, under the same name. */
export function startedBy<T extends Workflow>(workflow: T, trigger: WorkflowNode): T {
	const { id: _id, name: _name, position: _position, ...changed } = trigger;
	return withNode(workflow, manualTriggerOf(workflow), changed);
}

export function withNode<T extends Workflow>(
	workflow: T,
	nodeName: string,
	changed: Partial<WorkflowNode>,
): T {
	const wanted = findNode(workflow, nodeName);
	const nodes = workflow.nodes.map((node) => (node === wanted ? { ...node, ...changed } : node));
	return { ...workflow, nodes };
}

function readJson(name: string): unknown {
	return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}
