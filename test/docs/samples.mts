import { readFileSync } from 'node:fs';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { parse } from 'yaml';
import type { Emulator } from '../emulator/emulator.mts';
import type { Execution } from '../engine/engine.mts';
import type { TestEnvironment } from '../engine/testEnvironment.mts';

/** What an operation returned on n8n's engine, and which endpoints it called. */
export interface Sample {
	/** The JSON of the items, with fixed IDs, times and URLs. */
	json: string;
	/** The file of the first item, if it has one. */
	file?: { field: string; fileName: string; mimeType: string };
	/** The endpoints in the order of the calls, written as in the contract. */
	endpoints: string[];
	/** Endpoints that are called only with other parameters. */
	variantEndpoints: string[];
}

export function allEndpoints({ endpoints, variantEndpoints }: Sample): string[] {
	return [...endpoints, ...variantEndpoints];
}

interface SampleRun {
	parameters: INodeParameters;
	/** Creates what the operation needs in the emulator. May return further parameters. */
	prepare?: (environment: TestEnvironment) => Promise<INodeParameters> | void;
	/** Other parameters, for the endpoints that are called only with them. */
	variants?: INodeParameters[];
}

const invoice = readFileSync('examples/sample-invoice.pdf');
const candidate = { vendor: 'Example Paper Supplies', total: '602.38' };

const path = '/invoices/2026/invoice-42.pdf';
const projectFile = { inputSource: 'projectFile', projectFilePath: path };

/** By the names of resource and operation in JSON. A test fails if one is missing. */
const sampleRuns: Record<string, SampleRun> = {
	'document.extract': {
		parameters: {},
		prepare: addProjectFiles,
		variants: [{ extractMode: 'sync' }, projectFile],
	},
	'document.upload': { parameters: {}, prepare: addProjectFiles, variants: [projectFile] },
	'run.start': {
		parameters: {},
		prepare: async (environment) => ({ rowId: await addRow(environment) }),
		variants: [{ waitForCompletion: true }],
	},
	'run.get': {
		parameters: { waitForCompletion: true },
		prepare: async (environment) => {
			const rowId = await addRow(environment);
			await run(environment, { parameters: { resource: 'run', operation: 'start', rowId } });
			return { runId: environment.emulator.runs[0]!.run_id };
		},
	},
	'reconciliation.reconcile': {
		parameters: { data: candidate },
		prepare: ({ emulator }) => emulator.setReference([{ ...candidate, purchase_order: 'PO-0815' }]),
	},
	'reconciliation.createTask': { parameters: { data: candidate } },
	'table.updateSettings': {
		parameters: { settings: { active_pipeline: 'cloudsquid-pro-v3', bounding_boxes: true } },
	},
	'project.getAll': { parameters: { limit: 2 } },
	'projectFile.get': { parameters: { path }, prepare: addProjectFiles },
	'projectFile.getAll': { parameters: { path: '/invoices/2026' }, prepare: addProjectFiles },
	'projectFile.download': { parameters: { path }, prepare: addProjectFiles },
	'projectFile.upload': { parameters: { path: '/invoices/2026/' } },
};

/** Runs an operation with the sample invoice, once with each set of parameters. */
export async function takeSample(environment: TestEnvironment, key: string): Promise<Sample> {
	const sampleRun = sampleRuns[key];
	if (!sampleRun) throw new Error(`test/docs/samples.mts does not say how to run ${key}.`);
	const { items, called } = await runOnce(environment, key, sampleRun);
	const [field, file] = Object.entries(items[0]?.binary ?? {})[0] ?? [];
	const json = toStableJson(environment.emulator, items);
	const inVariants: string[] = [];
	for (const variant of sampleRun.variants ?? []) {
		inVariants.push(...(await runOnce(environment, key, sampleRun, variant)).called);
	}
	return {
		json,
		...(field && file && { file: { field, fileName: file.fileName!, mimeType: file.mimeType } }),
		endpoints: called,
		variantEndpoints: [...new Set(inVariants)].filter((each) => !called.includes(each)),
	};
}

