import path from 'node:path';
import { projectFolder } from '../../host/folders.mts';
import type { Bench, Measure } from '../bench.mts';
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
const LONG_KINDS = [{ seconds: 600, spread: 10, lagGoal: 6000, pollGoal: 100 }];

/** How many times as fast the clock runs for the longest runs. */
const SPEED = 20;

type Kind = (typeof KINDS)[0] & { lags: number[]; polls: number[] };

/** How soon the end of a run is detected, and with how many status checks. */
export const completionLag: Measure = {
	name: 'completion-lag',
	title: 'Completion lag',
	how: `One execution of Extract with small documents: ten runs of 2 s, ten of 10 s, and ten of 60 s, all at the same time. The
durations are spread evenly (1.5 to 2.5 s, 9 to 11 s, and 58 to 62 s), so that runs don't end in step with the status
checks. Another execution has ten runs of 600 s (590 to 610 s) and a *Max Wait (Seconds)* of 900 s. There, the emulator's runs take
1/${SPEED} of that time and the clock of n8n's process runs ${SPEED} times as fast, so network and processing time is multiplied by ${SPEED}.
*Lag* is the time from the end of a run to the status check that detects it, by the emulator's clock. *Status checks* is
how often the node requested the status of a run. Means are over all runs of the same duration.`,
	run: async (bench) => {
		const regular = (bench.quick ? KINDS.slice(0, 2) : KINDS).map(withoutResults);
		const long = LONG_KINDS.map(withoutResults);
		await measureKinds(bench, regular, 1);
		await measureKinds(withFastClock(bench), long, SPEED);
		const kinds = [...regular, ...long];
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

const withoutResults = (kind: (typeof KINDS)[0]): Kind => ({ ...kind, lags: [], polls: [] });

function withFastClock(bench: Bench): Bench {
	const { NODE_OPTIONS = '' } = bench.settings;
	const module = path.join(projectFolder, 'test/bench/fastClock.mts');
	const settings = {
		CLOCK_SPEED: String(SPEED),
		NODE_OPTIONS: `${NODE_OPTIONS} --import ${module}`,
	};
	return { ...bench, settings: { ...bench.settings, ...settings } };
}

/** Adds the results of runs of all kinds at once. `speed` is that of n8n's clock. */
async function measureKinds(bench: Bench, kinds: Kind[], speed: number): Promise<void> {
	const { emulator, folder, quick, runs: rounds } = bench;
	const size = quick ? 6 : 10;
	const small = await writeFiles(folder, `lag-small-${speed}`, 1, 1000);
	const { files, hashes, pattern } = await writeFiles(
		folder,
		`lag-${speed}`,
		kinds.length * size,
		1000,
	);
	const plans = files.map((file, index) => {
		const kind = kinds[Math.floor(index / size)]!;
		const place = (index % size) / (size - 1);
		const seconds = kind.seconds + kind.spread * (2 * place - 1);
		return {
			filename: path.basename(file),
			kind,
			runningMs: Math.round((seconds * 1000) / speed),
		};
	});
	const extract = (paths: string) =>
		readFilesThen(paths, emulator.place, 'extract', { maxWait: 900 });
	await withN8n(bench, async (n8n) => {
		await n8n.run(extract(small.pattern));
		for (let round = 0; round < rounds; round++) {
			await emulator.reset();
			for (const { filename, runningMs } of plans) {
				await emulator.planRun({ filename, pendingMs: 0, runningMs });
			}
			await n8n.measure(extract(pattern), allArrived(hashes));
			const { documents, runs } = await emulator.requestLog();
			for (const { row_id, startedAt, polls } of runs) {
				const { filename } = documents.find((document) => document.row_id === row_id)!;
				const { kind, runningMs } = plans.find((plan) => plan.filename === filename)!;
				kind.lags.push(((polls.at(-1) ?? NaN) - (startedAt + runningMs)) * speed);
				kind.polls.push(polls.length);
			}
		}
	});
}
