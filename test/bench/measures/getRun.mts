import { runBareClient } from '../bare.mts';
import type { Bench } from '../bench.mts';
import { repeat } from '../bench.mts';
import { writeFiles } from '../files.mts';
import type { BenchN8n, Take } from '../n8nProcess.mts';
import { withN8n } from '../n8nProcess.mts';
import type { Workflow } from '../../host/workflow.mts';
import type { Measure, Result } from '../result.mts';
import { showMegabytes, showMs, showSeconds } from '../result.mts';
import { medianOf } from '../statistics.mts';
import { spanOf } from '../timing.mts';
import { getRuns, MEASURED } from '../workflows.mts';

interface Measured extends Take {
	/** From the first request to the last response, in milliseconds. */
	span: number;
	/** How long the node took, as recorded by n8n, in milliseconds. */
	nodeMs: number;
}

/** Many small requests: the overhead of the node and of n8n's engine. */
export const manyItems: Measure = {
	name: 'get-run',
	title: 'Get Run with 2,000 items in one execution',
	how: `Workflow: Manual Trigger → Edit Fields → Split Out → Cloudsquid Get Run, for a run that is done. *Duration* is the
time from the first request to the last response, by the emulator's clock. *Node time* is the time that n8n records for
the node, including everything n8n's engine does for each item before and after. The baseline client sends the same
requests, ten at once. n8n's own HTTP Request node is included to show what n8n itself needs for this many requests.
Before the first request is sent, n8n's engine for declarative nodes processes all items and evaluates the base URL and
every field of each item twice. HTTP Request does not do this. All executions run one after another in one n8n process,
which has already run both nodes with the same number of items.`,
	take: async (bench) => {
		const count = bench.quick ? 500 : 2000;
		const runId = await startOneRun(bench, 'get-run');
		const rounds = await withN8n(bench, async (n8n) => {
			const { place } = bench.emulator;
			await n8n.warmUp(getRuns(count, runId, place));
			await n8n.warmUp(getRuns(count, runId, place, 'httpRequest'));
			return await repeat(bench, async () => ({
				bare: await takeBare(bench, count, runId),
				node: await takeNode(bench, n8n, getRuns(count, runId, place), count),
				http: await takeNode(bench, n8n, getRuns(count, runId, place, 'httpRequest'), count),
			}));
		});
		return compare(rounds);
	},
};

/** The same workflow with more and more items. */
export const growth: Measure = {
	name: 'growth',
	title: 'Get Run with 100, 1,000, and 5,000 items',
	how: `The same workflow, but each execution runs in a new n8n process that has already processed 10 items. *Time per item*
and *memory per item* are the node time and the peak memory above idle, divided by the number of items. n8n's own HTTP
Request node is measured in the same way to show what n8n itself needs. Peak memory includes objects that the garbage
collector has not freed yet, and the busier n8n is, the more of them accumulate. \`test/engine/economy.test.mts\`
checks how much memory a waiting item actually needs.`,
	take: async (bench) => {
		const counts = bench.quick ? [100, 1000] : [100, 1000, 5000];
		const runId = await startOneRun(bench, 'growth');
		const series = counts.map((count): Size => ({ count, cloudsquid: [], httpRequest: [] }));
		await repeat(bench, async () => {
			for (const size of series) {
				for (const by of MAKERS) size[by].push(await takeFresh(bench, size.count, runId, by));
			}
		});
		return compareSizes(series);
	},
};

const MAKERS = ['cloudsquid', 'httpRequest'] as const;
type Maker = (typeof MAKERS)[number];

/** The measurements with a number of items, for our node and for HTTP Request. */
type Size = { count: number } & Record<Maker, Measured[]>;

/** Starts a run that is done immediately. It remains available for the whole benchmark. */
async function startOneRun(bench: Bench, name: string): Promise<string> {
	await bench.emulator.reset({ pendingMs: 0, runningMs: 0 });
	const { files } = await writeFiles(bench.folder, name, 1, 1000);
	return await runBareClient(bench, { kind: 'startRun', files });
}

