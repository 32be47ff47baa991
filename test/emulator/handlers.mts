import type { CapturedFile } from './body.mts';
import type { StoredDocument } from './documents.mts';
import { describeFile, nameOf } from './project-files.mts';
import type { Run, RunState } from './runs.mts';
import { fillData } from './runs.mts';
import type { Answer, BodyOf, OperationId, PathOf, QueryOf, schemas } from './types.mts';
import { Problem, messageOf } from './types.mts';
import type { Row, World } from './world.mts';

/** A request that fits the contract. */
export interface Call<K extends OperationId> {
	operationId: K;
	path: PathOf<K>;
	query: QueryOf<K>;
	body: BodyOf<K>;
	/** The content of the document in the body. */
	file: CapturedFile | undefined;
	/** Where downloads are served. */
	storageOrigin: string;
	/** Ends when nobody waits for the answer any more. */
	signal: AbortSignal;
}

type Handler<K extends OperationId> = (world: World, call: Call<K>) => Answer | Promise<Answer>;

/** What each operation does. */
export const handlers: { [K in OperationId]: Handler<K> } = {
	listProjects: (world) => ({
		status: 200,
		body: [...world.projects.values()].map(({ project }) => project),
	}),

	uploadFile(world, call) {
		const { row_id } = addDocument(world, call);
		return { status: 200, body: { row_id } satisfies schemas['UploadedRow'] };
	},

	startRun(world, { path, body }) {
		const table = world.findTable(path.project_name, path.table_id);
		const row = world.findRow(table, body.row_id);
		const { run_id } = world.startRun(path.project_name, table, row, body.zero_retention ?? false);
		return { status: 202, body: { run_id } satisfies schemas['StartedRun'] };
	},

	getRun(world, { path }) {
		const table = world.findTable(path.project_name, path.table_id);
		const run = world.findRun(table, path.run_id);
		run.polls.push(Date.now());
		const older = world.behaviour.runAnswer === 'result';
		const body = older ? describeAsOlder(run) : describeRow(world, run, run.getState());
		return { status: 200, body };
	},

	async extractFile(world, call) {
		const row = addDocument(world, call);
		return await runToEnd(world, call, row);
	},

	async reconcile(world, call) {
		return await runToEnd(world, call, addTask(world, call));
	},

	createTask(world, call) {
		const { row_id } = addTask(world, call);
		// That a task can be run under its own ID is not documented, but something has to be.
		return { status: 200, body: { task_id: row_id } satisfies schemas['CreatedTask'] };
	},

	updateExtractionSettings(world, { path, body }) {
		const table = world.findTable(path.project_name, path.table_id, 'extraction');
		Object.assign(table.settings, body);
		const empty = world.behaviour.settingsAnswer === 'empty';
		return empty ? { status: 204 } : { status: 200, body: { ...table.settings } };
	},

	readPath(world, { path, query, storageOrigin }) {
		const { files } = world.findProject(path.project_name);
		const found = files.get(query.path);
		if (!found) throw new Problem(404, `There is nothing at ${query.path}.`);
		const describe = (file: Exclude<typeof found, 'folder'>) =>
			describeFile(file, world.links.create(storageOrigin, file, world.behaviour.urlTtlMs));
		if (found !== 'folder') return { status: 200, body: describe(found) };
		const entries = files
			.list(query.path)
			.map(({ name, file }) => (file ? describe(file) : { ftype: 'folder' as const, name }));
		const folder: schemas['Folder'] = { ftype: 'folder', name: nameOf(query.path), entries };
		return { status: 200, body: folder };
	},

	async uploadToPath(world, { operationId, path, query, body, file, storageOrigin, signal }) {
		const { files } = world.findProject(path.project_name);
		files.checkFree(query.path);
		const document = receiveDocument(body, file);
		const stored = document.stored ?? (await fetchNow(world, document, signal));
		const added = files.put(query.path, document.mimetype, stored);
		world.books.documents.push({
			operationId,
			project_name: path.project_name,
			path: query.path,
			...describeDocument({ ...document, stored }),
		});
		const url = world.links.create(storageOrigin, added, world.behaviour.urlTtlMs);
		return { status: 201, body: describeFile(added, url) };
	},
};

