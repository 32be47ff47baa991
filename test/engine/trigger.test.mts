import fc from 'fast-check';
import type { INodeParameters } from 'n8n-workflow';
import type { ActiveTrigger } from './engine.mts';
import { locator, setupEngine, until } from './testEnvironment.mts';

const environment = setupEngine({ separateStorage: true });
const { activate } = environment;

/** Activates a trigger, whose first poll returns nothing. */
async function activateNow(parameters?: INodeParameters, budgetMs?: number) {
	const trigger = activate(parameters, budgetMs);
	expect(await trigger.poll()).toBeUndefined();
	return trigger;
}

/** What a poll returns: events and paths. */
async function pollEvents(trigger: ActiveTrigger): Promise<string[]> {
	const items = (await trigger.poll()) ?? [];
	return items.map(({ json }) => `${String(json.event)} ${String(json.path)}`);
}

const put = (path: string, modifiedAt?: string, content = 'Hello') => {
	const { emulator } = environment;
	emulator.addProjectFile(emulator.project, path, content, 'text/plain', modifiedAt);
};
const remove = (path: string) =>
	environment.emulator.removeProjectFile(environment.emulator.project, path);
const replace = (path: string, modifiedAt: string) => {
	remove(path);
	put(path, modifiedAt);
};

test('returns each new file once, the oldest first, and none that was there before', async () => {
	put('/in/old.txt');
	const trigger = await activateNow();
	put('/in/b & c.txt', '2026-03-02T00:00:00Z');
	put('/in/a.txt', '2026-03-01T00:00:00Z');
	put('/in/deeper/c.txt');
	const items = await trigger.poll();
	expect(items?.map(({ json }) => json)).toMatchObject([
		{
			event: 'fileCreated',
			name: 'a.txt',
			path: '/in/a.txt',
			project_name: environment.emulator.project,
			modified_at: '2026-03-01T00:00:00Z',
			url: expect.stringMatching(/^http/),
		},
		{ path: '/in/b & c.txt' },
	]);
	expect(await trigger.poll()).toBeUndefined();
});

const day = (number: number) => new Date(Date.UTC(2026, 2, number)).toISOString();

const stepBack = () => jest.spyOn(Date, 'now').mockReturnValue(0);
const created = ['fileCreated /in/b.txt'];
const updated = ['fileUpdated /in/a.txt'];

test.each<[string, () => void, string[]]>([
	['with the same time', () => put('/in/b.txt', day(5)), created],
	['with an older time', () => put('/in/b.txt', day(1)), created],
	['with a time in the future', () => put('/in/b.txt', day(9999)), created],
	['after the clock stepped back', () => (stepBack(), put('/in/b.txt')), created],
	['that was moved', () => (remove('/in/a.txt'), put('/in/b.txt', day(5))), created],
	['replaced by a newer one', () => replace('/in/a.txt', day(6)), updated],
	['replaced by an older one', () => replace('/in/a.txt', day(4)), updated],
])('reports a file %s', async (_, change, expected) => {
	put('/in/a.txt', day(5));
	const trigger = await activateNow({ event: 'fileCreatedOrUpdated' });
	change();
	expect(await pollEvents(trigger)).toEqual(expected);
	put('/in/later.txt', day(2));
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/later.txt']);
	jest.restoreAllMocks();
});

test.each([
	['fileCreated', created],
	['fileUpdated', updated],
])('%s returns these events', async (event, expected) => {
	put('/in/a.txt', day(1));
	const trigger = await activateNow({ event });
	replace('/in/a.txt', day(2));
	put('/in/b.txt', day(3));
	expect(await pollEvents(trigger)).toEqual(expected);
});

test('downloads the files, ready for Extract, and retries failed downloads in the next poll', async () => {
	const { emulator, engine } = environment;
	const trigger = await activateNow({ options: { downloadFiles: true } });
	for (let number = 1; number <= 12; number++) put(`/in/${number}.txt`, day(number), `${number}`);
	emulator.inject({ kind: 'answer', status: 500, operation: 'download', times: 3 });
	emulator.inject({ kind: 'answer', status: 403, operation: 'readPath', skip: 4 });
	const items = (await trigger.poll())!;
	expect(items).toHaveLength(11);
	for (const { json, binary } of items) {
		expect(binary!.data).toMatchObject({ fileName: json.name, mimeType: 'text/plain' });
		expect((await engine.readFile(binary!.data!)).toString()).toBe(String(json.name).split('.')[0]);
	}
	expect(emulator.downloads.some(({ apiKeySent }) => apiKeySent)).toBe(false);
	emulator.inject({ kind: 'answer', status: 403, operation: 'readPath', skip: 1 });
	await expect(trigger.poll()).rejects.toThrow('This API key has no access to this project');
	const rest = (await trigger.poll())!;
	expect(rest).toHaveLength(1);
	const paths = [...items, ...rest].map(({ json }) => json.path);
	expect(new Set(paths).size).toBe(12);
});

