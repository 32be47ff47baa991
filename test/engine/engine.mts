import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type * as n8n from 'n8n-workflow';
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
	PollContext,
	RoutingNode,
	WorkflowExecute,
} = load('n8n-core') as typeof import('n8n-core');
const { NodeConnectionTypes, setSafeRegexEngine, Workflow } = load(
	'n8n-workflow',
) as typeof import('n8n-workflow');

/** n8n-core's own copy of the container in which it looks up its services. */
const { Container } = createRequire(load.resolve('n8n-core'))(
	'@n8n/di',
) as typeof import('@n8n/di');

/** n8n's log, where nodes can write to it. */
export const logger = Container.get(
	(
		createRequire(load.resolve('n8n-core'))(
			'@n8n/backend-common',
		) as typeof import('@n8n/backend-common')
	).Logger,
);

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

/** The node before ours in each test. Its items are pinned. */
const source = {
	description: {
		displayName: 'Source',
		name: 'source',
		version: 1,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
} as unknown as n8n.INodeType;

/** Loads a package as n8n does. A declarative node is run by the routing engine. */
async function loadPackage(folder: string) {
	const loader = new PackageDirectoryLoader(folder);
	await loader.loadAll();
	const node = loader.getNode('cloudsquid').type as n8n.INodeType;
	node.execute = async function () {
		return (await new RoutingNode(this as never, node).runNode())!;
	};
	const trigger = loader.getNode('cloudsquidTrigger').type as n8n.INodeType;
	return { node, trigger, credentialType: loader.getCredential('cloudsquidApi').type };
}

export interface Credential {
	apiKey: string;
	baseUrl: string;
	/** The fields that n8n adds to every credential. */
	allowedHttpRequestDomains?: 'all' | 'domains' | 'none';
	allowedDomains?: string;
}

/** One execution of a workflow that is Source → Cloudsquid. */
export interface Execution {
	parameters: n8n.INodeParameters;
	/** One empty item unless given. */
	items?: n8n.INodeExecutionData[];
	credential: Credential;
	onError?: n8n.INode['onError'];
	/** n8n's own "Retry On Fail": how often the node runs at most. */
	maxTries?: number;
	/** n8n's own "Execute Once": only the first item is used. */
	executeOnce?: boolean;
	/** How the workflow keeps files: apart from the JSON fields, or among them. */
	binaryMode?: 'separate' | 'combined';
}

/** What its user would see of it. */
export interface Outcome {
	/** The items of the first output, or of none if the node failed. */
	items: n8n.INodeExecutionData[];
	/** The items of the error output. */
	errorItems: n8n.INodeExecutionData[];
	error?: { message: string; description?: string | null; context: Record<string, unknown> };
	/** The whole of what n8n would store. */
	run: n8n.IRun;
}

/** A file of an input item. */
export interface InputFile {
	bytes: Buffer | string | Readable;
	fileName?: string;
	mimeType?: string;
}

type Authenticate = Extract<n8n.ICredentialType['authenticate'], (...args: never) => unknown>;

type GetDecrypted = Parameters<n8n.ICredentialsHelper['getDecrypted']>;

/** Every credential that n8n has read, in the order of the reads. */
export const credentialReads: Credential[] = [];

/** Has one credential, resolves its expressions, and applies it as its type declares. */
function credentialsHelperFor(type: n8n.ICredentialType, credential: Credential) {
	return {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		preAuthentication: async () => undefined,
		getDecrypted: async (...[, , , mode, executeData, , values]: GetDecrypted) => {
			credentialReads.push(credential);
			if (!values) return { ...credential };
			const { workflow, runExecutionData, runIndex, itemIndex, node, connectionInputData } = values;
			return workflow.expression.getParameterValue(
				{ ...credential },
				runExecutionData,
				runIndex,
				itemIndex,
				node.name,
				connectionInputData,
				mode,
				{},
				executeData,
			);
		},
		getCredentialsProperties: () => type.properties,
		authenticate: async (data: Credential, _type: string, options: n8n.IHttpRequestOptions) =>
			await (type.authenticate as Authenticate)({ ...data }, options),
	};
}

/** Where n8n keeps files: in memory (`default`), in a temporary folder, or in a local S3 bucket. */
export type StorageMode = 'default' | 'filesystem' | 's3';

export interface EngineOptions {
	storage?: StorageMode;
	/** Where the package lies; this project's folder, as built, unless given. */
	packageFolder?: string;
	/** Nodes that a workflow can use besides the package's own, by their whole names. */
	otherNodes?: Record<string, n8n.INodeType>;
}

/** The real engine of n8n in this process, with a binary store of its own. */
export class Engine {
	private readonly nodeTypes: n8n.INodeTypes;

	private constructor(
		private readonly folder: string,
		readonly s3: S3Store | undefined,
		private readonly loaded: Awaited<ReturnType<typeof loadPackage>>,
		otherNodes: Record<string, n8n.INodeType> = {},
	) {
		const types: Record<string, n8n.INodeType> = {
			...otherNodes,
			'test.source': source,
			'n8n-nodes-cloudsquid.cloudsquid': loaded.node,
			'n8n-nodes-cloudsquid.cloudsquidTrigger': loaded.trigger,
		};
		const getByName = (name: string) => types[name]!;
		this.nodeTypes = { getByName, getByNameAndVersion: getByName, getKnownTypes: () => ({}) };
	}

	static async start(options: EngineOptions = {}): Promise<Engine> {
		const { storage: mode = 'filesystem', packageFolder = resolve('.'), otherNodes } = options;
		const folder = await mkdtemp(join(tmpdir(), 'cloudsquid-engine-'));
		const config = { mode, localStoragePath: folder, signingSecret: '' };
		const report = {
			error(error: unknown) {
				throw error;
			},
		};
		const store = new BinaryDataService(config as never, report as never, console as never);
		const s3 = mode === 's3' ? await (await import('./s3.mts')).startS3Store(folder) : undefined;
		if (mode === 'default') Object.assign(store, { mode });
		else await store.init();
		if (s3) store.setManager('s3', s3.manager);
		Container.set(BinaryDataService, store);
		return new Engine(folder, s3, await loadPackage(packageFolder), otherNodes);
	}

	get description(): n8n.INodeTypeDescription {
		return this.loaded.node.description;
	}

	async stop(): Promise<void> {
		await this.s3?.close();
		await rm(this.folder, { recursive: true, force: true });
	}

	/** An input item that has these files in n8n's binary store. */
	async fileItem(
		files: Record<string, InputFile>,
		json: n8n.INodeExecutionData['json'] = {},
	): Promise<n8n.INodeExecutionData> {
		const binary: n8n.IBinaryKeyData = {};
		for (const [field, file] of Object.entries(files)) {
			const { bytes, fileName, mimeType = 'application/pdf' } = file;
			binary[field] = await Container.get(BinaryDataService).store(
				{ type: 'execution', workflowId: 'workflow', executionId: 'execution' },
				typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
				{ data: '', mimeType, ...(fileName !== undefined && { fileName }) },
			);
		}
		return { json, binary };
	}

	async readFile(file: n8n.IBinaryData): Promise<Buffer> {
		return await Container.get(BinaryDataService).getAsBuffer(file);
	}

	/** Where a file lies that is kept in the folder. */
	pathOf({ id = '' }: n8n.IBinaryData): string {
		return Container.get(BinaryDataService).getPath(id);
	}

	/** Starts an execution; its promise can be cancelled, as the Stop button does. */
	execute(execution: Execution): PCancelable<n8n.IRun> {
		const { items = [{ json: {} }], credential } = execution;
		return this.executeWorkflow(toWorkflow(execution), credential, { Source: items });
	}

	/** Starts a workflow from its first node. Pinned items take the place of what a node gives. */
	executeWorkflow(
		workflow: WorkflowParts,
		credential: Credential,
		pinData: n8n.IPinData = {},
	): PCancelable<n8n.IRun> {
		const loaded = this.workflowOf(workflow);
		const startNode = loaded.getNode(workflow.nodes[0].name)!;
		const execution = new WorkflowExecute(this.additionalDataFor(credential), 'manual');
		return execution.run({ workflow: loaded, startNode, pinData });
	}

	/** Puts the trigger into an active workflow. */
	activate(
		parameters: n8n.INodeParameters,
		credential: Credential,
		budgetMs = 60_000,
		staticData?: string,
	): ActiveTrigger {
		const node: n8n.INode = {
			...commonNode,
			id: '1',
			name: 'Trigger',
			type: 'n8n-nodes-cloudsquid.cloudsquidTrigger',
			parameters,
			credentials: { cloudsquidApi: { id: '1', name: 'Cloudsquid' } },
		};
		const load = (data: n8n.IDataObject) =>
			this.workflowOf({ nodes: [node], connections: {}, staticData: data });
		const additionalData = this.additionalDataFor(credential);
		return new ActiveTrigger(staticData, load, async (workflow, mode) => {
			const context = new PollContext(workflow, node, additionalData, mode, 'activate');
			Object.assign(context, { getPollBudgetMs: () => budgetMs });
			const poll = async () => await this.loaded.trigger.poll!.call(context);
			return (await workflow.expression.withIsolate(poll))?.[0];
		});
	}

	/** Searches the list of projects, as the editor does. */
	async searchProjects(filter: string | undefined, credential: Credential) {
		const workflow = this.workflowOf(toWorkflow({ parameters: {}, credential }));
		const node = workflow.getNode('Cloudsquid')!;
		const context = new LoadOptionsContext(workflow, node, this.additionalDataFor(credential), '');
		const { results } = await this.loaded.node.methods!.listSearch!.getProjects!.call(
			context,
			filter,
		);
		return results;
	}

	/** The hints that the editor shows above the output. */
	async hintsFor(
		parameters: n8n.INodeParameters,
		items: n8n.INodeExecutionData[],
	): Promise<string[]> {
		const credential = { apiKey: '', baseUrl: '' };
		const workflow = this.workflowOf(toWorkflow({ parameters, credential }));
		const { expression } = workflow;
		const isShown = ({ displayCondition = '' }: n8n.NodeHint) =>
			expression.getParameterValue(
				displayCondition,
				null,
				0,
				0,
				'Cloudsquid',
				items,
				'manual',
				{},
			) === true;
		const hints = this.description.hints!;
		return await expression.withIsolate(async () =>
			hints.filter(isShown).map(({ message }) => message),
		);
	}

	/** Tests a credential, as the editor does when one is saved. */
	async testCredential(data: Credential): Promise<n8n.INodeCredentialTestResult> {
		const context = new CredentialTestContext(this.additionalDataFor(data));
		const credential = { id: '1', name: 'Cloudsquid', type: 'cloudsquidApi', data: { ...data } };
		const { testConnection } = this.loaded.node.methods!.credentialTest!;
		return await testConnection!.call(context, credential);
	}

	/** Runs a workflow to its end and returns what its user would see. */
	async run(execution: Execution): Promise<Outcome> {
		const run = await this.execute(execution);
		const { runData, error } = run.data.resultData;
		const task = runData.Cloudsquid?.at(-1);
		const [items, errorItems] = task?.data?.main ?? [];
		return {
			items: items ?? [],
			errorItems: errorItems ?? [],
			error: (task?.error ?? error) as Outcome['error'],
			run,
		};
	}

	private workflowOf(workflow: WorkflowParts) {
		const { nodeTypes } = this;
		const settings = { executionOrder: 'v1', ...workflow.settings } as const;
		return new Workflow({ id: 'workflow', active: false, ...workflow, nodeTypes, settings });
	}

	private additionalDataFor(credential: Credential): n8n.IWorkflowExecuteAdditionalData {
		const data = {
			credentialsHelper: credentialsHelperFor(this.loaded.credentialType, credential),
			executionId: 'execution',
			hooks: new ExecutionLifecycleHooks('manual', 'execution', {} as n8n.IWorkflowBase),
			currentNodeExecutionIndex: 0,
			// Parsed as addresses, never visited.
			formWaitingBaseUrl: 'http://n8n.invalid/form-waiting',
			webhookWaitingBaseUrl: 'http://n8n.invalid/webhook-waiting',
			variables: {},
			setExecutionStatus: () => {},
		};
		return data as unknown as n8n.IWorkflowExecuteAdditionalData;
	}
}

type Poll = (
	workflow: n8n.Workflow,
	mode: 'trigger' | 'manual',
) => Promise<n8n.INodeExecutionData[] | undefined>;

/**
 * The trigger in an active workflow. As in n8n, what it remembers is stored when the workflow is
 * activated, and with each execution that it starts.
 */
export class ActiveTrigger {
	private workflow: n8n.Workflow;

	constructor(
		private stored: string | undefined,
		private readonly load: (staticData: n8n.IDataObject) => n8n.Workflow,
		private readonly runPoll: Poll,
	) {
		this.workflow = load(JSON.parse(stored ?? '{}') as n8n.IDataObject);
	}

	/** What n8n stores for the workflow, as JSON. */
	get staticData(): string {
		return JSON.stringify(this.workflow.staticData);
	}

	/** Polls once. Returns the items that the workflow starts with, if there are any. */
	async poll() {
		const items = await this.runPoll(this.workflow, 'trigger');
		if (items || !this.stored) this.stored = this.staticData;
		return items;
	}

	async fetchTestEvent() {
		return await this.runPoll(this.workflow, 'manual');
	}

	/** Ends n8n without warning, and starts it again. */
	restart(): void {
		this.workflow = this.load(JSON.parse(this.stored ?? '{}') as n8n.IDataObject);
	}
}

/** What a workflow is made of; it starts with the first of its nodes. */
export interface WorkflowParts {
	nodes: [n8n.INode, ...n8n.INode[]];
	connections: n8n.IConnections;
	settings?: n8n.IWorkflowSettings;
	staticData?: n8n.IDataObject;
}

const commonNode = { typeVersion: 1, position: [0, 0] as [number, number] };

function toWorkflow(execution: Execution): WorkflowParts {
	const { parameters, onError, maxTries, executeOnce, binaryMode } = execution;
	return {
		nodes: [
			{ ...commonNode, id: '1', name: 'Source', type: 'test.source', parameters: {} },
			{
				...commonNode,
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
