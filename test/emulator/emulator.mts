import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adminRoot, serveAdmin } from './admin.mts';
import { serveApi } from './api.mts';
import type { Contract } from './contract.mts';
import { apiRoot, loadContract } from './contract.mts';
import type { Fault, RandomFaults } from './faults.mts';
import { FaultPlan } from './faults.mts';
import { serveDownload } from './projectFiles.mts';
import { send } from './responses.mts';
import type { RunPlan } from './runs.mts';
import type { EmulatorConfig, TableType } from './state.mts';
import { defaultConfig, EmulatorState } from './state.mts';
import type { JsonObject } from './types.mts';
import { messageOf } from './types.mts';

export type { Fault, FaultKind } from './faults.mts';
export type { RunPlan, RunRecord } from './runs.mts';
export type { DocumentRecord, EmulatorConfig, RequestRecord } from './state.mts';

export interface EmulatorOptions extends Partial<EmulatorConfig> {
	/** By default, a free port. */
	port?: number;
	/** The only key that is accepted. */
	apiKey?: string;
	/** Serves downloads from another port, and thus another origin, than the API. */
	separateStorage?: boolean;
	/** The parent of the folder for documents. By default, the system's temporary folder. */
	temporaryFolder?: string;
}

/** A local Cloudsquid emulator. */
export type Emulator = Omit<LocalEmulator, 'listen'>;

/** Names that change if they are not encoded, or encoded twice. */
const SPECIAL_NAMES = ['50% off/2026', 'Büro – Ü', 'Q&A? #1 + more', '100%25', "O'Brien (new)"];