test('leaves downloads to the next poll when its time is up', async () => {
	const trigger = await activateNow({ options: { downloadFiles: true } }, 0);
	for (let number = 1; number <= 25; number++) put(`/in/${number}.txt`);
	const counts = [];
	for (let poll = 0; poll < 4; poll++) counts.push(((await trigger.poll()) ?? []).length);
	expect(counts).toEqual([10, 10, 5, 0]);
});

test('returns files once if n8n starts a poll while another one takes long', async () => {
	const trigger = await activateNow();
	put('/in/a.txt');
	environment.emulator.inject({ kind: 'delay', delayMs: 300 });
	const slow = pollEvents(trigger);
	await until(() => environment.emulator.inFlight > 0);
	put('/in/b.txt');
	const [first, second] = await Promise.all([slow, pollEvents(trigger)]);
	const third = await pollEvents(trigger);
	expect([...first, ...second, ...third].sort()).toEqual([
		'fileCreated /in/a.txt',
		'fileCreated /in/b.txt',
	]);
});

test('returns a file once, even if it is deleted while another poll downloads it', async () => {
	put('/in/keep.txt');
	const trigger = await activateNow({ options: { downloadFiles: true } });
	put('/in/a.txt');
	environment.emulator.inject({ kind: 'delay', delayMs: 1000, operation: 'download' });
	const slow = pollEvents(trigger);
	await until(() => environment.emulator.downloads.length > 0);
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/a.txt']);
	remove('/in/a.txt');
	expect(await pollEvents(trigger)).toEqual([]);
	expect(await slow).toEqual([]);
});

test('lists again if a subfolder, and finds no file if it, is deleted during the poll', async () => {
	put('/in/sub/a.txt', day(1));
	const options = { includeSubfolders: true, downloadFiles: true };
	const trigger = await activateNow({ path: '/', options });
	put('/in/sub/b.txt', day(2));
	environment.emulator.inject({ kind: 'answer', status: 404, operation: 'readPath', skip: 1 });
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/sub/b.txt']);
	put('/in/sub/c.txt', day(3));
	environment.emulator.inject({ kind: 'answer', status: 404, operation: 'readPath', skip: 3 });
	expect(await pollEvents(trigger)).toEqual([]);
});

test('begins each poll with another download, so that ten that fail do not hold up the others', async () => {
	const trigger = await activateNow({ options: { downloadFiles: true } }, 0);
	for (let number = 1; number <= 11; number++) put(`/in/${number}.txt`, day(number));
	const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
	const events = await pollEvents(trigger);
	random.mockRestore();
	expect(events).toHaveLength(10);
	expect(events).toContain('fileCreated /in/11.txt');
});

test('handles 5,000 files and 200 at once, and remembers little', async () => {
	for (let number = 0; number < 5000; number++) put(`/in/invoices/2026-${number}.pdf`);
	const trigger = await activateNow({ path: '/in/invoices' });
	for (let number = 5000; number < 5200; number++) put(`/in/invoices/2026-${number}.pdf`);
	expect(await pollEvents(trigger)).toHaveLength(200);
	expect(await pollEvents(trigger)).toEqual([]);
	expect(trigger.staticData.length).toBeLessThan(5200 * 12 + 500);
	expect(trigger.staticData).not.toContain('2026-');
});

test('starts over when the folder changes, but not if it is only written differently', async () => {
	const trigger = await activateNow();
	put('/in/a.txt');
	await trigger.poll();
	const same = activate({ path: 'in//' }, undefined, trigger.staticData);
	expect(await pollEvents(same)).toEqual([]);
	put('/other/b.txt');
	const other = activate({ path: '/other' }, undefined, trigger.staticData);
	expect(await pollEvents(other)).toEqual([]);
	put('/other/c.txt');
	expect(await pollEvents(other)).toEqual(['fileCreated /other/c.txt']);
});

test('waits for a folder that does not exist yet', async () => {
	const trigger = activate();
	await expect(trigger.fetchTestEvent()).rejects.toThrow("There are no files at '/in' yet");
	expect(await pollEvents(trigger)).toEqual([]);
	put('/in/a.txt');
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/a.txt']);
});

test.each<[string, object]>([
	['is temporarily missing', { status: 404 }],
	['temporarily has no entries', { status: 200, body: { ftype: 'folder', name: 'in' } }],
	[
		'temporarily has null as entries',
		{ status: 200, body: { ftype: 'folder', name: 'in', entries: null } },
	],
])('repeats nothing after a folder %s', async (_, response) => {
	put('/in/a.txt', day(1));
	put('/in/b.txt', day(1));
	const trigger = await activateNow();
	environment.emulator.inject({ kind: 'answer', operation: 'readPath', ...response } as never);
	expect(await pollEvents(trigger)).toEqual([]);
	// Deleted and created again in the meantime.
	replace('/in/b.txt', day(2));
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/b.txt']);
	expect(await pollEvents(trigger)).toEqual([]);
});

