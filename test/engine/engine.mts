import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
	BinaryDataService,
	CredentialTestContext,
	LoadOptionsContext,
	ExecutionLifecycleHooks,
	RoutingNode,
	WorkflowExecute,
} from 'n8n-core';
import {
	ICredentialsHelper,
	NodeConnectionTypes,
	setSafeRegexEngine,
	Workflow,
} from 'n8n-workflow';
import type {
	IBinaryData,
	IBinaryKeyData,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeCredentialTestResult,
	INodeExecutionData,
	INodeParameters,
	INodeProperties,
	INodeType,
	INodeTypes,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import type PCancelable from 'p-cancelable';
import { startS3Store, type S3Store } from './s3.mts';

/** n8n-core's own copy of the container in which it looks up its services. */
const { Container } = createRequire(require.resolve('n8n-core'))(
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

/** The package as it is built and published. */
const built = require(resolve('.')) as {
	Cloudsquid: new () => INodeType;
	CloudsquidApi: new () => ICredentialType;
};

/** What n8n adds to every declarative node when it loads it. */
const { commonDeclarativeNodeOptionParameters: requestOptions } = createRequire(
	require.resolve('n8n-core'),
)('./nodes-loader/constants.js') as { commonDeclarativeNodeOptionParameters: INodeProperties };

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

/** The node as n8n's own loader prepares it: a declarative node is run by the routing engine. */
export function loadNode(): INodeType {
	const node = new built.Cloudsquid();
	node.description.properties.push(requestOptions);
	node.execute = async function () {
		return (await new RoutingNode(this as never, node).runNode())!;
	};
	return node;
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
	private readonly types: Record<string, INodeType> = {
		'test.source': source,
		'n8n-nodes-cloudsquid.cloudsquid': loadNode(),
	};

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
	private readonly type = new built.CloudsquidApi();

	constructor(private readonly credential: Credential) {
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

/** The real engine of n8n in this process, with a binary store of its own. */
export class Engine {
	private constructor(
		private readonly folder: string,
		/** The S3 store, if files are kept there. */
		readonly s3: S3Store | undefined,
	) {}

	/** Starts the engine. */
	static async start(mode: StorageMode = 'filesystem'): Promise<Engine> {
		const folder = await mkdtemp(join(tmpdir(), 'cloudsquid-engine-'));
		const config = { mode, localStoragePath: folder, signingSecret: '' };
		const report = { error: rethrow };
		const store = new BinaryDataService(config as never, report as never, console as never);
		const s3 = mode === 's3' ? await startS3Store(folder) : undefined;
		if (mode === 'default') Object.assign(store, { mode });
		else await store.init();
		if (s3) store.setManager('s3', s3.manager);
		Container.set(BinaryDataService, store);
		return new Engine(folder, s3);
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
		const workflow = toWorkflow(execution);
		const additionalData = toAdditionalData(credential);
		return new WorkflowExecute(additionalData, 'manual').run({
			workflow,
			startNode: workflow.getNode('Source')!,
			pinData: { Source: items },
		});
	}

	/** Asks for the entries of a list in the editor, as its drop-down does. */
	async listSearch(method: string, filter: string | undefined, credential: Credential) {
		const workflow = toWorkflow({ parameters: {}, credential });
		const node = workflow.getNode('Cloudsquid')!;
		const context = new LoadOptionsContext(workflow, node, toAdditionalData(credential), '');
		return await loadNode().methods!.listSearch![method]!.call(context, filter);
	}

	/** Tests a credential, as the editor does when one is saved. */
	async testCredential(data: Credential): Promise<INodeCredentialTestResult> {
		const context = new CredentialTestContext(toAdditionalData(data));
		const credential = { id: '1', name: 'Cloudsquid', type: 'cloudsquidApi', data: { ...data } };
		return await loadNode().methods!.credentialTest!.testConnection!.call(context, credential);
	}

	/** Runs a workflow to its end and gives what its user would see. */
	async run(execution: Execution): Promise<Outcome> {
		return toOutcome(await this.execute(execution));
	}
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

function toWorkflow(execution: Execution): Workflow {
	const { parameters, onError, maxTries, executeOnce, binaryMode } = execution;
	const common = { typeVersion: 1, position: [0, 0] as [number, number] };
	return new Workflow({
		id: 'workflow',
		active: false,
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
		nodeTypes: new NodeTypes(),
		settings: { executionOrder: 'v1', ...(binaryMode && { binaryMode }) },
	});
}

function toAdditionalData(credential: Credential): IWorkflowExecuteAdditionalData {
	const data = {
		credentialsHelper: new OneCredential(credential),
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

function rethrow(error: unknown): never {
	throw error;
}
