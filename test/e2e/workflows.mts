import { randomUUID } from 'node:crypto';
import type { Emulator } from '../emulator/emulator.mts';
import type { Execution } from '../host/execution.mts';
import { itemsOf } from '../host/execution.mts';
import type { StoredCredential } from '../host/n8nClient.mts';
import type { JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';

/** What a node can have, or has instead of what it usually has. */
export type NodeSettings = Partial<WorkflowNode>;

export function makeNode(
	name: string,
	type: string,
	parameters: JsonObject = {},
	{ typeVersion = 1, ...settings }: NodeSettings = {},
): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters, ...settings };
}

/** A workflow whose nodes follow one another. `onError` follows the error output of the last one that has one. */
export function chain(name: string, nodes: WorkflowNode[], onError?: WorkflowNode): Workflow {
	const link = (node?: WorkflowNode) => (node ? [{ node: node.name, type: 'main', index: 0 }] : []);
	const connections: JsonObject = {};
	nodes.forEach((node, index) => {
		const outputs = [link(nodes[index + 1])];
		if (node.onError === 'continueErrorOutput') outputs.push(link(onError));
		connections[node.name] = { main: outputs };
	});
	const all = (onError ? [...nodes, onError] : nodes).map((node, index): WorkflowNode => ({
		...node,
		position: node === onError ? [220 * (index - 1), 200] : [220 * index, 0],
	}));
	return { name, nodes: all, connections, settings: { executionOrder: 'v1' } };
}

export const manualTrigger = () => makeNode('Start', 'n8n-nodes-base.manualTrigger');

/** Starts a workflow for each POST to `/webhook/<path>`. */
export function webhookNode(path: string, responseMode: string): WorkflowNode {
	const parameters = { httpMethod: 'POST', path, responseMode, options: {} };
	const settings = { typeVersion: 2, webhookId: path };
	return makeNode('Webhook', 'n8n-nodes-base.webhook', parameters, settings);
}

/** Makes a text file of each item's `text`. */
export function filesNode(name = 'Source', fileName = '={{ $json.name }}'): WorkflowNode {
	const parameters = { operation: 'toText', sourceProperty: 'text', options: { fileName } };
	return makeNode(name, 'n8n-nodes-base.convertToFile', parameters, { typeVersion: 1.1 });
}

/** The table and the credential of a Cloudsquid node. */
export interface Target {
	emulator: Pick<Emulator, 'project' | 'tableId'>;
	credential: StoredCredential;
}

/** A Cloudsquid node for the emulator's first table. */
export function cloudsquidNode(
	{ emulator, credential: { id, name: credentialName } }: Target,
	parameters: JsonObject,
	settings: NodeSettings = {},
): WorkflowNode {
	const { name = 'Cloudsquid', type = 'cloudsquid', ...others } = settings;
	const place = {
		project: { __rl: true, mode: 'name', value: emulator.project },
		table: { __rl: true, mode: 'id', value: emulator.tableId },
	};
	const credentials = { cloudsquidApi: { id, name: credentialName } };
	const parts = { ...place, ...parameters };
	return makeNode(name, `n8n-nodes-cloudsquid.${type}`, parts, { credentials, ...others });
}

export const extract = { resource: 'document', operation: 'extract' };
export const upload = { resource: 'document', operation: 'upload' };

/** A trigger that polls the folder `/in` every minute, and the extraction of its files. */
export function folderNodes(target: Target): WorkflowNode[] {
	const pollTimes = { item: [{ mode: 'everyMinute' }] };
	const settings = { name: 'Trigger', type: 'cloudsquidTrigger' };
	return [
		cloudsquidNode(target, { pollTimes, path: '/in', event: 'fileCreated' }, settings),
		cloudsquidNode(target, {
			...extract,
			inputSource: 'projectFile',
			projectFilePath: '={{ $json.path }}',
		}),
	];
}

/** Three documents, for a workflow with three items. */
export const documents = ['first', 'second', 'third'].map((name) => ({
	name: `${name}.txt`,
	text: `Vendor: ${name}\nTotal: 119.00`,
}));

/** A manual trigger, and a file for each document. */
export function source(items = documents): WorkflowNode[] {
	return [
		manualTrigger(),
		setNode('List', JSON.stringify({ item: items })),
		makeNode('Items', 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'item', options: {} }),
		filesNode(),
	];
}

/** Returns the name of the document that an item is paired with, its error, and the run in that. */
export const summary = setNode(
	'Summary',
	`={{ ({
		source: $('Source').item.json.name ?? $('Items').item.json.name,
		error: $json.error?.message ?? null,
		run_id: $json.error?.run_id ?? null,
	}) }}`,
);

/** Returns these fields. */
function setNode(name: string, jsonOutput: string): WorkflowNode {
	const parameters = { mode: 'raw', jsonOutput, options: {} };
	return makeNode(name, 'n8n-nodes-base.set', parameters, { typeVersion: 3.4 });
}

/** The JSON of the items that a node returned. */
export function jsonOf(execution: Execution, node: string, output?: number): JsonObject[] {
	return itemsOf(execution, node, output).map(({ json }) => json);
}
