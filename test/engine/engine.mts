import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type {
	IBinaryData,
	IBinaryKeyData,
	IConnections,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeCredentialTestResult,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	INodeTypeDescription,
	INodeTypes,
	IPinData,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	IWorkflowSettings,
} from 'n8n-workflow';
import type PCancelable from 'p-cancelable';
import type { S3Store } from './s3.mts';

// n8n's engine creates a settings folder when it loads. This keeps it out of the home folder.
process.env.N8N_USER_FOLDER ??= resolve('.hosts/engine');
process.env.N8N_LOG_LEVEL ??= 'silent';

/** Loads n8n's packages as n8n does, as CommonJS: its two builds must not meet in one process. */
const load = createRequire(resolve('package.json'));
const {
	BinaryDataService,
	CredentialTestContext,
	ExecutionLifecycleHooks,
	LoadOptionsContext,
	PackageDirectoryLoader,
	RoutingNode,
	WorkflowExecute,
} = load('n8n-core') as typeof import('n8n-core');
const { ICredentialsHelper, NodeConnectionTypes, setSafeRegexEngine, Workflow } = load(
	'n8n-workflow',
) as typeof import('n8n-workflow');

/** n8n-core's own copy of the container in which it looks up its services. */
const { Container } = createRequire(load.resolve('n8n-core'))(
	'@n8n/di',
) as typeof import('@n8n/di');

/**
 * n8n breaks a pattern off after 250 ms by the clock, which a busy machine can exceed before it has
 * begun. The patterns are the same here, but may take as long as they take.
 */
setSafeRegexEngine({
	exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
	test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
	replace: (pattern, input, flags, by) => input.replace(new RegExp(pattern, flags), by),
	matchAll: (pattern, input, flags) => [...input.matchAll(new RegExp(pattern, flags))],
	split: (pattern, input, flags) => input.split(new RegExp(pattern, flags)),
});

