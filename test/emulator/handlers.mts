import { randomUUID } from 'node:crypto';
import type { StoredFile } from './body.mts';
import type { ApiResponse, ContextOf, OperationId, ResponseOf, Schemas } from './contract.mts';
import { HttpError, messageOf } from './contract.mts';
import { fetchFile, type StoredDocument } from './extraction.mts';
import type { ProjectFile } from './projectFiles.mts';
import type { Run, RunState } from './runs.mts';
import type { EmulatorState, Row } from './state.mts';

/** What a handler needs besides the request. */
export interface Exchange {
	state: EmulatorState;
	apiKey: string;
	storageOrigin: string;
	/** The decoded `file` of the body. */
	file: StoredFile | undefined;
}

type Handler<K extends OperationId> = (
	context: ContextOf<K>,
	exchange: Exchange,
) => ApiResponse<ResponseOf<K>> | Promise<ApiResponse<ResponseOf<K>>>;

export const handlers: { [K in OperationId]: Handler<K> } = {
	listProjects(_, { state }) {
		const projects = [...state.projects.values()];
		const body = projects.map(({ id, name, created_at }) => ({ id, name, created_at }));
		return { status: 200, body };
	},

	uploadFile(context, exchange) {
		const { row_id } = addDocument(context, exchange);
		return { status: 200, body: { row_id } };
	},

	startRun({ request: { params, requestBody } }, { state }) {
		const table = state.getTable(params);
		const row = state.getRow(table, requestBody.row_id);
		const project = state.getProject(params.project_name);
		const { run_id } = state.startRun(project, table, row, requestBody.zero_retention);
		return { status: 202, body: { run_id } };
	},

	getRun({ request: { params } }, { state }) {
		const run = state.getRun(state.getTable(params), params.run_id);
		run.polls.push(Date.now());
		const runState = run.getState();
		if (state.config.runAnswer === 'row') return { status: 200, body: toRow(run, runState) };
		const { status, data } = runState;
		const older = { status: status === 'pending' ? 'running' : status };
		return { status: 200, body: { ...older, ...(data && { result: data }) } };
	},

	extractFile: async (context, exchange) =>
		await runToEnd(context, exchange, addDocument(context, exchange)),

	reconcile: async (context, exchange) =>
		await runToEnd(context, exchange, addTask(context, exchange)),

	createTask(context, exchange) {
		// It is not documented that a task is run by its ID, but it has to be run somehow.
		return { status: 200, body: { task_id: addTask(context, exchange).row_id } };
	},

	updateExtractionSettings({ request: { params, requestBody } }, { state }) {
		const { settings } = state.getTable(params, 'extraction');
		Object.assign(settings, requestBody);
		const isEmpty = state.config.settingsAnswer === 'empty';
		return isEmpty ? { status: 204 } : { status: 200, body: settings };
	},

	readPath({ request: { params, query } }, exchange) {
		const { files } = exchange.state.getProject(params.project_name);
		const file = files.get(query.path);
		if (file) return { status: 200, body: toFile(file, exchange) };
		const entries = files.list(query.path);
		if (!entries) throw new HttpError(404, `There is nothing at ${query.path}.`);
		return {
			status: 200,
			body: {
				ftype: 'folder',
				name: query.path.split('/').findLast(Boolean) ?? '/',
				entries: entries.map((entry) =>
					typeof entry === 'string' ? { ftype: 'folder', name: entry } : toFile(entry, exchange),
				),
			},
		};
	},

	async uploadToPath({ request: { params, query, requestBody } }, exchange) {
		const { path } = query;
		const { files } = exchange.state.getProject(params.project_name);
		files.checkFree(path);
		const document = receiveDocument(requestBody, exchange);
		const { uri } = document;
		if (uri !== undefined) {
			document.stored = await fetchFile(uri).catch((error: unknown) => {
				throw new HttpError(400, messageOf(error));
			});
		}
		if (!document.stored) throw new HttpError(400, 'Parts cannot be stored as a file.');
		const file = files.add(path, document.mimetype, document.stored);
		logDocument(exchange, document);
		return { status: 201, body: toFile(file, exchange) };
	},
};

function addDocument(
	{ request }: ContextOf<'uploadFile'> | ContextOf<'extractFile'>,
	exchange: Exchange,
): Row {
	const table = exchange.state.getTable(request.params, 'extraction');
	const document = receiveDocument(request.requestBody, exchange);
	const row = exchange.state.addRow(table, { document });
	logDocument(exchange, document, row.row_id);
	return row;
}

function addTask(
	{ request: { params, requestBody } }: ContextOf<'reconcile'> | ContextOf<'createTask'>,
	{ state }: Exchange,
): Row {
	const table = state.getTable(params, 'reconcile');
	const { data, files = [] } = requestBody;
	if (!data && !requestBody.files) throw new HttpError(400, 'body must have data, files, or both');
	const project = state.getProject(params.project_name);
	for (const { id } of files) state.getDocumentRow(project, id);
	return state.addRow(table, { input: requestBody });
}

async function runToEnd(
	{ request: { params } }: ContextOf<'extractFile'> | ContextOf<'reconcile'>,
	{ state }: Exchange,
	row: Row,
): Promise<ApiResponse<Schemas['DataRow']>> {
	const run = state.startRun(state.getProject(params.project_name), state.getTable(params), row);
	const { status, ...body } = toRow(run, await run.waitForEnd());
	const { syncStatus } = state.config;
	if (syncStatus === 'absent') return { status: 200, body };
	return { status: 200, body: { ...body, status: status === 'done' ? syncStatus : status } };
}

/** Checks what the contract cannot: that `file` is what `file_type` says. */
function receiveDocument(
	{ filename, mimetype, file_type, file }: Schemas['Document'],
	{ file: stored }: Exchange,
): StoredDocument {
	const document = { filename, mimetype, file_type };
	if (Array.isArray(file) !== (file_type === 'multipart')) {
		throw new HttpError(400, `body/file does not fit the file_type ${file_type}`);
	}
	if (file_type === 'binary') {
		if (!stored) throw new HttpError(400, 'body/file is not valid base64');
		return { ...document, stored };
	}
	if (typeof file !== 'string') return document;
	if (!URL.canParse(file)) throw new HttpError(400, 'body/file is not a URL');
	return { ...document, uri: file };
}

function logDocument(
	{ state }: Exchange,
	{ stored, ...document }: StoredDocument,
	row_id?: string,
): void {
	const content = stored && { bytes: stored.bytes, sha256: stored.sha256 };
	state.log.documents.push({ row_id, ...document, ...content });
}

function toRow(run: Run, runState: RunState): Schemas['DataRow'] {
	const { row_id, created_at, input } = run.row;
	return { ...runState, row_id, created_at, ...(input && { input }) };
}

function toFile(file: ProjectFile, { state, storageOrigin }: Exchange): Schemas['File'] {
	const { name, mimetype, modified_at, stored } = file;
	const expires = Date.now() + 15 * 60_000;
	const link = `/storage/${randomUUID()}/${encodeURIComponent(name)}?expires=${expires}`;
	state.links.set(link, file);
	const size = stored.bytes;
	return { ftype: 'file', name, size, mimetype, modified_at, url: `${storageOrigin}${link}` };
}
