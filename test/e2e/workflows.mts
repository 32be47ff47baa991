import { randomUUID } from 'node:crypto';
import type { Emulator } from '../emulator/emulator.mts';
import type { Credential, JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';

/** What a node may have beside its parameters. */
export interface NodeSettings {
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	retryOnFail?: boolean;
	maxTries?: number;
	waitBetweenTries?: number;
	credentials?: WorkflowNode['credentials'];
	typeVersion?: number;
	webhookId?: string;
}

/** Any node; where it stands on the canvas is settled by `chain`. */
export function makeNode(
	name: string,
	type: string,
	parameters: JsonObject = {},
	{ typeVersion = 1, ...settings }: NodeSettings = {},
): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters, ...settings };
}

/** A workflow of nodes one after the other; those in `onError` follow the last one's error output. */
export function chain(name: string, nodes: WorkflowNode[], onError?: WorkflowNode): Workflow {
	const link = (node?: WorkflowNode) => (node ? [{ node: node.name, type: 'main', index: 0 }] : []);
	const all = onError ? [...nodes, onError] : nodes;
	const connections: JsonObject = {};
	nodes.forEach((node, index) => {
		const outputs = [link(nodes[index + 1])];
		if ((node as NodeSettings).onError === 'continueErrorOutput') outputs.push(link(onError));
		connections[node.name] = { main: outputs };
	});
	return {
		name,
		nodes: all.map((node, index) => ({
			...node,
			position: node === onError ? [220 * (index - 1), 200] : [220 * index, 0],
		})),
		connections,
		settings: { executionOrder: 'v1' },
	};
}

export const manualTrigger = () => makeNode('Start', 'n8n-nodes-base.manualTrigger');

/** Starts a workflow by a POST to `/webhook/<path>`. */
export const webhookNode = (path: string, responseMode: string) =>
	makeNode(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ httpMethod: 'POST', path, responseMode, options: {} },
		{ typeVersion: 2, webhookId: path },
	);

/** Gives one item for each of these objects. */
export function itemsNodes(items: JsonObject[]): WorkflowNode[] {
	return [
		makeNode(
			'List',
			'n8n-nodes-base.set',
			{ mode: 'raw', jsonOutput: JSON.stringify({ item: items }), options: {} },
			{ typeVersion: 3.4 },
		),
		makeNode('Items', 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'item', options: {} }),
	];
}

/** Makes a file of each item's `text`, under its `name` or what is said instead, in the field `data`. */
export function filesNode(name = 'Source', fileName = '={{ $json.name }}'): WorkflowNode {
	return makeNode(
		name,
		'n8n-nodes-base.convertToFile',
		{
			operation: 'toText',
			sourceProperty: 'text',
			options: { fileName },
		},
		{ typeVersion: 1.1 },
	);
}

/** Writes fields, each an expression, and keeps nothing else. */
export function fieldsNode(name: string, fields: Record<string, string>): WorkflowNode {
	const assignments = Object.entries(fields).map(([field, value]) => ({
		id: randomUUID(),
		name: field,
		type: 'string',
		value,
	}));
	return makeNode(
		name,
		'n8n-nodes-base.set',
		{ assignments: { assignments }, includeOtherFields: false, options: {} },
		{ typeVersion: 3.4 },
	);
}

/** Where a Cloudsquid node works. */
export interface Place {
	emulator: Pick<Emulator, 'project' | 'tableId'>;
	credential: Credential & { id: string };
}

/** A Cloudsquid node that works on the emulator's first table. */
export function cloudsquidNode(
	{ emulator, credential }: Place,
	parameters: JsonObject,
	settings: NodeSettings & { name?: string } = {},
): WorkflowNode {
	const { name = 'Cloudsquid', ...others } = settings;
	const { id, name: credentialName } = credential;
	return makeNode(
		name,
		'n8n-nodes-cloudsquid.cloudsquid',
		{
			project: { __rl: true, mode: 'name', value: emulator.project },
			table: { __rl: true, mode: 'id', value: emulator.tableId },
			...parameters,
		},
		{ credentials: { cloudsquidApi: { id, name: credentialName } }, ...others },
	);
}

export const extract = { resource: 'document', operation: 'extract' };
export const upload = { resource: 'document', operation: 'upload' };
