import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adminRoot, serveAdmin } from './admin.mts';
import type { ApiContext } from './api.mts';
import { serveApi } from './api.mts';
import type { Behaviour } from './behaviour.mts';
import { defaultBehaviour } from './behaviour.mts';
import type { DocumentRecord, DownloadRecord, RequestRecord } from './books.mts';
import type { Contract } from './contract.mts';
import { apiRoot, loadContract } from './contract.mts';
import { serveDownload } from './downloads.mts';
import type { Fault, RandomFaults } from './faults.mts';
import { FaultPlan } from './faults.mts';
import type { RunPlan, RunRecord } from './runs.mts';
import type { JsonObject, schemas } from './types.mts';
import { messageOf } from './types.mts';
import { send } from './wire.mts';
import type { TableType } from './world.mts';
import { World } from './world.mts';

export type { Behaviour } from './behaviour.mts';
export type { DocumentRecord, DownloadRecord, RequestRecord } from './books.mts';
export type { Fault, RandomFaults } from './faults.mts';
export type { Phase, RunPlan, RunRecord } from './runs.mts';
export type { TableType } from './world.mts';

/** How an emulator starts. What of the behaviour is not given is `defaultBehaviour`. */
export interface EmulatorOptions extends Partial<Behaviour> {
	/** Zero, the default, takes any free port. */
	port?: number;
	/** The one key that is accepted. */
	apiKey?: string;
	/** Names of further projects, each with an extraction table. */
	projects?: readonly string[];
	/** Serves downloads from a port of their own, so that they are on another origin than the API. */
	separateStorage?: boolean;
	/** Where the folder for documents is made; the system's folder for such unless said. */
	temporaryFolder?: string;
}

/** A project that there is, and its extraction table. */
export interface SeededProject {
	name: string;
	id: string;
	tableId: string;
}

/** A row as the books show it. */
export interface RowRecord {
	row_id: string;
	table_id: string;
	created_at: string;
	filename?: string;
	input?: schemas['AgentJobInput'];
}

/** A local Cloudsquid that is running. */
export interface Emulator {
	/** The base URL for the credential. */
	readonly baseUrl: string;
	/** The same without the path. */
	readonly origin: string;
	/** Where downloads are served. */
	readonly storageOrigin: string;
	readonly apiKey: string;
	/** The name of the first project. */
	readonly project: string;
	/** The extraction table of the first project. */
	readonly tableId: string;
	/** The reconcile table of the first project. */
	readonly reconcileTableId: string;
	readonly projects: readonly SeededProject[];

	readonly requests: readonly RequestRecord[];
	readonly downloads: readonly DownloadRecord[];
	readonly documents: readonly DocumentRecord[];
	readonly rows: readonly RowRecord[];
	readonly runs: readonly RunRecord[];
	/** How many requests to the API were open at once, at most. */
	readonly peakInFlight: number;
	/** How many are open now. */
	readonly inFlight: number;

	/** Lets something go wrong; faults wait in the order in which they came. */
	inject(fault: Fault): void;
	setRandomFaults(random: RandomFaults | undefined): void;
	clearFaults(): void;
	/** Lets coming runs go differently. */
	planRun(plan: RunPlan): void;
	/** Changes the behaviour from now on, until the next reset. */
	configure(behaviour: Partial<Behaviour>): void;
	/** Gives a reconcile table its reference data. */
	setReference(entries: readonly JsonObject[], tableId?: string): void;

	/** Adds a project with an extraction table. */
	addProject(name: string): SeededProject;
	/** Adds a table and answers its ID. */
	addTable(projectName: string, type?: TableType): string;
	addProjectFile(
		projectName: string,
		path: string,
		content: Buffer | string,
		mimetype?: string,
	): Promise<void>;

	/** Everything as at the start: empty books, no faults, the first projects. */
	reset(): void;
	/** Breaks off what is open and removes the temporary folder. */
	close(): Promise<void>;
}

const firstProject = 'Invoices & Receipts';
const firstTable = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
const firstReconcileTable = '7a1b9c3d-5e2f-4a68-9b07-c8d9e0f1a2b3';

/** Names that come out wrong when they are not encoded, or encoded twice. */
const awkwardProjects = ['50% off/2026', 'Büro – Ü', 'Q&A? #1 + more', '100%25', "O'Brien (new)"];

