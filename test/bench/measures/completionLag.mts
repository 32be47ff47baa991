import path from 'node:path';
import type { Measure } from '../bench.mts';
import { allArrived } from '../emulatorProcess.mts';
import { writeFiles } from '../files.mts';
import { metric, showSeconds, sum, tableOf } from '../metrics.mts';
import { withN8n } from '../n8nProcess.mts';
import { readFilesThen } from '../workflows.mts';

/** Runs of similar duration: how much the shortest and the longest differ from it, and the goals for detecting their end. */
const KINDS = [
	{ seconds: 2, spread: 0.5, lagGoal: 600, pollGoal: 3 },
	{ seconds: 10, spread: 1, lagGoal: 1000, pollGoal: 11 },
	{ seconds: 60, spread: 2, lagGoal: 3000, pollGoal: 37 },
];

/** How soon the end of a run is detected, and with how many status checks. */
export const completionLag: Measure = {
	name: 'completion-lag',
	title: 'Completion lag',
	how: `One execution of Extract with small documents: ten runs of 2 s, ten of 10 s, and ten of 60 s, all at the same time. The
durations are spread evenly (1.5 to 2.5 s, 9 to 11 s, and 58 to 62 s), so that runs don't end in step with the status
checks. *Lag* is the time from the end of a run to the status check that detects it, by the emulator's clock. *Status
checks* is how often the node requested the status of a run. Means are over all runs of the same duration.`,
	run: async (bench) => {
		const { emulator, folder, quick, runs: rounds } = bench;
		const kinds = (quick ? KINDS.slice(0, 2) : KINDS).map((kind) => {
			return { ...kind, lags: [] as number[], polls: [] as number[] };
		});
		const size = quick ? 6 : 10;
		const small = await writeFiles(folder, 'lag-small', 1, 1000);
		const { files, hashes, pattern } = await writeFiles(folder, 'lag', kinds.length * size, 1000);
		const plans = files.map((file, index) => {
			const kind = kinds[Math.floor(index / size)]!;
			const place = (index % size) / (size - 1);
			const seconds = kind.seconds + kind.spread * (2 * place - 1);
			return { filename: path.basename(file), kind, runningMs: Math.round(seconds * 1000) };
		});
		await withN8n(bench, async (n8n) => {
			await n8n.run(readFilesThen(small.pattern, emulator.place, 'extract'));
			for (let round = 0; round < rounds; round++) {
				await emulator.reset();
				for (const { filename, runningMs } of plans) {
					await emulator.planRun({ filename, pendingMs: 0, runningMs });
				}
				await n8n.measure(readFilesThen(pattern, emulator.place, 'extract'), allArrived(hashes));
				const { documents, runs } = await emulator.requestLog();
				for (const { row_id, startedAt, polls } of runs) {
					const { filename } = documents.find((document) => document.row_id === row_id)!;
					const { kind, runningMs } = plans.find((plan) => plan.filename === filename)!;
					kind.lags.push((polls.at(-1) ?? NaN) - (startedAt + runningMs));
					kind.polls.push(polls.length);
				}
			}
		});
		const mean = (values: number[]) => sum(values) / values.length;
		const showCount = (value: number) => String(Math.round(value * 10) / 10);
		return {
			metrics: kinds.flatMap(({ seconds, lagGoal, pollGoal, lags, polls }) => [
				metric(`runs of ${seconds} s: mean lag`, mean(lags), lagGoal, showSeconds),
				metric(`runs of ${seconds} s: mean status checks`, mean(polls), pollGoal, showCount),
			]),
			context: tableOf(kinds, {
				'runs of': ({ seconds }) => `${seconds} s`,
				'maximum lag': ({ lags }) => showSeconds(Math.max(...lags)),
				'maximum status checks': ({ polls }) => String(Math.max(...polls)),
			}),
		};
	},
};
