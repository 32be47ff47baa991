import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { INode, INodeType, NodeConnectionType } from 'n8n-workflow';
import { startEmulator } from '../emulator/emulator.mts';
import type { WorkflowParts } from '../engine/engine.mts';
import { Engine } from '../engine/engine.mts';
import type { CleanUp } from '../host/command.mts';
import { CommandError } from '../host/errors.mts';
import { readExample, STEPS } from '../host/examples.mts';
import type { ExecutionData } from '../host/execution.mts';
import { toExecution } from '../host/execution.mts';
import { temporaryFolder } from '../host/folders.mts';
import { buildAndPack, unpack } from '../host/pack.mts';
import { withProgress } from '../host/progress.mts';
import type { DemoOptions } from './args.mts';

/** The node before the Cloudsquid nodes. */
const SOURCE = { name: 'Read the document', type: 'demo.readFile' };

/**
 * Runs the packed Cloudsquid nodes of the first example on n8n's engine.
 *
 * @returns what ran, and the SHA-256 of the document that was sent
 */
export async function runDemo({ file, live }: DemoOptions, cleanUp: CleanUp) {
	const { tarball, packageFolder } = await withProgress(
		'Building and packing the package',
		preparePackage,
		({ tarball: { name, version, files, bytes } }) =>
			`${name} ${version} packed: ${files.length} files, ${Math.ceil(bytes / 1000)} kB`,
	);
	const emulator = live ? undefined : await startEmulator();
	if (emulator) console.log(`✓ Cloudsquid emulator is running at ${emulator.baseUrl}`);
	const otherNodes = { [SOURCE.type]: createFileReader(file) };
	const engine = await Engine.start({ packageFolder, otherNodes });
	await cleanUp.add(async () => await engine.stop());
	const { apiKey, baseUrl } = (live ?? emulator)!;
	const { status, message } = await engine.testCredential({ apiKey, baseUrl });
	if (status !== 'OK') throw new CommandError(`The credential test failed: ${message}`);
	console.log(`✓ Credential tested: ${message}`);
	const run = await withProgress(
		'Running the workflow',
		async () => await engine.executeWorkflow(createWorkflow(live), { apiKey, baseUrl }),
		(ended) => `The workflow ended: ${ended.status}`,
		(ended) => ended.status === 'success',
	);
	const data = run.data as unknown as ExecutionData;
	const execution = toExecution({ id: 'demo', status: run.status }, data);
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	return { tarball, emulator, execution, sha256: hash.digest('hex') };
}

/** Packs the package, and unpacks it where it finds n8n's library, as it does in n8n. */
async function preparePackage() {
	const tarball = await buildAndPack();
	const packageFolder = temporaryFolder('unpacked');
	unpack(tarball, packageFolder);
	mkdirSync(path.join(packageFolder, 'node_modules'));
	const library = createRequire(import.meta.url).resolve('n8n-workflow/package.json');
	const link = path.join(packageFolder, 'node_modules/n8n-workflow');
	symlinkSync(path.dirname(library), link, 'junction');
	return { tarball, packageFolder };
}

/** A node that returns a file. n8n determines its type from the name. */
function createFileReader(file: string): INodeType {
	const node: Pick<INodeType, 'execute'> = {
		async execute() {
			const content = createReadStream(file);
			const data = await this.helpers.prepareBinaryData(content, path.basename(file));
			return [[{ json: {}, binary: { data } }]];
		},
	};
	const description = { ...SOURCE, version: 1, inputs: [], outputs: ['main'], properties: [] };
	return { ...node, description } as unknown as INodeType;
}

/** The Cloudsquid nodes of the first example, after the node that reads the file. */
function createWorkflow(live: DemoOptions['live']): WorkflowParts {
	const place = live && {
		project: { __rl: true, mode: 'name', value: live.project },
		table: { __rl: true, mode: 'id', value: live.table },
	};
	const credentials = { cloudsquidApi: { id: '1', name: 'Cloudsquid account' } };
	const nodes = readExample('first-steps.json')
		.nodes.filter(({ name }) => Object.values<string>(STEPS).includes(name))
		.map((node) => ({ ...node, parameters: { ...node.parameters, ...place }, credentials }));
	const to = (node: string) => ({ node, type: 'main' as NodeConnectionType, index: 0 });
	const source = { ...SOURCE, id: 'source', typeVersion: 1, position: [0, 0], parameters: {} };
	return {
		nodes: [source as INode, ...(nodes as unknown as INode[])],
		connections: {
			[SOURCE.name]: { main: [[to(STEPS.extract), to(STEPS.upload)]] },
			[STEPS.upload]: { main: [[to(STEPS.start)]] },
			[STEPS.start]: { main: [[to(STEPS.get)]] },
		},
	};
}
