import { measureBaseline } from '../baseline.mts';
import { measureRounds, type Bench, type Measure } from '../bench.mts';
import { allArrived, type Verify } from '../emulatorProcess.mts';
import { writeFiles } from '../files.mts';
import { metric, showMegabytes, showMs, showSeconds, tableOf } from '../metrics.mts';
import { measureInNewN8n, withN8n } from '../n8nProcess.mts';
import { getRuns, type Implementation } from '../workflows.mts';

const IMPLEMENTATIONS = ['cloudsquid', 'httpRequest'] as const;
const TITLES = { cloudsquid: 'Cloudsquid', httpRequest: 'HTTP Request' } as const;

/** Many small requests: the overhead of the node and of n8n's engine. */
export const manyItems: Measure = {
	name: 'get-run',
	title: 'Get Run with 2,000 items in one execution',
	how: `Workflow: Manual Trigger → Edit Fields → Split Out → Cloudsquid Get Run, for a run that is done. *Duration* is the
time from the first request to the last response, by the emulator's clock. *Execution time* is the time of the whole
execution, and *node time* that of the node, as recorded by n8n. The baseline client sends the same requests, ten at
once. n8n's own HTTP Request node does the same work for comparison. Before the first request is sent, n8n's engine for
declarative nodes processes all items and evaluates every parameter of each item twice. HTTP Request evaluates each
parameter once and sends its first requests before it has processed all items. All executions run one after another in one n8n process,
which has already run both nodes with the same number of items.

Two goals compare the node with the baseline client, and n8n itself does not let any node meet them. In a CPU profile
of an earlier build (\`--profile\`, 5.3 ms for each item), evaluating the run ID once took 0.5 ms, and reading and decrypting the
credential at least 0.3 ms. Most of the rest was n8n's HTTP helper, which opens a connection for each request. To change
that, n8n would have to evaluate only parameters that its routing uses, find out only once who owns the base URL, decrypt
a credential once for each execution, and keep connections open.`,
	run: async (bench) => {
		const { place } = bench.emulator;
		const count = bench.quick ? 500 : 2000;
		const runId = await startRun(bench, 'get-run');
		const runIds = Array<string>(count).fill(runId);
		const node = getRuns(count, runId, place, 'cloudsquid');
		const http = getRuns(count, runId, place, 'httpRequest');
		const verify = allAnswered(count);
		const { medians } = await withN8n(bench, async (n8n) => {
			await n8n.run(node);
			await n8n.run(http);
			return await measureRounds(bench, {
				'baseline client': async () => await measureBaseline(bench, 'getRun', runIds, verify),
				[TITLES.cloudsquid]: async () => await n8n.measure(node, verify),
				[TITLES.httpRequest]: async () => await n8n.measure(http, verify),
			});
		});
		const { 'baseline client': baseline, Cloudsquid: ours, 'HTTP Request': theirs } = medians;
		const nodeTime = ours.nodeTime / baseline.duration;
		const executionTime = ours.executionTime / theirs.executionTime;
		return {
			metrics: [
				metric('execution time, node ÷ HTTP Request', executionTime, 0.85),
				metric('duration, node ÷ baseline client', ours.duration / baseline.duration, 1.5),
				metric('node time ÷ duration of the baseline client', nodeTime, 1.5),
			],
			context: tableOf(Object.entries(medians), {
				'': ([title]) => title,
				duration: ([, { duration }]) => showSeconds(duration),
				'execution time': ([, median]) => showSeconds(median.executionTime),
				'node time': ([, median]) => showSeconds(median.nodeTime),
				'CPU time of n8n': ([, { cpuTime }]) => showSeconds(cpuTime),
			}),
		};
	},
};

/** The same workflow with more and more items. */
export const growth: Measure = {
	name: 'growth',
	title: 'Get Run with 100, 1,000, and 5,000 items',
	how: `The same workflow, but each execution runs in a new n8n process that has already processed 10 items. *Time per item*
and *memory per item* are the node time and the peak memory above idle, divided by the number of items. n8n's own HTTP
Request node is measured in the same way to show what n8n itself needs. Peak memory includes objects that the garbage
collector has not freed yet, and the busier n8n is, the more of them accumulate. \`test/engine/resourceUsage.test.mts\`
checks how much memory a waiting item actually needs.`,
	run: async (bench) => {
		const { place } = bench.emulator;
		const runId = await startRun(bench, 'growth');
		const counts = bench.quick ? [100, 1000] : [100, 1000, 5000];
		const cases = counts.flatMap((count) =>
			IMPLEMENTATIONS.map((by) => {
				const warmUp = getRuns(10, runId, place, by);
				const workflow = getRuns(count, runId, place, by);
				const measure = async () =>
					await measureInNewN8n(bench, warmUp, workflow, allAnswered(count));
				return [`${by} ${count}`, measure] as const;
			}),
		);
		const { medians } = await measureRounds(bench, Object.fromEntries(cases));
		const rowsOf = (by: Implementation) =>
			counts.map((count) => {
				const { nodeTime, cpuTime, memory } = medians[`${by} ${count}`]!;
				return { by, count, time: nodeTime / count, cpu: cpuTime / count, memory: memory / count };
			});
		const rows = rowsOf('cloudsquid');
		const most = counts.at(-1)!;
		const memory = rows.at(-1)!.memory / rowsOf('httpRequest').at(-1)!.memory;
		return {
			metrics: [
				metric(`peak memory above idle, ${most} items, node ÷ HTTP Request`, memory, 1),
				...rows.slice(1).flatMap(({ count, time, memory }, index) => {
					const smaller = rows[index]!;
					const per = `per item, ${count} ÷ ${smaller.count} items`;
					return [
						metric(`time ${per}`, time / smaller.time, 1.2),
						metric(`memory ${per}`, memory / smaller.memory, 1.2),
					];
				}),
			],
			context: tableOf(IMPLEMENTATIONS.flatMap(rowsOf), {
				'': ({ by }) => TITLES[by],
				items: ({ count }) => String(count),
				'time per item': ({ time }) => showMs(time),
				'CPU time per item': ({ cpu }) => showMs(cpu),
				'memory per item': ({ memory }) => `${(memory / 1024).toFixed(1)} kB`,
				'peak memory above idle': ({ count, memory }) => showMegabytes(memory * count),
			}),
		};
	},
};

/** Starts a run that is done immediately. It remains available until the emulator is reset. */
async function startRun(bench: Bench, name: string): Promise<string> {
	const { emulator, folder } = bench;
	await emulator.reset({ pendingMs: 0, runningMs: 0 });
	const { files, hashes } = await writeFiles(folder, name, 1, 1000);
	await measureBaseline(bench, 'extract', files, allArrived(hashes));
	const { runs } = await emulator.requestLog();
	return runs[0]!.run_id;
}

function allAnswered(count: number): Verify {
	return ({ requests }) => {
		const answered = requests.filter(({ status }) => status === 200).length;
		if (answered === count && requests.length === count) return;
		throw new Error(`${answered} of ${requests.length} requests succeeded instead of ${count}.`);
	};
}
