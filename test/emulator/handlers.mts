import type { StoredDocument } from './documents.mts';
import { describeFile, nameOf, type ProjectFile } from './projectFiles.mts';
import type { Run, RunState } from './runs.mts';
import type { EmulatorState, Row } from './state.mts';
import type { ApiResponse, Call, CapturedFile, OperationId, schemas } from './types.mts';
import { HttpError, messageOf } from './types.mts';

type Handler<K extends OperationId> = (
	state: EmulatorState,
	call: Call<K>,
) => ApiResponse | Promise<ApiResponse>;

/** What each operation does. */
export const handlers: { [K in OperationId]: Handler<K> } = {
	listProjects: ({ projects }) => ({
		status: 200,
		body: [...projects.values()].map(({ project }) => project),
	}),

	uploadFile(state, call) {
		const { row_id } = addDocument(state, call);
		return { status: 200, body: { row_id } };
	},

	startRun(state, { path, body }) {
		const table = state.findTable(path.project_name, path.table_id);
		const row = state.findRow(table, body.row_id);
		const { run_id } = state.startRun(path.project_name, table, row, body.zero_retention ?? false);
		return { status: 202, body: { run_id } };
	},

	getRun(state, { path }) {
		const table = state.findTable(path.project_name, path.table_id);
		const run = state.findRun(table, path.run_id);
		run.polls.push(Date.now());
		const { status, data, reasoning } = run.getState();
		if (state.config.runAnswer === 'row') {
			return { status: 200, body: describeRow(state, run, { status, data, reasoning }) };
		}
		const shown = status === 'pending' ? 'running' : status;
		return { status: 200, body: { status: shown, ...(data && { result: data }) } };
	},

	extractFile: async (state, call) => await runToEnd(state, call, addDocument(state, call)),

	reconcile: async (state, call) => await runToEnd(state, call, addTask(state, call)),

	createTask(state, call) {
		// It is not documented that a task can be run with its own ID.
		const { row_id } = addTask(state, call);
		return { status: 200, body: { task_id: row_id } };
	},

	updateExtractionSettings(state, { path, body }) {
		const table = state.findTable(path.project_name, path.table_id, 'extraction');
		Object.assign(table.settings, body);
		const isEmpty = state.config.settingsAnswer === 'empty';
		return isEmpty ? { status: 204 } : { status: 200, body: { ...table.settings } };
	},

	readPath(state, { path, query, storageOrigin }) {
		const { files } = state.findProject(path.project_name);
		const found = files.get(query.path);
		if (!found) throw new HttpError(404, `There is nothing at ${query.path}.`);
		const describe = (file: ProjectFile) =>
			describeFile(file, state.links.create(storageOrigin, file));
		if (found !== 'folder') return { status: 200, body: describe(found) };
		const entries = files
			.list(query.path)
			.map(({ name, file }) => (file ? describe(file) : { ftype: 'folder', name }));
		return { status: 200, body: { ftype: 'folder', name: nameOf(query.path), entries } };
	},

	async uploadToPath(state, { operationId, path, query, body, file, storageOrigin, signal }) {
		const { files } = state.findProject(path.project_name);
		files.assertFree(query.path);
		const document = readDocument(body, file);
		const stored = document.stored ?? (await download(state, document, signal));
		const added = files.add(query.path, document.mimetype, stored);
		const place = { project_name: path.project_name, path: query.path };
		logDocument(state, operationId, place, { ...document, stored });
		const url = state.links.create(storageOrigin, added);
		return { status: 201, body: describeFile(added, url) };
	},
};

function addDocument(state: EmulatorState, call: Call<'uploadFile'> | Call<'extractFile'>): Row {
	const { operationId, path, body, file } = call;
	const { project_name } = path;
	const table = state.findTable(project_name, path.table_id, 'extraction');
	const document = readDocument(body, file);
	const row = state.addRow(table, { document });
	const { table_id, row_id } = row;
	logDocument(state, operationId, { project_name, table_id, row_id }, document);
	return row;
}

function logDocument(
	{ documents }: EmulatorState,
	operationId: OperationId,
	place: { project_name: string; table_id?: string; row_id?: string; path?: string },
	{ stored, ...document }: StoredDocument,
): void {
	const content = stored && { bytes: stored.bytes, sha256: stored.sha256 };
	documents.push({ operationId, ...place, ...document, ...content });
}

function addTask(
	state: EmulatorState,
	{ path, body }: Call<'reconcile'> | Call<'createTask'>,
): Row {
	const table = state.findTable(path.project_name, path.table_id, 'reconcile');
	if (!body.data && !body.files) throw new HttpError(400, 'body must have data, files, or both');
	for (const { id } of body.files ?? []) state.findDocumentRow(path.project_name, id);
	return state.addRow(table, { input: body });
}

async function runToEnd(
	state: EmulatorState,
	{ path, signal }: Call<'extractFile'> | Call<'reconcile'>,
	row: Row,
): Promise<ApiResponse> {
	const table = state.findTable(path.project_name, path.table_id);
	const run = state.startRun(path.project_name, table, row, false);
	const { status, ...body } = describeRow(state, run, await run.waitForEnd(signal));
	const { syncStatus } = state.config;
	if (syncStatus === 'absent') return { status: 200, body };
	const shown = status === 'done' && syncStatus === 'running' ? 'running' : status;
	return { status: 200, body: { ...body, status: shown } };
}

/** Checks what the contract cannot express: that `file` matches `file_type`. */
function readDocument(body: schemas['Document'], file: CapturedFile | undefined): StoredDocument {
	const { filename, mimetype, file_type } = body;
	const document = { filename, mimetype, file_type };
	if (file_type === 'multipart') {
		if (Array.isArray(body.file)) return { ...document, parts: body.file.length };
		throw new HttpError(400, 'body/file must be an array of parts');
	}
	if (!file) throw new HttpError(400, `body/file must be a string when file_type is ${file_type}`);
	if (file_type === 'binary') {
		if (file.stored) return { ...document, stored: file.stored };
		throw new HttpError(400, 'body/file is not valid base64');
	}
	if (file.text !== undefined && URL.canParse(file.text)) return { ...document, uri: file.text };
	throw new HttpError(400, 'body/file is not a URL');
}

async function download(
	{ store }: EmulatorState,
	{ uri = '' }: StoredDocument,
	signal: AbortSignal,
) {
	try {
		return await store.fetch(uri, signal);
	} catch (error) {
		throw new HttpError(400, messageOf(error));
	}
}

function describeRow({ rows }: EmulatorState, run: Run, runState: RunState): schemas['DataRow'] {
	const { row_id } = run.row;
	const { created_at = new Date(run.startedAt).toISOString(), input } = rows.get(row_id) ?? {};
	const { status, data, reasoning } = runState;
	return {
		...(data && { data }),
		row_id,
		created_at,
		status,
		...(reasoning !== undefined && { reasoning }),
		...(input && { input }),
	};
}
