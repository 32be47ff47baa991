import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NodeHelpers } from 'n8n-workflow';
import { startEmulator, type Emulator } from '../emulator/emulator.mts';
import { Engine, type Outcome } from './engine.mts';
import {
	elsewhere,
	expectationOf,
	failings,
	targets,
	type Failing,
	type Target,
} from './faultMatrix.mts';
import { faultMatrixPage } from './faultMatrixPage.mts';
import { Door, startStranger, type Stranger } from './network.mts';
import { expectNoKey, locator, until } from './setting.mts';

/** How long the fault goes on: it is over after one request, or it never is. */
type Course = 'passing' | 'lasting';

/** One execution against one fault, and what came of it. */
interface Trial {
	target: Target;
	failing: Failing;
	course: Course;
	outcome?: Outcome;
	/** Why there is none. */
	problem?: unknown;
	/** How many requests of the sort that fails were made, refused ones among them. */
	sent?: number;
	/** The IDs that there are in the end. */
	there?: Record<'row_id' | 'run_id' | 'path', string | undefined>;
	documents?: number;
	runs?: number;
}

const trials: Trial[] = targets.flatMap((target) =>
	failings.flatMap((failing) => {
		const { reaction } = expectationOf(target, failing);
		const repeated = reaction === 'again' || reaction === 'waits';
		const courses: Course[] = repeated ? ['passing', 'lasting'] : ['passing'];
		return courses.map((course) => ({ target, failing, course }));
	}),
);

let stranger: Stranger;
let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
	stranger = await startStranger();
	const waits = trials.filter(({ target }) => target.sort === 'look');
	const others = trials.filter(({ target }) => target.sort !== 'look');
	// Waits do little but wait, so that many of them run side by side.
	await Promise.all([workAll(waits, 32), workAll(others, 8)]);
}, 300_000);
afterAll(async () => {
	await stranger.close();
	await engine.stop();
});

/** Runs trials in so many lanes, each with a service of its own. */
async function workAll(queue: Trial[], lanes: number): Promise<void> {
	await Promise.all(Array.from({ length: lanes }, async () => await work(queue)));
}

/** Takes trials off the queue until there are none. */
async function work(queue: Trial[]): Promise<void> {
	const emulator = await startEmulator({ pendingMs: 5, runningMs: 5, separateStorage: true });
	for (let trial = queue.shift(); trial; trial = queue.shift()) {
		// n8n gives some of its own checks a quarter of a second, which a busy machine may exceed.
		for (let tries = 0; tries < 2 && !trial.outcome; tries++) {
			// What the last one left behind must not get into the books of this one.
			await until(() => emulator.inFlight === 0);
			emulator.reset();
			await attempt(trial, emulator).catch((problem: unknown) => (trial.problem = problem));
		}
	}
	await emulator.close();
}

/** Runs one operation with one fault in its way. */
async function attempt(trial: Trial, emulator: Emulator): Promise<void> {
	const { target, failing } = trial;
	const item = await engine.fileItem({
		data: { bytes: 'Total: 12', fileName: 'note.txt', mimeType: 'text/plain' },
	});
	const there = await prepare(target, emulator);
	const earlier = emulator.requests.length;
	const door = await setTrap(trial, emulator);
	const reconciles = target.parameters.resource === 'reconciliation';
	const outcome = await engine.run({
		parameters: {
			project: locator('name', emulator.project),
			table: locator('id', reconciles ? emulator.reconcileTableId : emulator.tableId),
			...target.parameters,
			...(there.row_id && { rowId: there.row_id }),
			...(there.run_id && { runId: there.run_id }),
			options: { maxRetries: failing.maxRetries ?? 1, maxWait: waitOf(trial) },
			...(failing.slow && { requestOptions: { timeout: 2000 } }),
		},
		items: [item],
		credential: {
			apiKey: emulator.apiKey,
			baseUrl: door && target.request !== 'download' ? `${door.origin}/api` : emulator.baseUrl,
		},
	});
	await door?.close();
	const { path } = target.parameters;
	Object.assign(trial, {
		outcome,
		sent:
			(door?.refusals ?? 0) +
			(target.request === 'download'
				? emulator.downloads.length
				: emulator.requests
						.slice(earlier)
						.filter(({ operationId }) => operationId === target.request).length),
		there: {
			row_id: emulator.rows[0]?.row_id,
			run_id: emulator.runs[0]?.run_id,
			path: path as string | undefined,
		},
		documents: emulator.documents.length,
		runs: emulator.runs.length,
	} satisfies Partial<Trial>);
}

/** As long as it takes, unless it is to be seen what comes when the wait is over. */
function waitOf({ target, failing, course }: Trial): number {
	if (target.blocking && failing.slow) return 1;
	if (target.sort !== 'look') return 20;
	// The next look after an hour's pause is the one at the end.
	if (course === 'passing') return failing.maxRetries === 0 ? 3 : 20;
	// Long enough for two looks.
	return failing.slow ? 6 : 3;
}

