import { download, extract, getProjects, upload } from './operations.mts';
import { repeat, setupEngine, until } from './testEnvironment.mts';

const { concurrent } = setupEngine();

concurrent(
	'sends as many requests at once as Max Concurrent Requests, for all files',
	async (own) => {
		const { emulator, fileItem, run, start, textItem } = own;
		emulator.inject({ operation: 'uploadFile', kind: 'silence', times: 'always' });
		const note = { bytes: 'Total: 1', fileName: 'note.txt', mimeType: 'text/plain' };
		const items = [await fileItem({ data: note, more: note, last: note }), await textItem()];
		const options = { maxConcurrency: 2 };
		const execution = start(items, { ...upload, binaryPropertyName: '*', options });
		await until(() => emulator.requests.length === 2);
		// Whatever else was on its way would arrive before this.
		await run({ parameters: getProjects });
		expect(emulator.requests).toHaveLength(3);
		execution.cancel();
		await execution;
	},
);

concurrent('sends requests of started work before new uploads', async (own) => {
	const items = await repeat(6, async () => await own.textItem());
	await own.runOn(items, { ...extract, options: { maxConcurrency: 1 } });
	let notStarted = 0;
	const ahead = own.requestNames().map((name) => {
		if (name === 'uploadFile') notStarted++;
		if (name === 'startRun') notStarted--;
		return notStarted;
	});
	expect(own.emulator.runs).toHaveLength(6);
	expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
});

concurrent('retries as late as the response asks', async ({ emulator, run }) => {
	emulator.inject({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } });
	const { error } = await run({ parameters: getProjects });
	expect(error).toBeUndefined();
	const [rejected, retry] = emulator.requests;
	// Timers may fire a little early by the clock of the emulator.
	expect(retry!.startedAt - rejected!.endedAt!).toBeGreaterThan(1900);
});

concurrent('holds the slot of a download until all of it has arrived', async (own) => {
	const { emulator, run, start } = own;
	own.addProjectFile('/a.txt');
	emulator.inject({ operation: 'download', kind: 'stall', times: 'always' });
	const items = Array.from({ length: 8 }, () => ({ json: {} }));
	const options = { maxConcurrency: 3 };
	const execution = start(items, { ...download, path: '/a.txt', options });
	await until(() => emulator.downloads.length === 3);
	await run({ parameters: getProjects });
	expect(emulator.downloads).toHaveLength(3);
	execution.cancel();
	await execution;
});