function addDocument(world: World, call: Call<'uploadFile'> | Call<'extractFile'>): Row {
	const { operationId, path, body, file } = call;
	const table = world.findTable(path.project_name, path.table_id, 'extraction');
	const document = receiveDocument(body, file);
	const row = world.addRow(table, { document });
	world.books.documents.push({
		operationId,
		project_name: path.project_name,
		table_id: table.table_id,
		row_id: row.row_id,
		...describeDocument(document),
	});
	return row;
}

function addTask(world: World, { path, body }: Call<'reconcile'> | Call<'createTask'>): Row {
	const table = world.findTable(path.project_name, path.table_id, 'reconcile');
	if (!body.data && !body.files) throw new Problem(400, 'body must have data, files, or both');
	for (const { id } of body.files ?? []) world.findDocumentRow(path.project_name, id);
	return world.addRow(table, { input: body });
}

async function runToEnd(
	world: World,
	{ path, signal }: Call<'extractFile'> | Call<'reconcile'>,
	row: Row,
): Promise<Answer> {
	const table = world.findTable(path.project_name, path.table_id);
	const run = world.startRun(path.project_name, table, row, false);
	const { status, ...result } = await run.waitForEnd(signal);
	const { syncStatus } = world.behaviour;
	const shown = status === 'done' && syncStatus === 'running' ? 'running' : status;
	const { status: _status, ...body } = describeRow(world, run, { status, ...result });
	return { status: 200, body: syncStatus === 'absent' ? body : { ...body, status: shown } };
}

/** Checks what the contract cannot: that `file` holds what `file_type` says. */
function receiveDocument(
	body: schemas['Document'],
	file: CapturedFile | undefined,
): StoredDocument {
	const { filename, mimetype, file_type } = body;
	const document = { filename, mimetype, file_type };
	if (file_type === 'multipart') {
		if (!Array.isArray(body.file)) throw new Problem(400, 'body/file must be an array of parts');
		return { ...document, parts: body.file.length };
	}
	if (!file) throw new Problem(400, `body/file must be a string when file_type is ${file_type}`);
	if (file_type === 'binary') {
		if (!file.stored) throw new Problem(400, 'body/file is not valid base64');
		return { ...document, stored: file.stored };
	}
	if (file.text === undefined || !URL.canParse(file.text)) {
		throw new Problem(400, 'body/file is not a URL');
	}
	return { ...document, uri: file.text };
}

async function fetchNow(world: World, document: StoredDocument, signal: AbortSignal) {
	if (document.uri === undefined) throw new Problem(400, 'Parts cannot be stored as a file.');
	try {
		return await world.store.fetch(document.uri, signal);
	} catch (error) {
		throw new Problem(400, messageOf(error));
	}
}

function describeDocument({ stored, ...document }: StoredDocument) {
	return { ...document, ...(stored && { bytes: stored.bytes, sha256: stored.sha256 }) };
}

function describeRow(world: World, run: Run, state: RunState): schemas['DataRow'] {
	const row = world.rows.get(run.row.row_id);
	return {
		...world.behaviour.rowExtras,
		...fillData(state.data, world.behaviour.dataUntilDone),
		row_id: run.row.row_id,
		created_at: row?.created_at ?? new Date(run.startedAt).toISOString(),
		status: state.status,
		...(state.reasoning !== undefined && { reasoning: state.reasoning }),
		...(row?.input && { input: row.input }),
	};
}

function describeAsOlder(run: Run): schemas['OlderRunAnswer'] {
	const { status, data } = run.getState();
	return { status: status === 'pending' ? 'running' : status, ...(data && { result: data }) };
}