/** Starts a local Cloudsquid on the loopback interface. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const emulator = new LocalCloudsquid(await loadContract(), options);
	await emulator.listen();
	return emulator;
}

class LocalCloudsquid implements Emulator {
	readonly apiKey: string;
	readonly project = firstProject;
	readonly tableId = firstTable;
	readonly reconcileTableId = firstReconcileTable;

	private readonly initial: Behaviour;
	private readonly moreProjects: readonly string[];
	private readonly port: number;
	private readonly world: World;
	private readonly faults = new FaultPlan();
	private readonly closing = new AbortController();
	private readonly api = createServer();
	private readonly storage: Server;

	constructor(
		private readonly contract: Contract,
		{
			port = 0,
			apiKey = 'demo-key-0000',
			projects = [],
			separateStorage,
			temporaryFolder,
			...rest
		}: EmulatorOptions,
	) {
		this.port = port;
		this.apiKey = apiKey;
		this.moreProjects = projects;
		this.initial = { ...defaultBehaviour, ...rest };
		this.world = new World({ ...this.initial }, this.closing.signal, temporaryFolder);
		this.storage = separateStorage ? createServer() : this.api;
		this.seed();
	}

	get origin() {
		return originOf(this.api);
	}
	get baseUrl() {
		return `${this.origin}${apiRoot}`;
	}
	get storageOrigin() {
		return originOf(this.storage);
	}
	get projects() {
		return [...this.world.projects.keys()].map((name) => this.describeProject(name));
	}
	get requests() {
		return this.world.books.requests;
	}
	get downloads() {
		return this.world.books.downloads;
	}
	get documents() {
		return this.world.books.documents;
	}
	get rows() {
		return [...this.world.rows.values()].map(({ document, lastRun: _run, ...row }) => ({
			...row,
			...(document && { filename: document.filename }),
		}));
	}
	get runs() {
		return [...this.world.runs.values()].map((run) => run.describe());
	}
	get peakInFlight() {
		return this.world.books.peakInFlight;
	}
	get inFlight() {
		return this.world.books.inFlight;
	}

	inject(fault: Fault): void {
		this.faults.add(fault);
	}

	setRandomFaults(random: RandomFaults | undefined): void {
		this.faults.setRandom(random);
	}

	clearFaults(): void {
		this.faults.clear();
	}

	planRun(plan: RunPlan): void {
		this.world.planRun(plan);
	}

	configure(behaviour: Partial<Behaviour>): void {
		Object.assign(this.world.behaviour, behaviour);
	}

	setReference(entries: readonly JsonObject[], tableId: string = firstReconcileTable): void {
		for (const { tables } of this.world.projects.values()) {
			const table = tables.get(tableId);
			if (table) table.reference = [...entries];
		}
	}

	addProject(name: string): SeededProject {
		this.world.addProject(name);
		this.world.addTable(name, 'extraction');
		return this.describeProject(name);
	}

	addTable(projectName: string, type: TableType = 'extraction'): string {
		return this.world.addTable(projectName, type).table_id;
	}

	async addProjectFile(
		projectName: string,
		path: string,
		content: Buffer | string,
		mimetype = 'text/plain',
	): Promise<void> {
		const stored = await this.world.store.save(Buffer.from(content));
		this.world.findProject(projectName).files.put(path, mimetype, stored);
	}

	reset(): void {
		this.faults.clear();
		this.world.clear();
		this.configure(this.initial);
		this.seed();
	}

	async close(): Promise<void> {
		this.closing.abort();
		for (const server of new Set([this.api, this.storage])) {
			server.closeAllConnections();
			if (server.listening) await once(server.close(), 'close');
		}
		this.world.store.remove();
	}

	/** Opens the ports; only then are there addresses to tell. */
	async listen(): Promise<void> {
		const { api, storage } = this;
		this.answer(api, (...exchange) => this.route(...exchange));
		if (storage !== api) this.answer(storage, (...exchange) => this.download(...exchange));
		try {
			await listen(api, this.port);
			if (storage !== api) await listen(storage, 0);
		} catch (error) {
			await this.close();
			throw error;
		}
	}

	private answer(server: Server, handler: Handler): void {
		server.on('request', (request, response) => {
			void guard(handler, request, response);
		});
	}

	private async route(...exchange: Parameters<Handler>): Promise<void> {
		const [request, response, signal] = exchange;
		const { url = '' } = request;
		if (url.startsWith(`${adminRoot}/`)) return await serveAdmin(this, request, response);
		if (url.startsWith('/storage/') && this.storage === this.api) {
			return await this.download(...exchange);
		}
		await serveApi(this.getApiContext(), request, response, signal);
	}

	private async download(...exchange: Parameters<Handler>): Promise<void> {
		await serveDownload(this.world, this.faults, ...exchange);
	}

	private getApiContext(): ApiContext {
		const { world, contract, faults, apiKey, storageOrigin } = this;
		return { world, contract, faults, apiKey, storageOrigin };
	}

	private seed(): void {
		const { world } = this;
		for (const name of [firstProject, ...awkwardProjects, ...this.moreProjects]) {
			world.addProject(name);
			world.addTable(name, 'extraction', name === firstProject ? firstTable : undefined);
		}
		world.addTable(firstProject, 'reconcile', firstReconcileTable);
	}

	private describeProject(name: string): SeededProject {
		const { project, tables } = this.world.findProject(name);
		const table = [...tables.values()].find(({ type }) => type === 'extraction');
		return { name, id: project.id, tableId: table?.table_id ?? '' };
	}
}

type Handler = (
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
) => Promise<void>;

/** Ends what a request started when its client has gone, and keeps one bad request from ending the process. */
async function guard(
	handler: Handler,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const gone = new AbortController();
	response.once('close', () => gone.abort());
	try {
		await handler(request, response, gone.signal);
	} catch (error) {
		if (response.destroyed || request.socket.destroyed) return;
		if (response.headersSent) response.destroy();
		else send(response, { status: 500, body: { errorMessage: messageOf(error) } });
	}
}

async function listen(server: Server, port: number): Promise<void> {
	// An upload may take long, and a test decides itself when it has waited enough.
	server.requestTimeout = 0;
	server.keepAliveTimeout = 60_000;
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
}

function originOf(server: Server): string {
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
