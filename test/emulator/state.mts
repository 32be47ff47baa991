import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError, type JsonObject, type OperationId, type Schemas } from './contract.mts';
import { extract, listCandidates, reconcile } from './extraction.mts';
import type { Extraction, StoredDocument } from './extraction.mts';
import type { Fault } from './faults.mts';
import { ProjectFiles, type ProjectFile } from './projectFiles.mts';
import { Run, type RunPlan } from './runs.mts';

/** How the emulator behaves where the documentation leaves it open. */
export interface EmulatorConfig {
	pendingMs: number;
	runningMs: number;
	/** Whether Get Run returns a data row, or `{status, result}` as on the older page. */
	runAnswer: 'row' | 'result';
	syncStatus: 'done' | 'running' | 'absent';
	settingsAnswer: 'settings' | 'empty';
}

export interface RequestRecord {
	number: number;
	/** Null if it is no operation of the contract. */
	operationId: OperationId | null;
	method: string;
	/** As encoded by the client. */
	url: string;
	headers: IncomingHttpHeaders;
	/** The JSON body. The content of a document is replaced by `{bytes, sha256}`. */
	body?: unknown;
	startedAt: number;
	endedAt?: number;
	/** Null if there was no response. */
	status?: number | null;
	/** Whether the client received the whole response. */
	completed?: boolean;
	fault?: Fault;
}

export interface DownloadRecord extends Pick<RequestRecord, 'url' | 'status' | 'completed'> {
	/** Must be false: the storage is another service. */
	apiKeySent: boolean;
}

export interface DocumentRecord extends Omit<StoredDocument, 'stored'> {
	/** Missing for a project file. */
	row_id?: string;
	bytes?: number;
	sha256?: string;
}

class RequestLog {
	readonly requests: RequestRecord[] = [];
	readonly documents: DocumentRecord[] = [];
	readonly downloads: DownloadRecord[] = [];
	inFlight = 0;
	peakInFlight = 0;

	open(request: Omit<RequestRecord, 'number' | 'startedAt'>): RequestRecord {
		const record = { ...request, number: this.requests.length + 1, startedAt: Date.now() };
		this.requests.push(record);
		this.peakInFlight = Math.max(this.peakInFlight, ++this.inFlight);
		return record;
	}

	close(record: RequestRecord, outcome: Pick<RequestRecord, 'status' | 'completed'>): void {
		Object.assign(record, outcome, { endedAt: Date.now() });
		this.inFlight--;
	}
}

export interface Table {
	table_id: string;
	type: 'extraction' | 'reconcile';
	settings: Schemas['ExtractionSettings'];
	reference: readonly JsonObject[];
}

export type Project = Schemas['Project'] & {
	tables: Map<string, Table>;
	files: ProjectFiles;
};

export interface Row {
	row_id: string;
	table_id: string;
	created_at: string;
	document?: StoredDocument;
	input?: Schemas['AgentJobInput'];
	lastRun?: Run;
}

/** All that Cloudsquid would store, and the log of requests. A reset replaces it. */
export class EmulatorState {
	readonly log = new RequestLog();
	readonly projects = new Map<string, Project>();
	readonly rows = new Map<string, Row>();
	readonly runs = new Map<string, Run>();
	/** The file of each download URL, by path and query. */
	readonly links = new Map<string, ProjectFile>();
	private readonly plans: Array<{ plan: RunPlan; left: number }> = [];

	constructor(readonly config: EmulatorConfig) {}

	/** Adds a project with an extraction table. */
	addProject(name: string, tableId: string = randomUUID()): Project {
		const entry = { id: randomUUID(), name, created_at: new Date().toISOString() };
		const project: Project = { ...entry, tables: new Map(), files: new ProjectFiles() };
		this.projects.set(name, project);
		this.addTable(project, 'extraction', tableId);
		return project;
	}

	addTable(project: Project, type: Table['type'], table_id: string): void {
		project.tables.set(table_id, { table_id, type, settings: {}, reference: [] });
	}

	getProject(name: string): Project {
		return found(this.projects.get(name), `project "${name}"`);
	}

	/** Finds a table, and checks that it has the type that the operation needs. */
	getTable(path: { project_name: string; table_id: string }, type?: Table['type']): Table {
		const { tables } = this.getProject(path.project_name);
		const table = found(tables.get(path.table_id.toLowerCase()), `table ${path.table_id}`);
		if (type && table.type !== type) {
			throw new HttpError(400, `The type of the table is ${table.type}, not ${type}.`);
		}
		return table;
	}

	getRow({ table_id }: Table, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		return found(row?.table_id === table_id ? row : undefined, `row ${rowId}`);
	}

	getRun({ table_id }: Table, runId: string): Run {
		const run = this.runs.get(runId.toLowerCase());
		return found(run?.row.table_id === table_id ? run : undefined, `run ${runId}`);
	}

	/** Finds a row in any extraction table of a project. */
	getDocumentRow({ tables }: Project, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		const isDocument = row && tables.get(row.table_id)?.type === 'extraction';
		return found(isDocument ? row : undefined, `document ${rowId}`);
	}

	addRow({ table_id }: Table, content: Pick<Row, 'document' | 'input'>): Row {
		const created_at = new Date().toISOString();
		const row = { row_id: randomUUID(), table_id, created_at, ...content };
		this.rows.set(row.row_id, row);
		return row;
	}

	planRun(plan: RunPlan): void {
		const left = plan.times === 'always' ? Number.POSITIVE_INFINITY : (plan.times ?? 1);
		this.plans.push({ plan, left });
	}

	startRun(project: Project, table: Table, row: Row, zeroRetention = false): Run {
		const { pendingMs, runningMs } = this.config;
		const plan = { pendingMs, runningMs, ...this.takePlan(row.document?.filename) };
		const run = new Run(row, zeroRetention, plan, this.work(project, table, row));
		this.runs.set(run.run_id, run);
		row.lastRun = run;
		return run;
	}

	private takePlan(filename: string | undefined): RunPlan {
		const next = this.plans.find(
			({ plan, left }) => left > 0 && (plan.filename ?? filename) === filename,
		);
		if (next) next.left--;
		return next?.plan ?? {};
	}

	private async work(project: Project, table: Table, row: Row): Promise<Extraction> {
		if (row.document) return await extract(row.document);
		const { data, files = [] } = row.input ?? {};
		const fromFiles = files.map(({ id }) => ({
			source: `files.${id}`,
			fields: this.getDocumentRow(project, id).lastRun?.getState().data ?? {},
		}));
		return reconcile([...(data ? listCandidates(data) : []), ...fromFiles], table.reference);
	}
}

function found<T>(value: T | undefined, name: string): T {
	if (value === undefined) throw new HttpError(404, `There is no ${name}.`);
	return value;
}