/** Starts an emulator on the loopback address. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const emulator = new LocalEmulator(await loadContract(), options);
	await emulator.listen();
	return emulator;
}

class LocalEmulator {
	readonly apiKey: string;
	/** The name of the first project. */
	readonly project: string = 'Invoices & Receipts';
	/** The extraction table of the first project. */
	readonly tableId: string = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
	/** The reconcile table of the first project. */
	readonly reconcileTableId: string = '7a1b9c3d-5e2f-4a68-9b07-c8d9e0f1a2b3';

	private readonly initialConfig: EmulatorConfig;
	private readonly port: number;
	private readonly state: EmulatorState;
	private readonly faults = new FaultPlan();
	private readonly closing = new AbortController();
	private readonly api = createServer();
	private readonly storage: Server;

	constructor(
		private readonly contract: Contract,
		options: EmulatorOptions,
	) {
		const {
			port = 0,
			apiKey = 'demo-key-0000',
			separateStorage,
			temporaryFolder,
			...config
		} = options;
		this.port = port;
		this.apiKey = apiKey;
		this.initialConfig = { ...defaultConfig, ...config };
		this.state = new EmulatorState({ ...this.initialConfig }, this.closing.signal, temporaryFolder);
		this.storage = separateStorage ? createServer() : this.api;
		this.seed();
	}

	get origin(): string {
		return originOf(this.api);
	}
	/** The base URL for the credential. */
	get baseUrl(): string {
		return `${this.origin}${apiRoot}`;
	}
	/** Where downloads are served. */
	get storageOrigin(): string {
		return originOf(this.storage);
	}
	/** All projects, with their extraction tables. */
	get projects() {
		return [...this.state.projects.values()].map(({ project: { name, id }, tables }) => {
			const table = [...tables.values()].find(({ type }) => type === 'extraction');
			return { name, id, tableId: table?.table_id ?? '' };
		});
	}
	get requests() {
		return this.state.requests;
	}
	get downloads() {
		return this.state.downloads;
	}
	get documents() {
		return this.state.documents;
	}
	get rows() {
		return [...this.state.rows.values()].map(({ document, lastRun: _run, ...row }) => ({
			...row,
			...(document && { filename: document.filename }),
		}));
	}
	get runs() {
		return [...this.state.runs.values()].map((run) => run.describe());
	}
	/** The largest number of simultaneous requests to the API. */
	get peakInFlight(): number {
		return this.state.peakInFlight;
	}
	/** The current number of requests to the API. */
	get inFlight(): number {
		return this.state.inFlight;
	}

	/** Adds a fault. Faults happen in the order in which they were added. */
	inject(fault: Fault): void {
		this.faults.add(fault);
	}

	setRandomFaults(random: RandomFaults | undefined): void {
		this.faults.setRandom(random);
	}

	clearFaults(): void {
		this.faults.clear();
	}

	/** Changes how future runs behave. */
	planRun(plan: RunPlan): void {
		this.state.planRun(plan);
	}

	/** Changes the configuration until the next reset. */
	configure(config: Partial<EmulatorConfig>): void {
		Object.assign(this.state.config, config);
	}

	/** Sets what the reconcile table of the first project compares with. */
	setReference(entries: readonly JsonObject[]): void {
		const table = this.state.findTable(this.project, this.reconcileTableId);
		table.reference = [...entries];
	}

	/** Adds a project with an extraction table. */
	addProject(name: string): void {
		this.state.addProject(name);
		this.state.addTable(name, 'extraction');
	}

	/** Adds a table, and returns its ID. */
	addTable(projectName: string, type: TableType = 'extraction'): string {
		return this.state.addTable(projectName, type).table_id;
	}

	async addProjectFile(
		projectName: string,
		path: string,
		content: Buffer | string,
		mimetype = 'text/plain',
	): Promise<void> {
		const stored = await this.state.store.save(Buffer.from(content));
		this.state.findProject(projectName).files.add(path, mimetype, stored);
	}

	/** Restores the initial state. */
	reset(): void {
		this.faults.clear();
		this.state.clear();
		this.configure(this.initialConfig);
		this.seed();
	}

	/** Closes all connections, and removes the folder for documents. */
	async close(): Promise<void> {
		this.closing.abort();
		for (const server of new Set([this.api, this.storage])) {
			server.closeAllConnections();
			if (server.listening) await once(server.close(), 'close');
		}
		this.state.store.remove();
	}

	async listen(): Promise<void> {
		const { api, storage } = this;
		serve(api, async (...exchange) => await this.route(...exchange));
		if (storage !== api) serve(storage, async (...exchange) => await this.download(...exchange));
		try {
			await listen(api, this.port);
			if (storage !== api) await listen(storage, 0);
		} catch (error) {
			await this.close();
			throw error;
		}
	}

	private async route(...[request, response, signal]: Parameters<Handler>): Promise<void> {
		const { url = '' } = request;
		if (url.startsWith(`${adminRoot}/`)) return await serveAdmin(this, request, response);
		if (url.startsWith('/storage/') && this.storage === this.api) {
			return await this.download(request, response, signal);
		}
		const { state, contract, faults, apiKey, storageOrigin } = this;
		const context = { state, contract, faults, apiKey, storageOrigin };
		await serveApi(context, request, response, signal);
	}

	private async download(...exchange: Parameters<Handler>): Promise<void> {
		await serveDownload(this.state, this.faults, ...exchange);
	}

	private seed(): void {
		const { state, project, tableId, reconcileTableId } = this;
		state.addProject(project);
		state.addTable(project, 'extraction', tableId);
		state.addTable(project, 'reconcile', reconcileTableId);
		for (const name of SPECIAL_NAMES) this.addProject(name);
	}
}

type Handler = (
	request: IncomingMessage,
	response: ServerResponse,
	signal: AbortSignal,
) => Promise<void>;

/** Aborts a handler when its client is gone, and responds with 500 if it fails. */
function serve(server: Server, handler: Handler): void {
	server.on('request', (request, response) => {
		const gone = new AbortController();
		response.once('close', () => gone.abort());
		handler(request, response, gone.signal).catch((error: unknown) => {
			if (response.destroyed || request.socket.destroyed) return;
			if (response.headersSent) response.destroy();
			else send(response, { status: 500, body: { errorMessage: messageOf(error) } });
		});
	});
}

async function listen(server: Server, port: number): Promise<void> {
	// Uploads can take long, and tests have their own timeouts.
	server.requestTimeout = 0;
	server.keepAliveTimeout = 60_000;
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
}

function originOf(server: Server): string {
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