/** What the trigger returns for a file that was put into its folder. */
export async function takeTriggerSample(environment: TestEnvironment): Promise<Sample> {
	const { emulator } = environment;
	emulator.reset();
	const trigger = environment.activate({ path: '/invoices/2026' });
	await trigger.poll();
	addProjectFiles(environment);
	const items = (await trigger.poll()) ?? [];
	const json = toStableJson(emulator, items);
	return { json, endpoints: endpointsCalled(emulator), variantEndpoints: [] };
}

/** The error item after a run did not finish in time, with fixed IDs. */
export async function takeErrorSample(environment: TestEnvironment): Promise<string> {
	const { emulator } = environment;
	emulator.reset();
	emulator.planRun({ pendingMs: 0, runningMs: 'always' });
	const parameters = { resource: 'document', operation: 'extract', options: { maxWait: 2 } };
	const { errorItems } = await run(environment, { parameters, onError: 'continueErrorOutput' });
	return toStableJson(emulator, errorItems);
}

async function runOnce(
	environment: TestEnvironment,
	key: string,
	sampleRun: SampleRun,
	variant: INodeParameters = {},
) {
	const [resource, operation] = key.split('.');
	const { emulator } = environment;
	emulator.reset();
	const prepared = await sampleRun.prepare?.(environment);
	const before = emulator.requests.length;
	const parameters = { resource, operation, ...sampleRun.parameters, ...prepared, ...variant };
	const { items, error } = await run(environment, { parameters });
	if (error) throw new Error(`${key}: ${error.message}`);
	return { items, called: endpointsCalled(emulator, before) };
}

function endpointsCalled({ requests }: Emulator, since = 0): string[] {
	const called = requests.slice(since).map(({ operationId }) => endpoints.get(operationId!)!);
	return [...new Set(called)];
}

async function run(
	environment: TestEnvironment,
	{ parameters, onError }: Pick<Execution, 'parameters' | 'onError'>,
) {
	const item = await environment.fileItem({
		data: { bytes: invoice, fileName: 'sample-invoice.pdf', mimeType: 'application/pdf' },
	});
	return await environment.run({ parameters, items: [item], onError });
}

async function addRow(environment: TestEnvironment): Promise<string> {
	await run(environment, { parameters: { resource: 'document', operation: 'upload' } });
	return environment.emulator.rows[0]!.row_id;
}

function addProjectFiles({ emulator }: TestEnvironment): void {
	for (const name of ['paid/invoice-41.pdf', 'invoice-42.pdf']) {
		const path = `/invoices/2026/${name}`;
		emulator.addProjectFile(emulator.project, path, invoice, 'application/pdf');
	}
}

const contract = parse(readFileSync('contract/openapi.yaml', 'utf8')) as {
	paths: Record<string, Record<string, { operationId?: string }>>;
};

/** All endpoints, such as `GET /projects`, by the ID of their operation in the contract. */
export const endpoints = new Map(
	Object.entries(contract.paths).flatMap(([path, item]) =>
		Object.entries(item).flatMap(([method, { operationId }]) =>
			operationId ? [[operationId, `${method.toUpperCase()} ${path}`] as const] : [],
		),
	),
);

const SAMPLE_ROW = '7b1e6f0a-2c3d-4e5f-8a9b-0c1d2e3f4a5b';
const SAMPLE_RUN = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/** The items as JSON. IDs, times and URLs, which differ between runs, are replaced by fixed ones. */
function toStableJson(emulator: Emulator, items: INodeExecutionData[]): string {
	const ids = new Map([
		[emulator.tableId, emulator.tableId],
		[emulator.reconcileTableId, emulator.reconcileTableId],
		...emulator.rows.map(({ row_id }) => [row_id, SAMPLE_ROW] as const),
		...emulator.runs.map(({ run_id }) => [run_id, SAMPLE_RUN] as const),
	]);
	const fixId = (id: string) => {
		const number = String(ids.size).padStart(2, '0');
		if (!ids.has(id)) ids.set(id, `c0ffee${number}-1d2e-4f3a-8b4c-5d6e7f809${number}a`);
		return ids.get(id)!;
	};
	const objects = items.map(({ json }) => json);
	return JSON.stringify(objects.length === 1 ? objects[0] : objects, null, 2)
		.replace(UUID, fixId)
		.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-03-14T09:26:53.000Z')
		.replace(/http:\/\/127\.0\.0\.1:\d+\//g, 'https://storage.example.com/')
		.replace(/expires=\d+/g, 'expires=1773480413000');
}