test.each([
	[
		'entries that are not an array',
		{ ftype: 'folder', name: 'in', entries: 'none' },
		'unexpected response',
	],
	['an array in place of a folder', [], 'unexpected response'],
])('throws on %s, and finds the files in the next poll', async (_, body, message) => {
	const trigger = await activateNow();
	put('/in/a.txt');
	environment.emulator.inject({ kind: 'answer', status: 200, body });
	await expect(trigger.poll()).rejects.toThrow(message);
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/a.txt']);
});

test('ignores entries that name no file, and accepts files without a date', async () => {
	const trigger = await activateNow({ options: { includeSubfolders: true } });
	const entries = [
		...[{ ftype: 'file' }, { ftype: 'file', name: '' }, { ftype: 'folder', name: '..' }],
		...[{ ftype: 'link', name: 'a' }, null, 'text', { ftype: 'file', name: 'b.txt' }],
	];
	const body = { ftype: 'folder', name: 'in', entries };
	environment.emulator.inject({ kind: 'answer', status: 200, body });
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/b.txt']);
});

test('reports a deleted project, and recovers when it is restored', async () => {
	const { emulator } = environment;
	put('/in/a.txt');
	const trigger = await activateNow();
	emulator.removeProject(emulator.project);
	await expect(trigger.poll()).rejects.toThrow(/^No project named/);
	emulator.reset();
	put('/in/b.txt');
	expect(await pollEvents(trigger)).toEqual(['fileCreated /in/b.txt']);
});

test('refuses a folder that is too large to remember', async () => {
	const entries = Array.from({ length: 20_001 }, (_, number) => ({
		ftype: 'file',
		name: `${number}`,
	}));
	const body = { ftype: 'folder', name: 'in', entries };
	environment.emulator.inject({ kind: 'answer', status: 200, body });
	await expect(activate().poll()).rejects.toThrow(
		"The folder '/in' contains more than 20,000 files or folders",
	);
});

test.each<[INodeParameters, string]>([
	[{ path: '/in/a.txt' }, "'Path' is a file, not a folder: '/in/a.txt'"],
	[{ path: '/in/../b' }, "'Path' must not contain '..'"],
	[{ path: '' }, "'Path' is empty"],
	[{ project: locator('name', '') }, "'Project' is empty"],
	[{ event: '={{ "created" }}' }, "'Event' is not valid"],
	[{ options: { downloadFiles: 'maybe' } }, "'Download Files' must be true or false, not 'maybe'"],
])('rejects %j', async (parameters, message) => {
	put('/in/a.txt');
	await expect(activate(parameters).poll()).rejects.toThrow(message);
});

test('Fetch Test Event returns the newest file, and remembers nothing', async () => {
	const trigger = activate({ options: { downloadFiles: true }, event: 'fileUpdated' });
	put('/in/a.txt', day(2));
	put('/in/b.txt', day(1));
	const items = await trigger.fetchTestEvent();
	expect(items).toMatchObject([{ json: { path: '/in/a.txt', event: 'fileUpdated' } }]);
	expect(items![0]!.binary!.data).toBeDefined();
	expect(trigger.staticData).toBe('{}');
	remove('/in/a.txt');
	remove('/in/b.txt');
	put('/in/deeper/c.txt');
	expect(await trigger.fetchTestEvent()).toBeUndefined();
});

const step = fc.oneof(
	fc.record({ kind: fc.constantFrom('put', 'remove'), file: fc.nat(5), time: fc.nat(2) }),
	fc.record({ kind: fc.constantFrom('poll', 'poll', 'failingPoll', 'restart') }),
);

test('loses nothing and repeats nothing in random histories', async () => {
	const { emulator } = environment;
	const paths = ['/in/a', '/in/b', '/in/c/a', '/in/c/d/a', '/in/c/b', '/in/e'];
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
			emulator.reset();
			const event = 'fileCreatedOrUpdated';
			const trigger = await activateNow({ event, options: { includeSubfolders: true } });
			/** The version of each file that is there, and of each that the trigger has seen. */
			const files = new Map<string, string>();
			let seen = new Map(files);
			let stored = seen;
			for (const each of [...steps, { kind: 'poll' as const }]) {
				if ('file' in each) {
					const path = paths[each.file]!;
					remove(path);
					files.delete(path);
					if (each.kind === 'remove') continue;
					put(path, day(each.time));
					files.set(path, day(each.time));
				} else if (each.kind === 'restart') {
					trigger.restart();
					seen = stored;
				} else if (each.kind === 'failingPoll') {
					emulator.inject({ kind: 'answer', status: 403, operation: 'readPath' });
					await expect(trigger.poll()).rejects.toThrow('no access');
				} else {
					const changed = [...files].filter(([path, version]) => seen.get(path) !== version);
					const expected = changed.map(
						([path]) => `${seen.has(path) ? 'fileUpdated' : 'fileCreated'} ${path}`,
					);
					expect((await pollEvents(trigger)).sort()).toEqual(expected.sort());
					seen = new Map(files);
					if (expected.length > 0) stored = seen;
				}
			}
		}),
		{ numRuns: Number(process.env.TRIGGER_RUNS ?? 60), endOnFailure: true },
	);
});