/** Puts into the service what the operation needs. */
async function prepare(
	{ needs }: Target,
	emulator: Emulator,
): Promise<{ row_id?: string; run_id?: string }> {
	await emulator.addProjectFile(emulator.project, '/in/note.txt', 'Hello');
	if (!needs) return {};
	const document = { filename: 'note.txt', mimetype: 'text/plain', file_type: 'binary' };
	const { row_id } = await post(emulator, '/files', { ...document, file: 'VG90YWw6IDEy' });
	if (needs === 'row') return { row_id };
	const { run_id } = await post(emulator, '/run', { row_id });
	// A run that is still under way would be looked at once more than the cell says.
	await until(() => emulator.runs[0]?.status === 'done');
	return { run_id };
}

async function post({ baseUrl, apiKey, project, tableId }: Emulator, path: string, body: object) {
	const url = `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}${path}`;
	const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
	const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
	return (await response.json()) as { row_id: string; run_id: string };
}

/** Lets the fault wait for its request; a door is there where connections are to be refused. */
async function setTrap(
	{ target, failing, course }: Trial,
	emulator: Emulator,
): Promise<Door | undefined> {
	const { request, before } = target;
	const trouble = failing.trouble();
	const lasting = course === 'lasting';
	if (trouble.kind !== 'refuse') {
		const location = { location: `${stranger.origin}/` };
		emulator.inject({
			...trouble,
			...('location' in trouble && trouble.location === elsewhere && location),
			operation: request,
			times: lasting ? 'always' : 1,
		});
		return undefined;
	}
	const refuse = lasting ? Number.POSITIVE_INFINITY : 1;
	if (request !== 'download') return await Door.open(emulator.origin, before, refuse);
	const door = await Door.open(emulator.storageOrigin, 0, Number.POSITIVE_INFINITY);
	const file = { ftype: 'file', name: 'note.txt', url: `${door.origin}/note.txt` };
	emulator.inject({
		operation: 'readPath',
		kind: 'answer',
		status: 200,
		body: file,
		times: lasting ? 'always' : 1,
	});
	return door;
}

const rows = targets.map((target) => ({
	...target,
	title: target.step ? `${target.operation} (${target.step})` : target.operation,
	trials: trials.filter((trial) => trial.target === target),
}));

describe.each(rows)('$title', (row) => {
	test.each(row.trials)('$failing.name, $course', ({ target, failing, course, ...trial }) => {
		const { reaction, message } = expectationOf(target, failing);
		if (!trial.outcome) throw trial.problem;
		const { error, items, run } = trial.outcome;
		expectNoKey(run, 'demo-key-0000');
		const passes = course === 'passing' && reaction !== 'once' && reaction !== 'maybe';
		expect([error?.message, items.length > 0]).toEqual(
			passes ? [undefined, true] : [expect.any(String), false],
		);
		expectSent(trial.sent!, target, reaction, course);
		expect(stranger.visits.every(({ headers }) => !('x-api-key' in headers))).toBe(true);
		// Whatever happens, nothing is done twice.
		expect(trial.documents).toBeLessThanOrEqual(1);
		expect(trial.runs).toBeLessThanOrEqual(1);
		if (passes) return;

		const path = trial.there!.path ?? '';
		const sentence = message.replace('{path}', path).split('…').map(escapePattern).join('.+');
		const text = `${error!.message} ${error!.description ?? ''}`;
		if (reaction === 'waits') {
			expect(error!.message).toMatch(/^The run did not finish within \d seconds$/);
			expect(text).toMatch(new RegExp(`The last status check failed: ${sentence}`));
		} else {
			expect(error!.message).toMatch(new RegExp(`^${sentence}`));
		}
		const named = [...error!.message.matchAll(/'([A-Z][^/']*)'/g)].map(([, name]) => name!);
		expect(named.filter((name) => !labelsOf(target).includes(name))).toEqual([]);
		expect(text.includes('may have succeeded')).toBe(reaction === 'maybe');
		expect(error!.context.ids).toMatchObject(
			Object.fromEntries(target.tells.map((id) => [id, trial.there![id]])),
		);
		for (const id of target.tells) if (id !== 'path') expect(text).toContain(trial.there![id]);
	});
});

function escapePattern(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What the editor calls the fields that it shows for an operation, and the one in the credential. */
function labelsOf({ parameters }: Target): string[] {
	const { description } = engine;
	const shown = description.properties.filter((property) =>
		NodeHelpers.displayParameter(parameters, property, null, description),
	);
	return ['Base URL', ...shown.map(({ displayName }) => displayName)];
}

/** How often the request went out. */
function expectSent(sent: number, { sort }: Target, reaction: string, course: Course): void {
	if (reaction === 'again') expect(sent).toBe(2);
	else if (reaction !== 'waits') expect(sent).toBe(1);
	else if (course === 'passing') expect(sent).toBe(2);
	else expect([sort, sent > 1]).toEqual(['look', true]);
}

test('the page that shows the matrix is up to date', () => {
	const file = join(resolve('.'), 'docs', 'fault-matrix.md');
	const page = faultMatrixPage();
	if (process.env.UPDATE_DOCS) writeFileSync(file, page);
	expect(readFileSync(file, 'utf8')).toBe(page);
});
