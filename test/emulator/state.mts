import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { StoredDocument } from './documents.mts';
import { DocumentStore } from './documents.mts';
import type { Candidate, Extraction } from './extraction.mts';
import { extract, listCandidates, reconcile } from './extraction.mts';
import type { Fault } from './faults.mts';
import { DownloadLinks, FileTree } from './projectFiles.mts';
import type { RunPlan } from './runs.mts';
import { Run } from './runs.mts';
import type { JsonObject, OperationId, schemas } from './types.mts';
import { HttpError } from './types.mts';

/** The configuration of an emulator, which can change while it runs. */
export interface EmulatorConfig {
	/** How long a run is `pending`. */
	pendingMs: number;
	/** How long a run is `running` after that. */
	runningMs: number;
	/** The response to Get Run: a data row, or `{status, result}` without `pending`, as in the older documentation. */
	runAnswer: 'row' | 'result';
	/** The status in responses of synchronous requests. The two versions of the documentation differ. */
	syncStatus: 'done' | 'running' | 'absent';
	/** The response to a change of settings, which is not documented. */
	settingsAnswer: 'settings' | 'empty';
}

export const defaultConfig: EmulatorConfig = {
	pendingMs: 150,
	runningMs: 350,
	runAnswer: 'row',
	syncStatus: 'done',
	settingsAnswer: 'settings',
};

/** A request to the API, and how it ended. */
export interface RequestRecord {
	/** Starts with 1. */
	number: number;
	/** Null if the contract has no such operation. */
	operationId: OperationId | null;
	method: string;
	/** The encoded path and query. */
	url: string;
	headers: IncomingHttpHeaders;
	/** The JSON body. The content of a document is replaced by `{bytes, sha256}`. */
	body?: unknown;
	startedAt: number;
	endedAt?: number;
	/** Null if there was no response. */
	status?: number | null;
	/** Whether the whole response was sent. */
	completed?: boolean;
	fault?: Fault;
}

/** A download. */
export interface DownloadRecord {
	url: string;
	headers: IncomingHttpHeaders;
	/** Must never be true. */
	apiKeySent: boolean;
	startedAt: number;
	status?: number | null;
	completed?: boolean;
	fault?: Fault;
}

/** A document that was received. */
export interface DocumentRecord {
	operationId: OperationId;
	project_name: string;
	table_id?: string;
	row_id?: string;
	path?: string;
	filename: string;
	mimetype: string;
	file_type: string;
	bytes?: number;
	sha256?: string;
	uri?: string;
	parts?: number;
}

/** The purpose of a table. How the API names it is not documented. */
export type TableType = 'extraction' | 'reconcile';

interface Table {
	table_id: string;
	type: TableType;
	settings: schemas['ExtractionSettings'];
	/** What a reconcile table compares with. */
	reference: JsonObject[];
}

interface Project {
	project: schemas['Project'];
	tables: Map<string, Table>;
	files: FileTree;
}

export interface Row {
	row_id: string;
	table_id: string;
	created_at: string;
	document?: StoredDocument;
	input?: schemas['AgentJobInput'];
	lastRun?: Run;
}

/** Everything that Cloudsquid would store, and what was requested. */
export class EmulatorState {
	requests: RequestRecord[] = [];
	documents: DocumentRecord[] = [];
	downloads: DownloadRecord[] = [];
	inFlight = 0;
	peakInFlight = 0;
	readonly store: DocumentStore;
	readonly links = new DownloadLinks();
	readonly projects = new Map<string, Project>();
	readonly rows = new Map<string, Row>();
	readonly runs = new Map<string, Run>();
	private plans: Array<{ plan: RunPlan; left: number }> = [];

	/** @param signal ends downloads of documents when the emulator closes */
	constructor(
		readonly config: EmulatorConfig,
		private readonly signal: AbortSignal,
		temporaryFolder?: string,
	) {
		this.store = new DocumentStore(temporaryFolder);
	}

	/** Logs a request that has arrived. */
	openRequest(request: Omit<RequestRecord, 'number' | 'startedAt'>): RequestRecord {
		const record = { ...request, number: this.requests.length + 1, startedAt: Date.now() };
		this.requests.push(record);
		this.inFlight++;
		this.peakInFlight = Math.max(this.peakInFlight, this.inFlight);
		return record;
	}

	/** Logs how a request ended. */
	closeRequest(record: RequestRecord, status: number | null, completed: boolean): void {
		Object.assign(record, { endedAt: Date.now(), status, completed });
		this.inFlight--;
	}