/** A node that gives its pinned items; what comes before ours in each test. */
const source: INodeType = {
	description: {
		displayName: 'Source',
		name: 'source',
		group: ['input'],
		version: 1,
		description: '',
		defaults: { name: 'Source' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
	async execute(this: IExecuteFunctions) {
		return [this.getInputData()];
	},
};

/** The node and the credential of a package. */
interface LoadedPackage {
	node: INodeType;
	credentialType: ICredentialType;
}

/** Loads a package as n8n does. A declarative node is run by the routing engine. */
async function loadPackage(folder: string): Promise<LoadedPackage> {
	const loader = new PackageDirectoryLoader(folder);
	await loader.loadAll();
	const node = loader.getNode('cloudsquid').type as INodeType;
	node.execute = async function () {
		return (await new RoutingNode(this as never, node).runNode())!;
	};
	return { node, credentialType: loader.getCredential('cloudsquidApi').type };
}

export interface Credential {
	apiKey: string;
	baseUrl: string;
}

/** One execution of a workflow that is Source → Cloudsquid. */
export interface Execution {
	parameters: INodeParameters;
	/** Input items; one empty item where none are given. */
	items?: INodeExecutionData[];
	credential: Credential;
	onError?: INode['onError'];
	/** n8n's own "Retry On Fail": how often the node runs at most. */
	maxTries?: number;
	/** n8n's own "Execute Once": only the first item is used. */
	executeOnce?: boolean;
	/** How the workflow keeps files: apart from the JSON fields, or among them. */
	binaryMode?: 'separate' | 'combined';
}

/** What came of it. */
export interface Outcome {
	/** The items of the first output, or of none if the node failed. */
	items: INodeExecutionData[];
	/** The items of the error output. */
	errorItems: INodeExecutionData[];
	error?: { message: string; description?: string | null; context: Record<string, unknown> };
	/** The whole of what n8n would store. */
	run: IRun;
}

/** A file of an input item. */
export interface InputFile {
	bytes: Buffer | string | Readable;
	fileName?: string;
	mimeType?: string;
}

/** Gives a node type its class; n8n looks each up by its whole name. */
class NodeTypes implements INodeTypes {
	constructor(private readonly types: Record<string, INodeType>) {}

	getByName(name: string): INodeType {
		return this.types[name]!;
	}

	getByNameAndVersion(name: string): INodeType {
		return this.types[name]!;
	}

	getKnownTypes() {
		return {};
	}
}

/** Holds one credential and applies it as its type declares, which is all the engine asks for. */
class OneCredential extends ICredentialsHelper {
	constructor(
		private readonly type: ICredentialType,
		private readonly credential: Credential,
	) {
		super();
	}

	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		options: IHttpRequestOptions,
	) {
		const { authenticate } = this.type;
		if (typeof authenticate !== 'function') throw new Error('not a function');
		return await authenticate(credentials, options);
	}

	async preAuthentication() {
		return undefined;
	}

	async runPreAuthentication() {
		return undefined;
	}

	async getDecrypted() {
		return { ...this.credential };
	}

	getCredentialsProperties() {
		return this.type.properties;
	}

	getCredentials(): never {
		throw new Error('credentials are read decrypted');
	}

	updateCredentials(): never {
		throw new Error('credentials are never written');
	}

	updateCredentialsOauthTokenData(): never {
		throw new Error('credentials are never written');
	}
}

/** Where n8n keeps files: in memory (`default`), in a temporary folder, or in a local S3 bucket. */
export type StorageMode = 'default' | 'filesystem' | 's3';

/** What an engine starts with. */
export interface EngineOptions {
	storage?: StorageMode;
	/** Where the package lies; this project's folder, as built, unless given. */
	packageFolder?: string;
	/** Nodes that a workflow can use besides the package's own, by their whole names. */
	otherNodes?: Record<string, INodeType>;
}

/** The real engine of n8n in this process, with a binary store of its own. */
export class Engine {
	private readonly nodeTypes: NodeTypes;

	private constructor(
		private readonly folder: string,
		/** The S3 store, if files are kept there. */
		readonly s3: S3Store | undefined,
		private readonly loaded: LoadedPackage,
		otherNodes: Record<string, INodeType> = {},
	) {
		this.nodeTypes = new NodeTypes({
			...otherNodes,
			'test.source': source,
			'n8n-nodes-cloudsquid.cloudsquid': loaded.node,
		});
	}

	/** Starts the engine. */
	static async start(options: EngineOptions = {}): Promise<Engine> {
		const { storage: mode = 'filesystem', packageFolder = resolve('.'), otherNodes } = options;
		const folder = await mkdtemp(join(tmpdir(), 'cloudsquid-engine-'));
		const config = { mode, localStoragePath: folder, signingSecret: '' };
		const report = { error: rethrow };
		const store = new BinaryDataService(config as never, report as never, console as never);
		const s3 = mode === 's3' ? await (await import('./s3.mts')).startS3Store(folder) : undefined;
		if (mode === 'default') Object.assign(store, { mode });
		else await store.init();
		if (s3) store.setManager('s3', s3.manager);
		Container.set(BinaryDataService, store);
		return new Engine(folder, s3, await loadPackage(packageFolder), otherNodes);
	}

	/** The node's description, with what n8n adds to it. */
	get description(): INodeTypeDescription {
		return this.loaded.node.description;
	}

	async stop(): Promise<void> {
		await this.s3?.close();
		await rm(this.folder, { recursive: true, force: true });
	}

	/** An input item that has these files in n8n's binary store. */
	async fileItem(
		files: Record<string, InputFile>,
		json: INodeExecutionData['json'] = {},
	): Promise<INodeExecutionData> {
		const binary: IBinaryKeyData = {};
		for (const [field, { bytes, fileName, mimeType = 'application/pdf' }] of Object.entries(
			files,
		)) {
			binary[field] = await Container.get(BinaryDataService).store(
				{ type: 'execution', workflowId: 'workflow', executionId: 'execution' },
				typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
				{ data: '', mimeType, ...(fileName !== undefined && { fileName }) },
			);
		}
		return { json, binary };
	}

	/** Reads a file that the node put into the binary store. */
	async readFile(file: IBinaryData): Promise<Buffer> {
		return await Container.get(BinaryDataService).getAsBuffer(file);
	}

	/** Where a file lies that is kept in the folder. */
	pathOf({ id = '' }: IBinaryData): string {
		return Container.get(BinaryDataService).getPath(id);
	}

	/** Starts an execution; its promise can be cancelled, as the Stop button does. */
	execute(execution: Execution): PCancelable<IRun> {
		const { items = [{ json: {} }], credential } = execution;
		return this.executeWorkflow(toWorkflow(execution), credential, { Source: items });
	}

	/** Starts a workflow from its first node. Pinned items take the place of what a node gives. */
	executeWorkflow(
		workflow: WorkflowParts,
		credential: Credential,
		pinData: IPinData = {},
	): PCancelable<IRun> {
		const [{ name }] = workflow.nodes;
		const loaded = this.workflowOf(workflow);
		const additionalData = this.additionalDataFor(credential);
		return new WorkflowExecute(additionalData, 'manual').run({
			workflow: loaded,
			startNode: loaded.getNode(name)!,
			pinData,
		});
	}

	/** Asks for the entries of a list in the editor, as its drop-down does. */
	async listSearch(method: string, filter: string | undefined, credential: Credential) {
		const workflow = this.workflowOf(toWorkflow({ parameters: {}, credential }));
		const node = workflow.getNode('Cloudsquid')!;
		const context = new LoadOptionsContext(workflow, node, this.additionalDataFor(credential), '');
		return await this.loaded.node.methods!.listSearch![method]!.call(context, filter);
	}

	/** Tests a credential, as the editor does when one is saved. */
	async testCredential(data: Credential): Promise<INodeCredentialTestResult> {
		const context = new CredentialTestContext(this.additionalDataFor(data));
		const credential = { id: '1', name: 'Cloudsquid', type: 'cloudsquidApi', data: { ...data } };
		const { testConnection } = this.loaded.node.methods!.credentialTest!;
		return await testConnection!.call(context, credential);
	}

	/** Runs a workflow to its end and gives what its user would see. */
	async run(execution: Execution): Promise<Outcome> {
		return toOutcome(await this.execute(execution));
	}

	private workflowOf(workflow: WorkflowParts) {
		const { nodeTypes } = this;
		const settings = { executionOrder: 'v1', ...workflow.settings } as const;
		return new Workflow({ id: 'workflow', active: false, ...workflow, nodeTypes, settings });
	}

	private additionalDataFor(credential: Credential): IWorkflowExecuteAdditionalData {
		const data = {
			credentialsHelper: new OneCredential(this.loaded.credentialType, credential),
			executionId: 'execution',
			hooks: new ExecutionLifecycleHooks('manual', 'execution', {} as IWorkflowBase),
			currentNodeExecutionIndex: 0,
			restApiUrl: '',
			instanceBaseUrl: '',
			// Parsed as addresses, never visited.
			formWaitingBaseUrl: 'http://n8n.invalid/form-waiting',
			webhookWaitingBaseUrl: 'http://n8n.invalid/webhook-waiting',
			variables: {},
			setExecutionStatus: () => {},
		};
		return data as unknown as IWorkflowExecuteAdditionalData;
	}
}

/** What a workflow is made of; it starts with the first of its nodes. */
export interface WorkflowParts {
	nodes: [INode, ...INode[]];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

/** What the user of a workflow would see of a finished run. */
export function toOutcome(run: IRun): Outcome {
	const task = run.data.resultData.runData.Cloudsquid?.at(-1);
	const [items, errorItems] = task?.data?.main ?? [];
	return {
		items: items ?? [],
		errorItems: errorItems ?? [],
		error: (task?.error ?? run.data.resultData.error) as Outcome['error'],
		run,
	};
}

function toWorkflow(execution: Execution): WorkflowParts {
	const { parameters, onError, maxTries, executeOnce, binaryMode } = execution;
	const common = { typeVersion: 1, position: [0, 0] as [number, number] };
	return {
		nodes: [
			{ ...common, id: '1', name: 'Source', type: 'test.source', parameters: {} },
			{
				...common,
				id: '2',
				name: 'Cloudsquid',
				type: 'n8n-nodes-cloudsquid.cloudsquid',
				parameters,
				credentials: { cloudsquidApi: { id: '1', name: 'Cloudsquid' } },
				...(onError && { onError }),
				...(maxTries && { retryOnFail: true, maxTries, waitBetweenTries: 1 }),
				...(executeOnce && { executeOnce }),
			},
		],
		connections: {
			Source: { main: [[{ node: 'Cloudsquid', type: NodeConnectionTypes.Main, index: 0 }]] },
		},
		...(binaryMode && { settings: { binaryMode } }),
	};
}

function rethrow(error: unknown): never {
	throw error;
}