async function takeBare(bench: Bench, count: number, runId: string): Promise<{ span: number }> {
	const before = (await bench.emulator.books()).requests.length;
	await runBareClient(bench, { kind: 'getRuns', count, runId });
	return { span: await spanSince(bench, before, count) };
}

async function takeNode(
	bench: Bench,
	n8n: BenchN8n,
	workflow: Workflow,
	count: number,
): Promise<Measured> {
	const before = (await bench.emulator.books()).requests.length;
	const take = await n8n.measure(workflow);
	const nodeMs = take.execution.nodes[MEASURED]?.[0]?.executionTime ?? Number.NaN;
	return { ...take, nodeMs, span: await spanSince(bench, before, count) };
}

async function takeFresh(bench: Bench, count: number, runId: string, by: Maker): Promise<Measured> {
	const { place } = bench.emulator;
	return await withN8n(bench, async (n8n) => {
		await n8n.warmUp(getRuns(10, runId, place, by));
		return await takeNode(bench, n8n, getRuns(count, runId, place, by), count);
	});
}

/** The request log is not reset between measurements, because that would delete the run. */
async function spanSince({ emulator }: Bench, before: number, count: number): Promise<number> {
	const books = await emulator.books();
	const requests = books.requests.slice(before);
	const answered = requests.filter(({ status }) => status === 200);
	if (answered.length !== count || requests.length !== count) {
		throw new Error(
			`${answered.length} of ${requests.length} requests succeeded instead of ${count} of ${count}.`,
		);
	}
	return spanOf({ ...books, requests });
}

interface Round {
	bare: { span: number };
	node: Measured;
	http: Measured;
}

function compare(rounds: readonly Round[]): Result {
	const bare = medianOf(rounds, (round) => round.bare.span);
	const span = medianOf(rounds, ({ node }) => node.span);
	const nodeMs = medianOf(rounds, ({ node }) => node.nodeMs);
	return {
		figures: [
			{ what: 'duration, node ÷ baseline client', value: span / bare, goal: 1.5 },
			{ what: 'node time ÷ duration of the baseline client', value: nodeMs / bare, goal: 1.5 },
		],
		context: [
			['', 'duration', 'node time', 'CPU time of n8n'],
			['baseline client', showSeconds(bare), '', ''],
			...(['node', 'http'] as const).map((name) => [
				name === 'node' ? 'Cloudsquid' : 'HTTP Request',
				showSeconds(medianOf(rounds, (round) => round[name].span)),
				showSeconds(medianOf(rounds, (round) => round[name].nodeMs)),
				showSeconds(medianOf(rounds, (round) => round[name].processorMs)),
			]),
		],
	};
}

function compareSizes(series: readonly Size[]): Result {
	const points = series.map((size) => perItem(size, 'cloudsquid'));
	const figures = points.slice(1).flatMap(({ count, time, memory }, index) => {
		const smaller = points[index]!;
		const what = `per item, ${count} ÷ ${smaller.count} items`;
		return [
			{ what: `time ${what}`, value: time / smaller.time, goal: 1.2 },
			{ what: `memory ${what}`, value: memory / smaller.memory, goal: 1.2 },
		];
	});
	const rows = MAKERS.flatMap((by) =>
		series.map((size) => {
			const { count, time, memory, processor } = perItem(size, by);
			return [
				by === 'cloudsquid' ? 'Cloudsquid' : 'HTTP Request',
				String(count),
				showMs(time),
				showMs(processor),
				`${(memory / 1024).toFixed(1)} kB`,
				showMegabytes(memory * count),
			];
		}),
	);
	const headings = [
		'',
		'items',
		'time per item',
		'CPU time per item',
		'memory per item',
		'peak memory above idle',
	];
	return { figures, context: [headings, ...rows] };
}

function perItem(size: Size, by: Maker) {
	const { count, [by]: takes } = size;
	return {
		count,
		time: medianOf(takes, ({ nodeMs }) => nodeMs) / count,
		memory: medianOf(takes, ({ memory }) => memory) / count,
		processor: medianOf(takes, ({ processorMs }) => processorMs) / count,
	};
}
