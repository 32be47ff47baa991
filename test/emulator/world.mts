import { randomUUID } from 'node:crypto';
import type { Behaviour } from './behaviour.mts';
import { Books } from './books.mts';
import type { StoredDocument } from './documents.mts';
import { DocumentStore } from './documents.mts';
import type { Extraction } from './extraction.mts';
import { extract } from './extraction.mts';
import { DownloadLinks, FileTree } from './project-files.mts';
import type { Candidate } from './reconciliation.mts';
import { listCandidates, reconcile } from './reconciliation.mts';
import type { Phase, RunPlan } from './runs.mts';
import { Run } from './runs.mts';
import type { JsonObject, schemas } from './types.mts';
import { Problem } from './types.mts';

/** What a table is for; the wire value of this is not documented and never sent. */
export type TableType = 'extraction' | 'reconcile' | 'storage';

export interface Table {
	table_id: string;
	type: TableType;
	settings: schemas['ExtractionSettings'];
	/** The reference data that a reconcile table compares with. */
	reference: JsonObject[];
}

export interface Project {
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

/** All that Cloudsquid would know: projects, tables, rows, runs and files. */
export class World {
	readonly books = new Books();
	readonly store: DocumentStore;
	readonly links = new DownloadLinks();
	readonly projects = new Map<string, Project>();
	readonly rows = new Map<string, Row>();
	readonly runs = new Map<string, Run>();
	private plans: Array<{ plan: RunPlan; left: number }> = [];

	/** `signal` ends whatever is still being fetched when the emulator closes. */
	constructor(
		readonly behaviour: Behaviour,
		private readonly signal: AbortSignal,
		temporaryFolder?: string,
	) {
		this.store = new DocumentStore(temporaryFolder);
	}

	addProject(name: string): Project {
		if (this.projects.has(name)) throw new Error(`There is a project "${name}" already.`);
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
		if (!project) throw new Problem(404, `There is no project "${name}".`);
		return project;
	}

	/** Finds a table of a project, of the type that the operation works on. */
	findTable(projectName: string, tableId: string, type?: TableType): Table {
		// UUIDs are the same in either case.
		const table = this.findProject(projectName).tables.get(tableId.toLowerCase());
		if (!table) throw new Problem(404, `There is no table ${tableId} in this project.`);
		if (type && table.type !== type) {
			throw new Problem(400, `This is a table of type ${table.type}; ${type} is needed.`);
		}
		return table;
	}

	findRow(table: Table, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		if (row?.table_id !== table.table_id) {
			throw new Problem(404, `There is no row ${rowId} in this table.`);
		}
		return row;
	}

	findRun(table: Table, runId: string): Run {
		const run = this.runs.get(runId.toLowerCase());
		if (run?.row.table_id !== table.table_id) {
			throw new Problem(404, `There is no run ${runId} in this table.`);
		}
		return run;
	}

	addRow(table: Table, content: Pick<Row, 'document' | 'input'>): Row {
		const row: Row = {
			row_id: randomUUID(),
			table_id: table.table_id,
			created_at: new Date().toISOString(),
			...content,
		};
		this.rows.set(row.row_id, row);
		return row;
	}

	/** Lets coming runs go differently. */
	planRun(plan: RunPlan): void {
		const left = plan.times === 'always' ? Number.POSITIVE_INFINITY : (plan.times ?? 1);
		this.plans.push({ plan, left });
	}

	startRun(projectName: string, table: Table, row: Row, zeroRetention: boolean): Run {
		const plan = this.takePlan(row.document?.filename);
		const run = new Run(
			{ row_id: row.row_id, table_id: table.table_id },
			zeroRetention,
			this.getPhases(plan),
			plan,
			() => this.work(projectName, table, row),
		);
		this.runs.set(run.run_id, run);
		row.lastRun = run;
		return run;
	}

	/** Forgets everything but the behaviour. */
	clear(): void {
		this.books.clear();
		this.links.clear();
		this.projects.clear();
		this.rows.clear();
		this.runs.clear();
		this.plans = [];
		this.store.clear();
	}

	private takePlan(filename: string | undefined): RunPlan | undefined {
		const found = this.plans.find(
			({ plan, left }) => left > 0 && (plan.filename ?? filename) === filename,
		);
		if (found) found.left--;
		return found?.plan;
	}

	private getPhases(plan: RunPlan | undefined): Phase[] {
		return (
			plan?.phases ?? [
				{ status: 'pending', ms: plan?.pendingMs ?? this.behaviour.pendingMs },
				{ status: 'running', ms: plan?.runningMs ?? this.behaviour.runningMs },
			]
		);
	}

	private async work(projectName: string, table: Table, row: Row): Promise<Extraction> {
		if (row.input) return this.reconcileRow(projectName, table, row.input);
		const { document } = row;
		if (!document) throw new Error('The row has nothing to read.');
		if (document.uri !== undefined && !document.stored) {
			document.stored = await this.store.fetch(document.uri, this.signal);
		}
		return await extract(document);
	}

	private reconcileRow(
		projectName: string,
		table: Table,
		{ data, files }: schemas['AgentJobInput'],
	): Extraction {
		const candidates: Candidate[] = data ? listCandidates(data) : [];
		for (const { id } of files ?? []) {
			const row = this.findDocumentRow(projectName, id);
			const fields = row.lastRun?.getState().data ?? {};
			candidates.push({ source: `files.${id}`, fields });
		}
		return reconcile(candidates, table.reference);
	}

	/** Finds a row of any extraction table of the project. */
	findDocumentRow(projectName: string, rowId: string): Row {
		const row = this.rows.get(rowId.toLowerCase());
		const table = row && this.findProject(projectName).tables.get(row.table_id);
		if (!row || table?.type !== 'extraction') {
			throw new Problem(404, `There is no document ${rowId} in this project.`);
		}
		return row;
	}
}
