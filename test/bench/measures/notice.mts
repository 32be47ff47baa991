import path from 'node:path';
import type { Bench } from '../bench.mts';
import { repeat } from '../bench.mts';
import type { Books } from '../emulatorProcess.mts';
import type { FileSet } from '../files.mts';
import { writeFiles } from '../files.mts';
import { withN8n } from '../n8nProcess.mts';
import type { Figure, Measure, Result } from '../result.mts';
import { showSeconds } from '../result.mts';
import { mean } from '../statistics.mts';
import { assertAllArrived } from '../timing.mts';
import { readFilesThen } from '../workflows.mts';

/** Runs of similar duration, and the goals for detecting their end. */
interface Kind {
	seconds: number;
	/** How much the shortest and the longest run differ from `seconds`. */
	spread: number;
	lagGoal: number;
	pollGoal: number;
}

const KINDS: readonly Kind[] = [
	{ seconds: 2, spread: 0.5, lagGoal: 600, pollGoal: 3 },
	{ seconds: 10, spread: 1, lagGoal: 1000, pollGoal: 11 },
	{ seconds: 60, spread: 2, lagGoal: 3000, pollGoal: 37 },
];

/** How soon the end of a run is detected, and with how many status checks. */
export const notice: Measure = {
	name: 'notice',
	title: 'Completion lag',
	how: `One execution of Extract with small documents: ten runs of 2 s, ten of 10 s, and ten of 60 s, all at the same time. The
durations are spread evenly (1.5 to 2.5 s, 9 to 11 s, and 58 to 62 s), so that runs don't end in step with the status
checks. *Lag* is the time from the end of a run to the status check that detects it, by the emulator's clock. *Status
checks* is how often the node requested the status of a run. Means are over all runs of the same duration.`,
	take: async (bench) => {
		const kinds = bench.quick ? KINDS.slice(0, 2) : KINDS;
		const each = bench.quick ? 6 : 10;
		const small = await writeFiles(bench.folder, 'notice-small', 1, 1000);
		const files = await writeFiles(bench.folder, 'notice', kinds.length * each, 1000);
		const lengths = planLengths(kinds, files);
		const looks = await withN8n(bench, async (n8n) => {
			await n8n.warmUp(readFilesThen(small.pattern, bench.emulator.place, 'extract'));
			const takes = await repeat(bench, async () => {
				await plan(bench, lengths);
				await n8n.measure(readFilesThen(files.pattern, bench.emulator.place, 'extract'));
				const books = await bench.emulator.books();
				assertAllArrived(books, files);
				return readLooks(books, lengths);
			});
			return takes.flat();
		});
		return toResult(kinds, looks);
	},
};

type Lengths = Map<string, { kind: Kind; ms: number }>;

/** The run duration for each file, by file name. */
function planLengths(kinds: readonly Kind[], { files }: FileSet): Lengths {
	const each = files.length / kinds.length;
	return new Map(
		files.map((file, index) => {
			const kind = kinds[Math.floor(index / each)]!;
			const place = (index % each) / (each - 1);
			const seconds = kind.seconds + kind.spread * (2 * place - 1);
			return [path.basename(file), { kind, ms: Math.round(seconds * 1000) }];
		}),
	);
}

async function plan({ emulator }: Bench, lengths: Lengths): Promise<void> {
	await emulator.reset();
	for (const [filename, { ms }] of lengths) {
		await emulator.planRun({ filename, pendingMs: 0, runningMs: ms });
	}
}

interface Look {
	kind: Kind;
	lag: number;
	polls: number;
}

function readLooks({ documents, runs }: Books, lengths: Lengths): Look[] {
	const names = new Map(documents.map(({ row_id, filename }) => [row_id, filename]));
	return runs.map(({ row_id, startedAt, polls }) => {
		const { kind, ms } = lengths.get(names.get(row_id) ?? '')!;
		return { kind, lag: (polls.at(-1) ?? Number.NaN) - (startedAt + ms), polls: polls.length };
	});
}

function toResult(kinds: readonly Kind[], looks: readonly Look[]): Result {
	const rows = kinds.map((kind) => {
		const own = looks.filter((look) => look.kind === kind);
		const lags = own.map(({ lag }) => lag);
		const polls = own.map((look) => look.polls);
		return { kind, lag: mean(lags), longest: Math.max(...lags), polls: mean(polls), own };
	});
	return {
		figures: rows.flatMap(({ kind, lag, polls }): Figure[] => [
			{
				what: `runs of ${kind.seconds} s: mean lag`,
				value: lag,
				goal: kind.lagGoal,
				show: showSeconds,
			},
			{
				what: `runs of ${kind.seconds} s: mean status checks`,
				value: polls,
				goal: kind.pollGoal,
				show: (value) => String(Math.round(value * 10) / 10),
			},
		]),
		context: [
			['runs of', 'maximum lag', 'maximum status checks'],
			...rows.map(({ kind, longest, own }) => [
				`${kind.seconds} s`,
				showSeconds(longest),
				String(Math.max(...own.map(({ polls }) => polls))),
			]),
		],
	};
}
