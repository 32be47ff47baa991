import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { heapInUse } from './memory.mts';
import { until, useSetting } from './setting.mts';

/*
 * What the node may cost, in requests and memory. Times are not looked at here: `npm run bench` does that, as they
 * depend on the machine. Node and emulator share this process, so memory is that of both.
 */

const MEGABYTE = 1024 ** 2;
const extract = { resource: 'document', operation: 'extract' };
const upload = { resource: 'document', operation: 'upload' };
const getRun = { resource: 'run', operation: 'get', runId: '={{ $json.run_id }}' };

/** The most memory in use while something is done, beyond what is in use before: what is held, and what is not yet cleared away. */
async function peakGrowth(work: () => Promise<void>): Promise<number> {
	const inUse = () => {
		const { heapUsed, external } = process.memoryUsage();
		return heapUsed + external;
	};
	const before = inUse();
	let peak = before;
	const sampling = setInterval(() => (peak = Math.max(peak, inUse())), 5);
	try {
		await work();
	} finally {
		clearInterval(sampling);
	}
	return peak - before;
}

describe('the node', () => {
	const setting = useSetting();

	test('reads fifty documents with three requests each, ten at once', async () => {
		const { emulator, run, place, fileItem } = setting;
		const names = Array.from({ length: 50 }, (_, index) => `scan-${index}.jpg`);
		const items = await Promise.all(
			names.map(async (fileName) => {
				const bytes = randomBytes(MEGABYTE);
				return await fileItem({ data: { bytes, fileName, mimeType: 'image/jpeg' } });
			}),
		);
		let found = 0;
		const growth = await peakGrowth(async () => {
			const { items: rows } = await run({ parameters: { ...extract, ...place }, items });
			found = rows.filter(({ json }) => json.status === 'done').length;
		});
		expect(found).toBe(50);
		const operations = emulator.requests.map(({ operationId }) => operationId);
		expect(operations.filter((name) => name === 'uploadFile')).toHaveLength(50);
		expect(operations.filter((name) => name === 'startRun')).toHaveLength(50);
		expect(operations.filter((name) => name === 'getRun')).toHaveLength(50);
		expect(operations).toHaveLength(150);
		expect(emulator.peakInFlight).toBe(10);
		// What is not cleared away yet counts, too: on Node.js 24 more of it than on 20.
		expect(growth).toBeLessThan(160 * MEGABYTE);
	}, 60_000);

	test('checks the status of a run about once a second at first', async () => {
		const { emulator, run, place, textItem } = setting;
		emulator.planRun({ pendingMs: 0, runningMs: 5500 });
		await run({ parameters: { ...extract, ...place }, items: [await textItem('a')] });
		const [{ polls } = { polls: [] }] = emulator.runs;
		expect(polls.length).toBeGreaterThanOrEqual(2);
		expect(polls.length).toBeLessThanOrEqual(6);
	}, 30_000);

	test('sends a large file without ever holding it', async () => {
		const { emulator, run, place, fileItem } = setting;
		const piece = randomBytes(MEGABYTE);
		const bytes = Readable.from(Array.from({ length: 150 }, () => piece));
		const item = await fileItem({ data: { bytes, fileName: 'film.mp4', mimeType: 'video/mp4' } });
		const growth = await peakGrowth(async () => {
			await run({ parameters: { ...upload, ...place }, items: [item] });
		});
		expect(emulator.documents).toMatchObject([{ bytes: 150 * MEGABYTE }]);
		expect(emulator.requests).toHaveLength(1);
		expect(growth).toBeLessThan(120 * MEGABYTE);
	}, 60_000);

	test('reads five hundred runs with five hundred requests', async () => {
		const { emulator, run, place, textItem } = setting;
		const { items: started } = await run({
			parameters: { ...extract, ...place },
			items: [await textItem('a')],
		});
		const { run_id } = started[0]!.json;
		const before = emulator.requests.length;
		const { items } = await run({
			parameters: { ...getRun, ...place },
			items: Array.from({ length: 500 }, () => ({ json: { run_id } })),
		});
		expect(items).toHaveLength(500);
		const sent = emulator.requests.slice(before);
		expect(sent).toHaveLength(500);
		expect(sent.every(({ operationId }) => operationId === 'getRun')).toBe(true);
		expect(emulator.peakInFlight).toBeLessThanOrEqual(10);
	}, 60_000);

	test('holds at most 64 kB for each of two thousand items that wait', async () => {
		const { emulator, engine, credential, place } = setting;
		const run_id = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
		const heldPerItem = async (count: number) => {
			emulator.inject({ kind: 'silence', times: 'always' });
			const items = Array.from({ length: count }, () => ({ json: { run_id } }));
			const before = heapInUse();
			const execution = engine.execute({ parameters: { ...getRun, ...place }, items, credential });
			await until(() => emulator.inFlight === 10);
			const held = heapInUse() - before;
			execution.cancel();
			expect((await execution).status).toBe('canceled');
			await until(() => emulator.inFlight === 0);
			return held / count;
		};
		// The first time, n8n loads and compiles what it keeps for later.
		await heldPerItem(100);
		// By itself it is 12 kB; in one process with all other tests n8n makes more of it.
		expect(await heldPerItem(2000)).toBeLessThan(64 * 1024);
	}, 120_000);
});
