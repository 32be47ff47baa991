import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../host/folders.mts';
import type { Json, JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';
import type { Place } from './emulatorProcess.mts';

/** The name of the measured node in all workflows that are created here. */
export const MEASURED = 'Measured';

/** The workflows without our node. To view them, import the JSON files into n8n. */
export type HttpWorkflow = 'http-one-by-one' | 'http-all-at-once';

/** Reads files into binary data storage and passes them to our node, or to a node that does nothing. */
export function readFilesThen(
	pattern: string,
	place: Place,
	operation: 'extract' | 'upload' | 'nothing',
): Workflow {
	const last =
		operation === 'nothing'
			? doNothing()
			: cloudsquid(place, { resource: 'document', operation, inputSource: 'binary' });
	const name = `Read files, then ${operation}`;
	return chain(name, [trigger(), readFiles(pattern), last]);
}

/** Creates items in n8n and retrieves a run for each, with our node or with HTTP Request. */
export function getRuns(
	count: number,
	runId: string,
	place: Place,
	by: 'cloudsquid' | 'httpRequest' = 'cloudsquid',
): Workflow {
	const list = {
		id: '9f0c3c0e-6d2b-4a55-9d43-0a4d1f2f7a10',
		name: 'runs',
		type: 'array',
		value: `={{ Array.from({ length: ${count} }, () => ({ run_id: '${runId}' })) }}`,
	};
	return chain(`Get Run, ${count} items`, [
		trigger(),
		node('Make items', 'n8n-nodes-base.set', 3.4, {
			assignments: { assignments: [list] },
			options: {},
		}),
		node('Split out', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'runs', options: {} }),
		by === 'cloudsquid'
			? cloudsquid(place, { resource: 'run', operation: 'get' })
			: httpGet(`=${tableAddress(place)}/run/{{ $json.run_id }}`),
	]);
}

/** A workflow without our node, for these files and this emulator. */
export function httpWorkflow(name: HttpWorkflow, pattern: string, place: Place): Workflow {
	const file = path.join(projectFolder, 'test/bench/workflows', `${name}.json`);
	const text = readFileSync(file, 'utf8')
		.replaceAll('https://api.cloudsquid.io/api/projects/PROJECT/tables/TABLE', tableAddress(place))
		.replaceAll('FILES', pattern);
	return JSON.parse(text) as Workflow;
}

function cloudsquid({ project, tableId }: Place, parameters: JsonObject): WorkflowNode {
	const name = 'Cloudsquid account';
	return {
		...node(MEASURED, 'n8n-nodes-cloudsquid.cloudsquid', 1, {
			...parameters,
			project: { __rl: true, mode: 'name', value: project },
			table: { __rl: true, mode: 'id', value: tableId },
		}),
		credentials: { cloudsquidApi: { id: null, name } },
	};
}

function httpGet(url: string): WorkflowNode {
	const parameters = {
		method: 'GET',
		url,
		authentication: 'genericCredentialType',
		genericAuthType: 'httpHeaderAuth',
		options: {},
	};
	return {
		...node(MEASURED, 'n8n-nodes-base.httpRequest', 4.2, parameters),
		credentials: { httpHeaderAuth: { id: null, name: 'X-API-Key' } },
	};
}

function tableAddress({ baseUrl, project, tableId }: Place): string {
	return `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}`;
}

function trigger(): WorkflowNode {
	return node('When clicking ‘Execute workflow’', 'n8n-nodes-base.manualTrigger', 1, {});
}

function readFiles(pattern: string): WorkflowNode {
	return node('Read files', 'n8n-nodes-base.readWriteFile', 1.1, {
		operation: 'read',
		fileSelector: pattern,
		options: {},
	});
}

function doNothing(): WorkflowNode {
	return node('Nothing', 'n8n-nodes-base.noOp', 1, {});
}

function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: JsonObject,
): WorkflowNode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

/** A workflow in which the nodes run one after another. */
function chain(name: string, nodes: WorkflowNode[]): Workflow {
	const connections: JsonObject = {};
	nodes.forEach((from, index) => {
		const to = nodes[index + 1];
		const link: Json = { node: to?.name ?? '', type: 'main', index: 0 };
		if (to) connections[from.name] = { main: [[link]] };
	});
	const placed = nodes.map((each, index): WorkflowNode => ({
		...each,
		position: [index * 220, 0],
	}));
	return { name, nodes: placed, connections, settings: { executionOrder: 'v1' } };
}