	addProject(name: string): Project {
		if (this.projects.has(name)) throw new Error(`The project "${name}" already exists.`);
		const project: Project = {
			project: { id: randomUUID(), name, created_at: new Date().toISOString() },
			tables: new Map(),
			files: new FileTree(),
		};
		this.projects.set(name, project);
		return project;
	}

	addTable(projectName: string, type: TableType, table_id: string = randomUUID()): Table {
		const table: Table = { table_id, type, settings: {}, reference: [] };
		this.findProject(projectName).tables.set(table_id, table);
		return table;
	}

	findProject(name: string): Project {
		const project = this.projects.get(name);
		if (!project) throw new HttpError(404, `There is no project "${name}".`);
		return project;
	}

	/** Finds a table of a project. UUIDs are the same in upper and lower case. */
	findTable(projectName: string, tableId: string, type?: TableType): Table {
		const table = this.findProject(projectName).tables.get(tableId.toLowerCase());
		if (!table) throw new HttpError(404, `There is no table ${tableId} in this project.`);
		if (!type || table.type === type) return table;
		throw new HttpError(400, `This is a table of type ${table.type}, and must be of type ${type}.`);
	}

	findRow(table: Table, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		if (row?.table_id === table.table_id) return row;
		throw new HttpError(404, `There is no row ${rowId} in this table.`);
	}

	findRun(table: Table, runId: string): Run {
		const run = this.runs.get(runId.toLowerCase());
		if (run?.row.table_id === table.table_id) return run;
		throw new HttpError(404, `There is no run ${runId} in this table.`);
	}

	/** Finds a row of any extraction table of a project. */
	findDocumentRow(projectName: string, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		const table = row && this.findProject(projectName).tables.get(row.table_id);
		if (row && table?.type === 'extraction') return row;
		throw new HttpError(404, `There is no document ${rowId} in this project.`);
	}

	addRow({ table_id }: Table, content: Pick<Row, 'document' | 'input'>): Row {
		const row = {
			row_id: randomUUID(),
			table_id,
			created_at: new Date().toISOString(),
			...content,
		};
		this.rows.set(row.row_id, row);
		return row;
	}

	planRun(plan: RunPlan): void {
		const left = plan.times === 'always' ? Number.POSITIVE_INFINITY : (plan.times ?? 1);
		this.plans.push({ plan, left });
	}

	startRun(projectName: string, table: Table, row: Row, zeroRetention: boolean): Run {
		const plan = this.takePlan(row.document?.filename);
		const phases = plan?.phases ?? [
			{ status: 'pending', ms: plan?.pendingMs ?? this.config.pendingMs },
			{ status: 'running', ms: plan?.runningMs ?? this.config.runningMs },
		];
		const ids = { row_id: row.row_id, table_id: table.table_id };
		const work = async () => await this.work(projectName, table, row);
		const run = new Run(ids, zeroRetention, phases, plan, work);
		this.runs.set(run.run_id, run);
		row.lastRun = run;
		return run;
	}

	/** Clears everything but the configuration. Requests in flight are still counted. */
	clear(): void {
		this.requests = [];
		this.documents = [];
		this.downloads = [];
		this.peakInFlight = this.inFlight;
		this.plans = [];
		for (const all of [this.links, this.projects, this.rows, this.runs, this.store]) all.clear();
	}

	private takePlan(filename: string | undefined): RunPlan | undefined {
		const found = this.plans.find(
			({ plan, left }) => left > 0 && (plan.filename ?? filename) === filename,
		);
		if (found) found.left--;
		return found?.plan;
	}

	private async work(projectName: string, table: Table, row: Row): Promise<Extraction> {
		const { document, input } = row;
		if (input) return this.reconcileRow(projectName, table, input);
		if (!document) throw new Error('The row has no document.');
		if (document.uri !== undefined && !document.stored) {
			document.stored = await this.store.fetch(document.uri, this.signal);
		}
		return await extract(document);
	}

	private reconcileRow(
		projectName: string,
		table: Table,
		{ data, files = [] }: schemas['AgentJobInput'],
	): Extraction {
		const candidates: Candidate[] = data ? listCandidates(data) : [];
		for (const { id } of files) {
			const { lastRun } = this.findDocumentRow(projectName, id);
			candidates.push({ source: `files.${id}`, fields: lastRun?.getState().data ?? {} });
		}
		return reconcile(candidates, table.reference);
	}
}
