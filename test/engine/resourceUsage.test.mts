import { randomBytes } from 'node:crypto';
import { WorkflowExpression, type INodeParameters } from 'n8n-workflow';
import { credentialReads } from './engine.mts';
import { extract, getRun, startAndWait, uploadFile } from './operations.mts';
import { heapInUse, repeat, setupEngine, until } from './testEnvironment.mts';

/*
 * The limits of requests and memory. Times are measured by `npm run bench`, as they depend on the
 * machine. Node and emulator share this process, so memory is that of both.
 */

const MEGABYTE = 1024 ** 2;
const environment = setupEngine();
const { runOn, fileItem } = environment;
const fromItem = { ...getRun, runId: '={{ $json.run_id }}' };

const byUrl = { inputSource: 'url', fileUrl: '={{ $json.url }}' };
const named = { filename: '={{ $json.row_id }}.pdf' };

test.each<[string, INodeParameters, Record<string, number>]>([
	['Get Run', fromItem, { '={{ $json.run_id }}': 2 }],
	['Start Run', { ...startAndWait, rowId: '={{ $json.row_id }}' }, { '={{ $json.row_id }}': 2 }],
	[
		'Extract',
		{ ...extract, ...byUrl, options: named },
		{ [byUrl.fileUrl]: 2, [named.filename]: 3 },
	],
	[
		'Upload',
		{ ...uploadFile, ...byUrl, path: '/in/', options: named },
		{ [byUrl.fileUrl]: 2, [named.filename]: 3 },
	],
])(
	'evaluates each expression and reads the credential no more often than necessary: %s',
	async (_, parameters, expected) => {
		const row = { row_id: 'a', run_id: 'b', status: 'done', data: { total: 1 } };
		environment.emulator.inject({ kind: 'answer', status: 200, body: row, times: 'always' });
		const evaluate = jest.spyOn(WorkflowExpression.prototype, 'resolveSimpleParameterValue');
		credentialReads.length = 0;
		const ids = { row_id: 'a', run_id: 'b', url: 'https://example.com/a.pdf' };
		const { items } = await runOn(Array(5).fill({ json: ids }), parameters);
		expect(items).toHaveLength(5);
		// Once before the first item, and once for each.
		expect(credentialReads).toHaveLength(1 + 5);
		const evaluated = evaluate.mock.calls.map(([value]) => String(value));
		evaluate.mockRestore();
		const expressions: Record<string, number> = {};
		for (const value of evaluated.filter((text) => text.startsWith('='))) {
			expressions[value] = (expressions[value] ?? 0) + 1;
		}
		// The engine evaluates a parameter twice, and we do once, unless it is just a field of the item.
		const perItem = Object.entries(expressions).map(([value, count]) => [value, count / 5]);
		expect(Object.fromEntries(perItem)).toEqual(expected);
	},
);

test('sends three requests for each of fifty documents, ten at once', async () => {
	const { emulator, countRequests } = environment;
	const items = await repeat(50, async (index) => {
		const file = { bytes: randomBytes(MEGABYTE), fileName: `scan-${index}.jpg` };
		return await fileItem({ data: { ...file, mimeType: 'image/jpeg' } });
	});
	const inUse = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
	const before = inUse();
	let peak = before;
	const sampling = setInterval(() => (peak = Math.max(peak, inUse())), 5);
	const { items: rows } = await runOn(items, extract);
	clearInterval(sampling);
	expect(rows.map(({ json }) => json.status)).toEqual(Array(50).fill('done'));
	expect(countRequests()).toEqual({ uploadFile: 50, startRun: 50, getRun: 50 });
	expect(emulator.peakInFlight).toBe(10);
	// Node.js 24 leaves more of it uncollected than 20.
	expect(peak - before).toBeLessThan(160 * MEGABYTE);
});

test('holds at most 64 kB for each of a thousand waiting items', async () => {
	const { emulator, start } = environment;
	const run_id = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
	const heldPerItem = async (count: number) => {
		emulator.inject({ kind: 'silence', times: 'always' });
		const items = Array.from({ length: count }, () => ({ json: { run_id } }));
		const before = heapInUse();
		const execution = start(items, fromItem);
		await until(() => emulator.inFlight === 10);
		const held = heapInUse() - before;
		execution.cancel();
		expect((await execution).status).toBe('canceled');
		await until(() => emulator.inFlight === 0);
		return held / count;
	};
	// The first time, n8n loads and compiles what it keeps for later.
	await heldPerItem(100);
	// It is 12 kB in a process of its own; after other tests n8n needs more.
	expect(await heldPerItem(1000)).toBeLessThan(64 * 1024);
}, 120_000);
