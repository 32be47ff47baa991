import type { Workflow } from '../../host/workflow.mts';
import { measureBaseline } from '../baseline.mts';
import { measureRounds, type Measure } from '../bench.mts';
import { allArrived } from '../emulatorProcess.mts';
import { MEGABYTE, writeFiles } from '../files.mts';
import { metric, showMegabytes, showSeconds, tableOf } from '../metrics.mts';
import { measureInNewN8n } from '../n8nProcess.mts';
import { extractWithHttp, readFilesThen } from '../workflows.mts';

const RUN_MS = 2000;
const ONE_BY_ONE = 'HTTP Request workflow (one at a time)';
const ALL_AT_ONCE = 'HTTP Request workflow (all at once)';

/** Many documents of typical size, as in a nightly batch. */
export const manyDocuments: Measure = {
	name: 'documents',
	title: '100 documents of 1 MB, with runs of 2 s',
	how: `Workflow: Manual Trigger → Read Files from Disk → Cloudsquid Extract with its default options. *Duration* is the
time from the first request to the last response, by the emulator's clock. *Execution time* is the time of the whole
execution, as recorded by n8n. The baseline client reads each file, uploads it, and starts its run, with ten requests at
once. It polls each run twice per second. The baseline uploads are the same without runs. The ideal is the duration of
the baseline uploads plus the 2 s of the last run. The two HTTP Request workflows are in \`test/bench/workflows.mts\`. One
of them processes one document at a time, with Loop Over Items and its default batch size of 1. The other one sends all
items at once, which is what HTTP Request does by default. The first one takes minutes, so it was measured only once.
Both wait 2 s between status checks; the Wait node's default of 5 s would make them slower. Each execution runs in a new
n8n process that has already run the same workflow once, with one document.`,
	run: async (bench) => {
		const { emulator, folder, quick } = bench;
		const { place } = emulator;
		const count = quick ? 20 : 100;
		const { files, hashes, pattern } = await writeFiles(folder, 'document', count, MEGABYTE);
		const reset = async () =>
			await emulator.reset({ pendingMs: RUN_MS / 4, runningMs: (RUN_MS * 3) / 4 });
		const byBaseline = async (kind: 'upload' | 'extract') => {
			await reset();
			return await measureBaseline(bench, kind, files, allArrived(hashes));
		};
		const byWorkflow = async (build: (pattern: string) => Workflow) => {
			await reset();
			const warmUp = build(files[0] ?? '');
			return await measureInNewN8n(bench, warmUp, build(pattern), allArrived(hashes));
		};
		const { medians } = await measureRounds(bench, {
			'baseline uploads': async () => await byBaseline('upload'),
			'baseline client': async () => await byBaseline('extract'),
			node: async () => await byWorkflow((paths) => readFilesThen(paths, place, 'extract')),
			[ALL_AT_ONCE]: async () =>
				await byWorkflow((paths) => extractWithHttp('allAtOnce', paths, place)),
		});
		const oneByOne = await byWorkflow((paths) => extractWithHttp('oneByOne', paths, place));
		const results = { ...medians, [ONE_BY_ONE]: oneByOne };
		const { 'baseline uploads': uploads, 'baseline client': baseline, node } = medians;
		return {
			metrics: [
				metric('duration, node ÷ baseline client', node.duration / baseline.duration, 1.1),
				metric('duration, node ÷ ideal', node.duration / (uploads.duration + RUN_MS), 1.25),
				...([ONE_BY_ONE, ALL_AT_ONCE] as const).flatMap((title) => {
					const { executionTime, memory } = results[title];
					return [
						metric(`execution time, node ÷ ${title}`, node.executionTime / executionTime, 0.2),
						metric(`peak memory above idle, node ÷ ${title}`, node.memory / memory, 0.1),
					];
				}),
			],
			context: tableOf(Object.entries(results), {
				'': ([title]) => title,
				duration: ([, { duration }]) => showSeconds(duration),
				'execution time': ([, { executionTime }]) => showSeconds(executionTime),
				'peak memory above idle': ([, { memory }]) => showMegabytes(memory),
				'CPU time of n8n': ([, { cpuTime }]) => showSeconds(cpuTime),
			}),
		};
	},
};
