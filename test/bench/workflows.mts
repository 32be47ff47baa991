import {
	chain,
	cloudsquidNode,
	extract,
	makeNode,
	manualTrigger,
	upload,
} from '../e2e/workflows.mts';
import type { Credential, JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';
import { credentialFor } from '../host/workflow.mts';
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
	options: JsonObject = {},
): Workflow {
	const lastNodes = {
		nothing: builtIn('Nothing', 'noOp', 1),
		extract: cloudsquid(place, { ...extract, options }),
		upload: cloudsquid(place, { ...upload, options }),
	};
	return chain(`Read files, then ${operation}`, [
		manualTrigger(),
		readFiles(pattern),
		lastNodes[operation],
	]);
}

/** Creates items in n8n and retrieves a run for each, with our node or with HTTP Request. */
export function getRuns(count: number, runId: string, place: Place, by: Implementation): Workflow {
	const value = `={{ Array.from({ length: ${count} }, () => ({ run_id: '${runId}' })) }}`;
	const list = { id: 'runs', name: 'runs', type: 'array', value };
	return chain(`Get Run, ${count} items`, [
		manualTrigger(),
		builtIn('Make items', 'set', 3.4, { assignments: { assignments: [list] } }),
		builtIn('Split out', 'splitOut', 1, { fieldToSplitOut: 'runs' }),
		by === 'cloudsquid'
			? cloudsquid(place, { resource: 'run', operation: 'get' })
			: httpRequest(MEASURED, place, 'run/{{ $json.run_id }}'),
	]);
}

/** Extracts files with HTTP Request, without our node: one after another, or all at once. */
export function extractWithHttp(
	order: 'oneByOne' | 'allAtOnce',
	pattern: string,
	place: Place,
): Workflow {
	const oneByOne = order === 'oneByOne';
	const file =
		"{ filename: $json.fileName, mimetype: $json.mimeType, file_type: 'binary', file: $json.data }";
	const title = oneByOne ? 'one document at a time' : 'all documents at once';
	const { connections, ...workflow } = chain(`Cloudsquid with HTTP Request nodes, ${title}`, [
		manualTrigger(),
		readFiles(pattern),
		...(oneByOne ? [builtIn('One at a time', 'splitInBatches', 3, { batchSize: 1 })] : []),
		builtIn('To base64', 'extractFromFile', 1.1, {
			operation: 'binaryToPropery', // n8n's spelling
			binaryPropertyName: 'data',
			destinationKey: 'data',
			options: { keepSource: 'json' },
		}),
		httpRequest('Upload', place, 'files', file),
		httpRequest('Start run', place, 'run', '{ row_id: $json.row_id }'),
		builtIn('Wait', 'wait', 1.1, { amount: 2, unit: 'seconds' }),
		httpRequest('Get run', place, "run/{{ $('Start run').item.json.run_id }}"),
		ifDone(),
		...(oneByOne ? [] : [builtIn('Results', 'noOp', 1)]),
	]);
	const to = (name: string) => [{ node: name, type: 'main', index: 0 }];
	const loop = { 'One at a time': { main: [[], to('To base64')] } };
	return {
		...workflow,
		connections: {
			...connections,
			...(oneByOne ? loop : {}),
			'Done?': { main: [to(oneByOne ? 'One at a time' : 'Results'), to('Wait')] },
		},
	};
}

/** The credential for HTTP Request. */
export function httpCredentialFor({ apiKey }: Place): Credential {
	const data = { name: 'X-API-Key', value: apiKey };
	return { name: 'X-API-Key', type: 'httpHeaderAuth', data };
}

function readFiles(pattern: string): WorkflowNode {
	return builtIn('Read files', 'readWriteFile', 1.1, { operation: 'read', fileSelector: pattern });
}

function cloudsquid(emulator: Place, parameters: JsonObject): WorkflowNode {
	// `BenchN8n` selects the stored credential.
	const credential = { ...credentialFor(emulator), id: '' };
	return cloudsquidNode({ emulator, credential }, parameters, { name: MEASURED });
}

/** A POST of `body`, which is a JavaScript expression, or a GET without one. `path` may contain expressions. */
function httpRequest(name: string, place: Place, path: string, body?: string): WorkflowNode {
	const { baseUrl, project, tableId } = place;
	const url = `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}/${path}`;
	const post = { method: 'POST', sendBody: true, specifyBody: 'json', jsonBody: `={{ ${body} }}` };
	const parameters = {
		url: path.includes('{{') ? `=${url}` : url,
		...(body ? post : { method: 'GET' }),
		authentication: 'genericCredentialType',
		genericAuthType: 'httpHeaderAuth',
	};
	const credentials = { httpHeaderAuth: { id: null, name: 'X-API-Key' } };
	return { ...builtIn(name, 'httpRequest', 4.2, parameters), credentials };
}

function ifDone(): WorkflowNode {
	const isDone = {
		id: 'done',
		leftValue: '={{ $json.status }}',
		rightValue: 'done',
		operator: { type: 'string', operation: 'equals' },
	};
	const options = { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 };
	const conditions = { options, conditions: [isDone], combinator: 'and' };
	return builtIn('Done?', 'if', 2.2, { conditions });
}

function builtIn(name: string, type: string, typeVersion: number, parameters: JsonObject = {}) {
	return makeNode(name, `n8n-nodes-base.${type}`, { options: {}, ...parameters }, { typeVersion });
}
