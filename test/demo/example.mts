import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../host/folders.mts';
import type { Credential, JsonObject, Workflow, WorkflowNode } from '../host/workflow.mts';

/** The names of the nodes of `examples/first-steps.json` that the demo looks at. */
export const STEPS = {
	sampleText: 'Sample invoice as text',
	sample: 'Sample invoice',
	extract: 'Extract data from document',
	upload: 'Upload document',
	start: 'Start run',
	get: 'Get run',
} as const;

/** The workflow a newcomer imports. */
export function readExampleWorkflow(): Workflow {
	return readExample('first-steps.json') as Workflow;
}

/** The credential a newcomer imports, with the key and the address of the service that is there. */
export function readExampleCredential(apiKey: string, baseUrl?: string): Credential {
	const [credential] = readExample('credential.json') as Credential[];
	if (!credential) throw new Error('examples/credential.json holds no credential.');
	const data = { ...credential.data, apiKey, ...(baseUrl ? { baseUrl } : {}) };
	return { ...credential, data };
}

/** The workflow with another project and table in every node that has one. */
export function withTable(workflow: Workflow, project: string, table: string): Workflow {
	const nodes = workflow.nodes.map((node) => {
		const { parameters } = node;
		if (!parameters.table) return node;
		const changed: JsonObject = {
			...parameters,
			project: { __rl: true, mode: 'name', value: project },
			table: { __rl: true, mode: 'id', value: table },
		};
		return { ...node, parameters: changed };
	});
	return { ...workflow, nodes };
}

/**
 * The workflow with a file from disk in place of the sample it carries. The file is copied into `folder`, which n8n must
 * be allowed to read: under a plain name, since the node that reads it takes a pattern.
 */
export function withFile(workflow: Workflow, file: string, folder: string): Workflow {
	const copy = path.join(folder, `document${path.extname(file)}`);
	copyFileSync(file, copy);
	const sample = workflow.nodes.find((node) => node.name === STEPS.sample);
	if (!sample) throw new Error(`examples/first-steps.json has no node "${STEPS.sample}".`);
	const reader: WorkflowNode = {
		id: sample.id,
		name: 'Read file from disk',
		type: 'n8n-nodes-base.readWriteFile',
		typeVersion: 1.1,
		position: sample.position,
		parameters: {
			operation: 'read',
			fileSelector: copy.replaceAll('\\', '/'),
			options: { fileName: path.basename(file) },
		},
	};
	const replaced: string[] = [STEPS.sampleText, STEPS.sample];
	const nodes = workflow.nodes.filter((node) => !replaced.includes(node.name));
	return { ...workflow, nodes: [...nodes, reader], connections: reconnect(workflow, reader.name) };
}

/** Both nodes that make the sample are left out of the connections, and the one that reads the file is put in. */
function reconnect({ connections }: Workflow, reader: string): JsonObject {
	const renamed = JSON.stringify(connections).replaceAll(
		JSON.stringify(STEPS.sampleText),
		JSON.stringify(reader),
	);
	const { [STEPS.sample]: afterSample, ...others } = JSON.parse(renamed) as JsonObject;
	return { ...others, ...(afterSample === undefined ? {} : { [reader]: afterSample }) };
}

function readExample(name: string): unknown {
	return JSON.parse(readFileSync(path.join(projectFolder, 'examples', name), 'utf8'));
}
