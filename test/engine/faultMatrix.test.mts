import { NodeHelpers } from 'n8n-workflow';
import { startEmulator, type Emulator } from '../emulator/emulator.mts';
import { Engine } from './engine.mts';
import { expectationOf, faultCases, requestCases } from './faultMatrix.mts';
import type { FaultCase, RequestCase } from './faultMatrix.mts';
import { startRecordingServer, startRefusingProxy } from './network.mts';
import { startRun, upload } from './operations.mts';
import { repeat, TestEnvironment, until } from './testEnvironment.mts';

/** One execution with one fault, and its outcome. */
interface Trial {
	requestCase: RequestCase;
	faultCase: FaultCase;
	/** Whether the fault ends after one request, or never. */
	duration: 'temporary' | 'lasting';
	result?: Awaited<ReturnType<typeof attempt>>;
	/** Why there is no result. */
	problem?: unknown;
}

const trials: Trial[] = requestCases.flatMap((requestCase) =>
	faultCases.flatMap((faultCase) => {
		const { reaction } = expectationOf(requestCase, faultCase);
		const temporary = { requestCase, faultCase, duration: 'temporary' } as const;
		const isRepeated = reaction === 'retried' || reaction === 'keepsPolling';
		return isRepeated ? [temporary, { ...temporary, duration: 'lasting' as const }] : [temporary];
	}),
);

/** Most trials do little but wait, so this many run at once, each with an emulator of its own. */
const LANES = 24;

let otherHost: Awaited<ReturnType<typeof startRecordingServer>>;
let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
	otherHost = await startRecordingServer();
	// The longest first, so that no lane works alone at the end.
	const length = ({ requestCase, faultCase, duration }: Trial) =>
		Number(requestCase.kind === 'poll') + Number(faultCase.slow ?? duration === 'lasting');
	const queue = [...trials].sort((a, b) => length(b) - length(a));
	// The first trial loads much, which takes longer than some trials may.
	await work(queue.splice(-1));
	await repeat(LANES, async () => await work(queue));
}, 300_000);
afterAll(async () => {
	await otherHost.close();
	await engine.stop();
});

/** Takes trials off the queue until it is empty. */
async function work(queue: Trial[]): Promise<void> {
	const emulator = await startEmulator({ pendingMs: 5, runningMs: 5, separateStorage: true });
	const own = Object.assign(new TestEnvironment(), { emulator, engine });
	for (let trial = queue.shift(); trial; trial = queue.shift()) {
		await until(() => emulator.inFlight === 0);
		emulator.reset();
		try {
			trial.result = await attempt(trial, own);
		} catch (problem) {
			trial.problem = problem;
		}
	}
	await emulator.close();
}

/** Runs one operation with one fault. */
async function attempt(trial: Trial, own: TestEnvironment) {
	const { requestCase, faultCase } = trial;
	const { request, parameters } = requestCase;
	const { emulator, credential } = own;
	const items = await prepare(requestCase, own);
	const earlier = emulator.requests.length;
	const proxy = await injectFault(trial, emulator);
	const baseUrl = proxy && request !== 'download' ? `${proxy.origin}/api` : emulator.baseUrl;
	const outcome = await own.run({
		parameters: {
			...parameters,
			options: { maxRetries: faultCase.maxRetries ?? 1, maxWait: maxWaitOf(trial) },
			...(faultCase.slow && { requestOptions: { timeout: 2000 } }),
		},
		items,
		credential: { ...credential, baseUrl },
	});
	await proxy?.close();
	const { documents, downloads, requests, rows, runs } = emulator;
	const sent = requests.slice(earlier).filter(({ operationId }) => operationId === request);
	return {
		outcome,
		/** How many requests were sent to the failing endpoint, including refused ones. */
		sent: (proxy?.counts.refused ?? 0) + (request === 'download' ? downloads : sent).length,
		ids: {
			row_id: rows[0]?.row_id,
			run_id: runs[0]?.run_id,
			path: (parameters.projectFilePath ?? parameters.path) as string | undefined,
		},
		documents: documents.length,
		runs: runs.length,
	};
}

/** As long as needed, unless the trial shows what happens when the time is up. */
function maxWaitOf({ requestCase, faultCase, duration }: Trial): number {
	if (requestCase.blocking && faultCase.slow) return 1;
	if (requestCase.kind !== 'poll') return 20;
	// After a Retry-After of an hour, the next poll is the one at the end.
	if (duration === 'temporary') return faultCase.maxRetries === 0 ? 3 : 20;
	// Long enough for two polls.
	return faultCase.slow ? 6 : 3;
}

