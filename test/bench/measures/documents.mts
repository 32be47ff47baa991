import { runBareClient } from '../bare.mts';
import type { Bench } from '../bench.mts';
import { repeat } from '../bench.mts';
import type { FileSet } from '../files.mts';
import { MEGABYTE, writeFiles } from '../files.mts';
import type { Take } from '../n8nProcess.mts';
import { withN8n } from '../n8nProcess.mts';
import type { Measure, Result } from '../result.mts';
import { showMegabytes, showSeconds } from '../result.mts';
import { medianOf } from '../statistics.mts';
import { assertAllArrived, spanOf } from '../timing.mts';
import type { HttpWorkflow } from '../workflows.mts';
import { httpWorkflow, readFilesThen } from '../workflows.mts';
import type { Workflow } from '../../host/workflow.mts';

const RUN_MS = 2000;

/** An execution, and the time from the first request to the last response. */
interface Measured extends Take {
	span: number;
}

/** Many documents of typical size, as in a nightly batch. */
export const manyDocuments: Measure = {
	name: 'documents',
	title: '100 documents of 1 MB, with runs of 2 s',
	how: `Workflow: Manual Trigger → Read Files from Disk → Cloudsquid Extract with its default options. *Duration* is the
time from the first request to the last response, by the emulator's clock. *Execution time* is the time of the whole
execution, as recorded by n8n. The baseline client reads each file, uploads it, and starts its run, with ten requests at
once. It polls each run twice per second. The baseline uploads are the same without runs. The ideal is the duration of
the baseline uploads plus the 2 s of the last run. The two HTTP Request workflows are in \`test/bench/workflows/\`. One
of them processes one document at a time, with Loop Over Items and its default batch size of 1. The other one sends all
items at once, which is what HTTP Request does by default. The first one takes minutes, so it was measured only once.
Both wait 2 s between status checks; the Wait node's default of 5 s would make them slower. Each execution runs in a new
n8n process that has already run the same workflow once, with one document.`,
	take: async (bench) => {
		const count = bench.quick ? 20 : 100;
		const files = await writeFiles(bench.folder, 'document', count, MEGABYTE);
		const rounds = await repeat(bench, async () => await takeOnce(bench, files));
		return toResult(rounds, await takeHttp(bench, files, 'http-one-by-one'));
	},
};

type Round = Awaited<ReturnType<typeof takeOnce>>;

async function takeOnce(bench: Bench, files: FileSet) {
	const { place } = bench.emulator;
	return {
		uploads: await takeBare(bench, files, 'upload'),
		bare: await takeBare(bench, files, 'extract'),
		node: await takeWorkflow(bench, files, (pattern) => readFilesThen(pattern, place, 'extract')),
		atOnce: await takeHttp(bench, files, 'http-all-at-once'),
	};
}

async function takeHttp(bench: Bench, files: FileSet, name: HttpWorkflow): Promise<Measured> {
	const { place } = bench.emulator;
	return await takeWorkflow(bench, files, (pattern) => httpWorkflow(name, pattern, place));
}

async function takeBare(
	bench: Bench,
	files: FileSet,
	kind: 'upload' | 'extract',
): Promise<{ span: number }> {
	await setRunTime(bench);
	await runBareClient(bench, { kind, files: files.files });
	const books = await bench.emulator.books();
	assertAllArrived(books, files);
	return { span: spanOf(books) };
}

async function takeWorkflow(
	bench: Bench,
	files: FileSet,
	build: (pattern: string) => Workflow,
): Promise<Measured> {
	return await withN8n(bench, async (n8n) => {
		await setRunTime(bench);
		await n8n.warmUp(build(files.files[0] ?? ''));
		await setRunTime(bench);
		const take = await n8n.measure(build(files.pattern));
		const books = await bench.emulator.books();
		assertAllArrived(books, files);
		return { ...take, span: spanOf(books) };
	});
}

async function setRunTime({ emulator }: Bench): Promise<void> {
	await emulator.reset({ pendingMs: RUN_MS / 4, runningMs: (RUN_MS * 3) / 4 });
}

function toResult(rounds: readonly Round[], oneByOne: Measured): Result {
	const of = (pick: (round: Round) => number) => medianOf(rounds, pick);
	const node = medianTake(rounds.map((round) => round.node));
	const atOnce = medianTake(rounds.map((round) => round.atOnce));
	const bare = of((round) => round.bare.span);
	const uploads = of((round) => round.uploads.span);
	const workflows = { oneByOne, atOnce };
	const workflowFigures = (['oneByOne', 'atOnce'] as const).flatMap((name) => {
		const what = `node ÷ ${titles[name]}`;
		const { wholeMs, memory } = workflows[name];
		return [
			{ what: `execution time, ${what}`, value: node.wholeMs / wholeMs, goal: 0.2 },
			{ what: `peak memory above idle, ${what}`, value: node.memory / memory, goal: 0.1 },
		];
	});
	return {
		figures: [
			{ what: 'duration, node ÷ baseline client', value: node.span / bare, goal: 1.15 },
			{ what: 'duration, node ÷ ideal', value: node.span / (uploads + RUN_MS), goal: 1.25 },
			...workflowFigures,
		],
		context: [
			['', 'duration', 'execution time', 'peak memory above idle', 'CPU time of n8n'],
			['baseline uploads', showSeconds(uploads), '', '', ''],
			['baseline client', showSeconds(bare), '', '', ''],
			...Object.entries({ node, atOnce, oneByOne }).map(([name, take]) => [
				titles[name as keyof typeof titles],
				showSeconds(take.span),
				showSeconds(take.wholeMs),
				showMegabytes(take.memory),
				showSeconds(take.processorMs),
			]),
		],
	};
}

/** The median of each value across measurements. */
function medianTake(takes: readonly Measured[]) {
	return {
		span: medianOf(takes, ({ span }) => span),
		wholeMs: medianOf(takes, ({ wholeMs }) => wholeMs),
		memory: medianOf(takes, ({ memory }) => memory),
		processorMs: medianOf(takes, ({ processorMs }) => processorMs),
	};
}

const titles = {
	node: 'node',
	atOnce: 'HTTP Request workflow (all at once)',
	oneByOne: 'HTTP Request workflow (one at a time)',
};
