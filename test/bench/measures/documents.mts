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

/** An execution, and how long it took from the first request to the last answer. */
interface Measured extends Take {
	span: number;
}

/** Many documents of the usual size, as every night brings them. */
export const manyDocuments: Measure = {
	name: 'documents',
	title: '100 documents of 1 MB, each read in 2 s',
	how: `Workflow: Manual Trigger → Read Files from Disk → Cloudsquid Extract with its default options. *Span* is the time
from the first request to the last answer, by the emulator's clock; *whole* is the execution's, from n8n's own
record. The bare client reads each file, uploads it, starts its run, ten requests at once, and looks at each run twice a
second; the bare uploads are the same without runs, and what is called ideal is their time plus the 2 s of the last run. The two
HTTP Request workflows are \`test/bench/workflows/*.json\`: the one for one document at a time uses Loop Over
Items with its default size of 1, the other sends all items at once, which is what HTTP Request does unless told
otherwise. The former takes minutes and was therefore taken once. Both wait 2 s between looks; the Wait node's default of 5 s would make them slower. Each execution has a new n8n process, in
which the same workflow ran once before with one document.`,
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
		const what = `whole execution, node ÷ HTTP Request workflow, ${titles[name]}`;
		const { wholeMs, memory } = workflows[name];
		return [
			{ what: `${what}: time`, value: node.wholeMs / wholeMs, goal: 0.2 },
			{ what: `${what}: memory`, value: node.memory / memory, goal: 0.1 },
		];
	});
	return {
		figures: [
			{ what: 'span, node ÷ bare client', value: node.span / bare, goal: 1.15 },
			{ what: 'span, node ÷ ideal', value: node.span / (uploads + RUN_MS), goal: 1.25 },
			...workflowFigures,
		],
		context: [
			['', 'span', 'whole', 'peak memory over idle', 'processor time of n8n'],
			['bare uploads', showSeconds(uploads), '', '', ''],
			['bare client', showSeconds(bare), '', '', ''],
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

/** The median of each value of some takes. */
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
	atOnce: 'all at once',
	oneByOne: 'one at a time',
};
