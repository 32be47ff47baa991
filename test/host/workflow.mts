/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** A node of a workflow, as exported by n8n. */
export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: JsonObject;
	credentials?: Record<string, { id: string | null; name: string }>;
}

/** A workflow, as exported by n8n. */
export interface Workflow {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: JsonObject;
	settings?: JsonObject;
}

/** A credential in plain text, as `n8n import:credentials` reads it. */
export interface Credential {
	id?: string;
	name: string;
	type: string;
	data: JsonObject;
}

/** The credential for a Cloudsquid with this key at this address. */
export function credentialFor({
	apiKey,
	baseUrl,
}: {
	apiKey: string;
	baseUrl: string;
}): Credential {
	return { name: 'Cloudsquid account', type: 'cloudsquidApi', data: { apiKey, baseUrl } };
}

/** The same workflow with the credential `id` in every node that has one of its type. */
export function withCredential(
	workflow: Workflow,
	credential: Credential & { id: string },
): Workflow {
	const { id, name, type } = credential;
	const nodes = workflow.nodes.map((node) =>
		node.credentials?.[type]
			? { ...node, credentials: { ...node.credentials, [type]: { id, name } } }
			: node,
	);
	return { ...workflow, nodes };
}

/** The name of the node that a person would start the workflow from. */
export function manualTriggerOf(workflow: Workflow): string {
	const trigger = workflow.nodes.find((node) => node.type === 'n8n-nodes-base.manualTrigger');
	if (!trigger) throw new RangeError(`The workflow "${workflow.name}" has no Manual Trigger.`);
	return trigger.name;
}