/** Creates what the operation needs, and returns the item for it: a document, a row, or a run. */
async function prepare({ needs }: RequestCase, own: TestEnvironment) {
	own.addProjectFile('/in/note.txt');
	const document = [await own.textItem('Total: 12')];
	if (!needs) return document;
	const { items: rows } = await own.runOn(document, upload);
	if (needs === 'row') return rows;
	const { items: runs } = await own.runOn(rows, startRun);
	// A run that still continues would be polled once more than expected.
	await until(() => own.emulator.runs[0]?.status === 'done');
	return runs;
}

/** Prepares the fault. To refuse connections takes a proxy. */
async function injectFault({ requestCase, faultCase, duration }: Trial, emulator: Emulator) {
	const { request, before } = requestCase;
	const { fault } = faultCase;
	const times = duration === 'lasting' ? 'always' : 1;
	if (fault.kind !== 'refuse') {
		const elsewhere = fault.kind === 'redirect' && { location: `${otherHost.origin}/${request}` };
		emulator.inject({ ...fault, ...elsewhere, operation: request, times });
		return undefined;
	}
	const refuse = times === 'always' ? Number.POSITIVE_INFINITY : 1;
	if (request !== 'download') return await startRefusingProxy(emulator.origin, before, refuse);
	const proxy = await startRefusingProxy(emulator.storageOrigin, 0, Number.POSITIVE_INFINITY);
	const body = { ftype: 'file', name: 'note.txt', url: `${proxy.origin}/note.txt` };
	emulator.inject({ operation: 'readPath', kind: 'answer', status: 200, body, times });
	return proxy;
}

describe.each(requestCases)('$title', (requestCase) => {
	const own = trials.filter((trial) => trial.requestCase === requestCase);
	test.each(own)('handles: $faultCase.name, $duration', (trial) => {
		const { faultCase, duration, result, problem } = trial;
		const { reaction, message } = expectationOf(requestCase, faultCase);
		if (!result) throw problem;
		const { outcome, sent, ids } = result;
		const { error, items } = outcome;
		const temporary = duration === 'temporary';
		const succeeds = temporary && reaction !== 'failed' && reaction !== 'unknownOutcome';
		expect([error?.message, items.length > 0]).toEqual(
			succeeds ? [undefined, true] : [expect.any(String), false],
		);
		if (reaction === 'keepsPolling' && !temporary) expect(sent).toBeGreaterThan(1);
		else expect(sent).toBe(reaction === 'retried' || reaction === 'keepsPolling' ? 2 : 1);
		// The storage needs no API key, so a redirect from there is followed.
		expect(otherHost.visits.filter(({ url }) => url !== '/download')).toEqual([]);
		expect(otherHost.visits.filter(({ headers }) => 'x-api-key' in headers)).toEqual([]);
		// Whatever happens, nothing is done twice.
		expect(result.documents).toBeLessThanOrEqual(1);
		expect(result.runs).toBeLessThanOrEqual(1);
		if (succeeds) return;

		const sentence = message
			.replace('{path}', ids.path ?? '')
			.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
			.replaceAll('…', '.+');
		const text = `${error!.message} ${error!.description ?? ''}`;
		if (reaction === 'keepsPolling') {
			expect(error!.message).toMatch(/^The run did not finish within \d seconds$/);
			expect(text).toMatch(new RegExp(`The last status check failed: ${sentence}`));
		} else {
			expect(error!.message).toMatch(new RegExp(`^${sentence}`));
		}
		const named = [...error!.message.matchAll(/'([A-Z][^/']*)'/g)].map(([, name]) => name!);
		expect(named.filter((name) => !labelsOf(requestCase).includes(name))).toEqual([]);
		expect(text.includes('may have succeeded')).toBe(reaction === 'unknownOutcome');
		expect(error!.context.ids).toMatchObject(
			Object.fromEntries(requestCase.ids.map((id) => [id, ids[id]])),
		);
		for (const id of requestCase.ids) if (id !== 'path') expect(text).toContain(ids[id]);
	});
});

/** The labels that the editor shows for an operation, and the one of the credential. */
function labelsOf({ parameters }: RequestCase): string[] {
	const { description } = engine;
	const shown = description.properties.filter((property) =>
		NodeHelpers.displayParameter(parameters, property, null, description),
	);
	return ['Base URL', ...shown.map(({ displayName }) => displayName)];
}
