import type { Credential, JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';
import type { Place } from './emulatorProcess.mts';

/** The name of the measured node in the workflows. The HTTP Request workflows for documents have none. */
export const MEASURED = 'Measured';

/** The node that sends the requests: ours, or n8n's own. */
export type Implementation = 'cloudsquid' | 'httpRequest';

/** Reads files into binary data storage and passes them to our node, or to a node that does nothing. */
export function readFilesThen(
	pattern: string,
	place: Place,
	operation: 'extract' | 'upload' | 'nothing',
): Workflow {
	const last =
		operation === 'nothing'
			? node('Nothing', 'noOp', 1, {})
			: cloudsquid(place, { resource: 'document', operation, inputSource: 'binary' });
	return chain(`Read files, then ${operation}`, [trigger(), readFiles(pattern), last]);
}

/** Creates items in n8n and retrieves a run for each, with our node or with HTTP Request. */
export function getRuns(
	count: number,
	runId: string,
	place: Place,
	by: Implementation = 'cloudsquid',
): Workflow {
	const list = {
		id: '9f0c3c0e-6d2b-4a55-9d43-0a4d1f2f7a10',
		name: 'runs',
		type: 'array',
		value: `={{ Array.from({ length: ${count} }, () => ({ run_id: '${runId}' })) }}`,
	};
	return chain(`Get Run, ${count} items`, [
		trigger(),
		node('Make items', 'set', 3.4, { assignments: { assignments: [list] }, options: {} }),
		node('Split out', 'splitOut', 1, { fieldToSplitOut: 'runs', options: {} }),
		by === 'cloudsquid'
			? cloudsquid(place, { resource: 'run', operation: 'get' })
			: httpGet(MEASURED, place, 'run/{{ $json.run_id }}'),
	]);
}

/** Extracts files with HTTP Request, without our node: one after another, or all at once. */
export function extractWithHttp(
	order: 'oneByOne' | 'allAtOnce',
	pattern: string,
	place: Place,
): Workflow {
	const oneByOne = order === 'oneByOne';
	const loop = node('One at a time', 'splitInBatches', 3, { batchSize: 1, options: {} });
	const results = node('Results', 'noOp', 1, {});
	const file =
		"{ filename: $json.fileName, mimetype: $json.mimeType, file_type: 'binary', file: $json.data }";
	const nodes = [
		trigger(),
		readFiles(pattern),
		...(oneByOne ? [loop] : []),
		node('To base64', 'extractFromFile', 1.1, {
			operation: 'binaryToPropery', // n8n's spelling
			binaryPropertyName: 'data',
			destinationKey: 'data',
			options: { keepSource: 'json' },
		}),
		httpPost('Upload', place, 'files', file),
		httpPost('Start run', place, 'run', '{ row_id: $json.row_id }'),
		node('Wait', 'wait', 1.1, { amount: 2, unit: 'seconds' }),
		httpGet('Get run', place, "run/{{ $('Start run').item.json.run_id }}"),
		ifDone(),
		...(oneByOne ? [] : [results]),
	];
	const title = oneByOne ? 'one document at a time' : 'all documents at once';
	return chain(`Cloudsquid with HTTP Request nodes, ${title}`, nodes, {
		'One at a time': [[], ['To base64']],
		'Done?': [[oneByOne ? 'One at a time' : 'Results'], ['Wait']],
	});
}

/** The credential for HTTP Request. */
export function httpCredentialFor({ apiKey }: Place): Credential {
	const data = { name: 'X-API-Key', value: apiKey };
	return { name: 'X-API-Key', type: 'httpHeaderAuth', data };
}

function trigger(): WorkflowNode {
	return node('When clicking ‘Execute workflow’', 'manualTrigger', 1, {});
}

function readFiles(pattern: string): WorkflowNode {
	const parameters = { operation: 'read', fileSelector: pattern, options: {} };
	return node('Read files', 'readWriteFile', 1.1, parameters);
}

function cloudsquid({ project, tableId }: Place, parameters: JsonObject): WorkflowNode {
	return {
		...node(MEASURED, 'n8n-nodes-cloudsquid.cloudsquid', 1, {
			...parameters,
			project: { __rl: true, mode: 'name', value: project },
			table: { __rl: true, mode: 'id', value: tableId },
		}),
		credentials: { cloudsquidApi: { id: null, name: 'Cloudsquid account' } },
	};
}

/** `path` may contain expressions. */
function httpGet(name: string, place: Place, path: string): WorkflowNode {
	return httpRequest(name, { method: 'GET', url: `=${tableAddress(place)}/${path}` });
}

/** `body` is a JavaScript expression. */
function httpPost(name: string, place: Place, path: string, body: string): WorkflowNode {
	return httpRequest(name, {
		method: 'POST',
		url: `${tableAddress(place)}/${path}`,
		sendBody: true,
		specifyBody: 'json',
		jsonBody: `={{ ${body} }}`,
	});
}

function httpRequest(name: string, parameters: JsonObject): WorkflowNode {
	return {
		...node(name, 'httpRequest', 4.2, {
			...parameters,
			authentication: 'genericCredentialType',
			genericAuthType: 'httpHeaderAuth',
			options: {},
		}),
		credentials: { httpHeaderAuth: { id: null, name: 'X-API-Key' } },
	};
}

function tableAddress({ baseUrl, project, tableId }: Place): string {
	return `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}`;
}

function ifDone(): WorkflowNode {
	const isDone = {
		id: '6a4f0c8e-2a0b-4a0e-9d4b-6f0d6a1c7e11',
		leftValue: '={{ $json.status }}',
		rightValue: 'done',
		operator: { type: 'string', operation: 'equals' },
	};
	const options = { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 };
	return node('Done?', 'if', 2.2, {
		conditions: { options, conditions: [isDone], combinator: 'and' },
		options: {},
	});
}

/** A node of n8n's own, or of the package named in `type`. */
function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: JsonObject,
): WorkflowNode {
	const fullType = type.includes('.') ? type : `n8n-nodes-base.${type}`;
	return { id: name, name, type: fullType, typeVersion, position: [0, 0], parameters };
}

/** A workflow in which the nodes run one after another, except after nodes with an entry in `outputs`. */
function chain(
	name: string,
	nodes: WorkflowNode[],
	outputs: Record<string, string[][]> = {},
): Workflow {
	const connections: JsonObject = {};
	const placed = nodes.map((each, index): WorkflowNode => {
		const next = nodes[index + 1];
		const targets = outputs[each.name] ?? (next ? [[next.name]] : []);
		const main = targets.map((names) => names.map((to) => ({ node: to, type: 'main', index: 0 })));
		if (main.length > 0) connections[each.name] = { main };
		return { ...each, position: [index * 220, 0] };
	});
	return { name, nodes: placed, connections, settings: { executionOrder: 'v1' } };
}
