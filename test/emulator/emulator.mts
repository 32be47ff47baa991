import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenAPIBackend } from 'openapi-backend';
import { adminRoot, serveAdmin } from './admin.mts';
import { storeFile } from './body.mts';
import type { JsonObject } from './contract.mts';
import { FaultPlan, type Fault, type RandomFaults } from './faults.mts';
import type { RunPlan } from './runs.mts';
import { send } from './responses.mts';
import { apiRoot, loadContract, serveApi, serveDownload } from './server.mts';
import { EmulatorState, type EmulatorConfig } from './state.mts';

export type { Fault } from './faults.mts';
export type { RunPlan } from './runs.mts';
export type { EmulatorConfig, RequestRecord } from './state.mts';

export interface EmulatorOptions extends Partial<EmulatorConfig> {
	/** A free port by default. */
	port?: number;
	apiKey?: string;
	/** Whether downloads have another origin than the API. */
	separateStorage?: boolean;
}

const defaultConfig: EmulatorConfig = {
	pendingMs: 150,
	runningMs: 350,
	runAnswer: 'row',
	syncStatus: 'done',
	settingsAnswer: 'settings',
};

/** Names that are easily encoded wrongly, or twice. */
const awkwardProjects = ['50% off/2026', 'Büro – Ü', 'Q&A? #1 + more', '100%25', "O'Brien (new)"];

/** Starts a local Cloudsquid on the loopback interface. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const emulator = new Emulator(await loadContract(), options);
	await emulator.listen(options.port);
	return emulator;
}

export class Emulator {
	readonly apiKey: string;
	/** The first project, and its extraction and reconcile table. */
	readonly project: string = 'Invoices & Receipts';
	readonly tableId: string = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
	readonly reconcileTableId: string = '7a1b9c3d-5e2f-4a68-9b07-c8d9e0f1a2b3';

	private readonly initialConfig: EmulatorConfig;
	private readonly api = createServer();
	private readonly storage: Server;
	private state!: EmulatorState;
	private faults = new FaultPlan();

	constructor(
		private readonly contract: OpenAPIBackend,
		{ port: _port, apiKey = 'demo-key-0000', separateStorage, ...config }: EmulatorOptions,
	) {
		this.apiKey = apiKey;
		this.initialConfig = { ...defaultConfig, ...config };
		this.storage = separateStorage ? createServer() : this.api;
		this.reset();
	}

	get origin(): string {
		return originOf(this.api);
	}
	/** The base URL for the credential. */
	get baseUrl(): string {
		return `${this.origin}${apiRoot}`;
	}
	get storageOrigin(): string {
		return originOf(this.storage);
	}

	/** All projects, with their extraction tables. */
	get projects() {
		return Array.from(this.state.projects.values(), ({ id, name, tables }) => {
			const [tableId = ''] = tables.keys();
			return { id, name, tableId };
		});
	}
	get rows() {
		return [...this.state.rows.values()];
	}
	get runs() {
		return Array.from(this.state.runs.values(), (run) => run.describe());
	}
	get requests() {
		return this.state.log.requests;
	}
	get downloads() {
		return this.state.log.downloads;
	}
	get documents() {
		return this.state.log.documents;
	}
	get inFlight(): number {
		return this.state.log.inFlight;
	}
	/** The highest number of open requests since the last reset. */
	get peakInFlight(): number {
		return this.state.log.peakInFlight;
	}

	/** Adds a fault after those that are there already. */
	inject(fault: Fault): void {
		this.faults.add(fault);
	}

	setRandomFaults(random: RandomFaults): void {
		this.faults.random = random;
	}

	clearFaults(): void {
		this.faults = new FaultPlan();
	}

	planRun(plan: RunPlan): void {
		this.state.planRun(plan);
	}

	/** Changes the configuration until the next reset. */
	configure(config: Partial<EmulatorConfig>): void {
		Object.assign(this.state.config, config);
	}

	setReference(entries: readonly JsonObject[]): void {
		const place = { project_name: this.project, table_id: this.reconcileTableId };
		this.state.getTable(place).reference = entries;
	}

	addProjectFile(
		projectName: string,
		path: string,
		content: Buffer | string,
		mimetype = 'text/plain',
		modifiedAt?: string,
	): void {
		const { files } = this.state.getProject(projectName);
		files.add(path, mimetype, storeFile(Buffer.from(content)), modifiedAt);
	}

	removeProjectFile(projectName: string, path: string): void {
		this.state.getProject(projectName).files.remove(path);
	}

	removeProject(name: string): void {
		this.state.projects.delete(name);
	}

	/** Returns to the initial state. Requests that are still open no longer count. */
	reset(): void {
		this.clearFaults();
		this.state = new EmulatorState({ ...this.initialConfig });
		const first = this.state.addProject(this.project, this.tableId);
		this.state.addTable(first, 'reconcile', this.reconcileTableId);
		for (const name of awkwardProjects) this.state.addProject(name);
	}

	async listen(port = 0): Promise<void> {
		for (const server of new Set([this.api, this.storage])) {
			// Tests decide themselves how long an upload may take.
			server.requestTimeout = 0;
			server.keepAliveTimeout = 60_000;
			server.on('request', (request, response) => {
				// The client may be gone before the response is ready.
				response.on('error', () => undefined);
				this.serve(request, response).catch(() => response.destroy());
			});
			server.listen(server === this.api ? port : 0, '127.0.0.1');
			await once(server, 'listening');
		}
	}

	async close(): Promise<void> {
		for (const server of new Set([this.api, this.storage])) {
			server.closeAllConnections();
			if (server.listening) await once(server.close(), 'close');
		}
	}

	private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (request.url?.startsWith(`${adminRoot}/`)) {
			return send(response, await serveAdmin(this, request));
		}
		const serve = request.url?.startsWith('/storage/') ? serveDownload : serveApi;
		const { state, contract, faults, apiKey, storageOrigin } = this;
		await serve({ state, contract, faults, apiKey, storageOrigin }, request, response);
	}
}

function originOf(server: Server): string {
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
