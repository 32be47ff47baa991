import type { INode, JsonObject } from 'n8n-workflow';

export type { JsonObject };

/** A node of a workflow, as n8n exports it. */
export interface WorkflowNode extends Omit<INode, 'parameters'> {
	parameters: JsonObject;
}

/** A workflow, as n8n exports it. */
export interface Workflow {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: JsonObject;
	settings?: JsonObject;
}

/** A credential that is not encrypted. */
export interface Credential {
	id?: string;
	name: string;
	type: string;
	data: JsonObject;
}

/** A credential for this API key and base URL. */
export function credentialFor(place: { apiKey: string; baseUrl: string }): Credential {
	const { apiKey, baseUrl } = place;
	return { name: 'Cloudsquid account', type: 'cloudsquidApi', data: { apiKey, baseUrl } };
}

/** Selects a credential in all nodes that have one of its type. */
export function withCredential<T extends Workflow>(
	workflow: T,
	{ id, name, type }: Credential & { id: string },
): T {
	const nodes = workflow.nodes.map((node) => {
		const { credentials } = node;
		if (!credentials?.[type]) return node;
		return { ...node, credentials: { ...credentials, [type]: { id, name } } };
	});
	return { ...workflow, nodes };
}

/** The name of the Manual Trigger. */
export function manualTriggerOf(workflow: Workflow): string {
	const trigger = workflow.nodes.find((node) => node.type === 'n8n-nodes-base.manualTrigger');
	if (!trigger) throw new RangeError(`The workflow "${workflow.name}" has no Manual Trigger.`);
	return trigger.name;
}
