import type { Bench } from '../bench.mts';
import { repeat } from '../bench.mts';
import type { FileSet } from '../files.mts';
import { MEGABYTE, writeFiles } from '../files.mts';
import type { Take } from '../n8nProcess.mts';
import { withN8n } from '../n8nProcess.mts';
import type { Measure, Result } from '../result.mts';
import { showMegabytes, showSeconds } from '../result.mts';
import { medianOf } from '../statistics.mts';
import { assertAllArrived } from '../timing.mts';
import { readFilesThen } from '../workflows.mts';

const how = `Two workflows: Manual Trigger → Read Files from Disk, followed by Cloudsquid Upload or by a node that does nothing. Each
execution runs in a new n8n process that has already uploaded a small file. The result is the difference in peak memory
above idle between the two workflows: the memory for uploading the file, in addition to the memory for reading it into
n8n's binary data storage. Every upload is verified by its hash.`;

/** One file that is too large for a string, and should not be loaded into memory. */
export const largeFile: Measure = {
	name: 'large-file',
	title: 'Uploading one document of 1 GB',
	how: `${how} HTTP Request workflows can't send this file, because JavaScript strings can't be that long.`,
	take: async (bench) => await take(bench, 'large', 1, bench.quick ? 100 : 1024, 64),
};

/** Several files that are large in total. */
export const severalFiles: Measure = {
	name: 'several-files',
	title: 'Uploading 20 documents of 50 MB in one execution',
	how: 'Measured in the same way.',
	take: async (bench) => await take(bench, 'several', bench.quick ? 6 : 20, 50, 128),
};

async function take(
	bench: Bench,
	name: string,
	count: number,
	megabytes: number,
	goal: number,
): Promise<Result> {
	const small = await writeFiles(bench.folder, `${name}-small`, 1, 1000);
	const files = await writeFiles(bench.folder, name, count, megabytes * MEGABYTE);
	const rounds = await repeat(bench, async () => ({
		nothing: await takeOnce(bench, small, files, 'nothing'),
		upload: await takeOnce(bench, small, files, 'upload'),
	}));
	const memoryOf = (kind: 'nothing' | 'upload') => medianOf(rounds, (round) => round[kind].memory);
	const row = (title: string, kind: 'nothing' | 'upload') => [
		title,
		showMegabytes(memoryOf(kind)),
		rounds.map((round) => showMegabytes(round[kind].memory)).join(', '),
		showSeconds(medianOf(rounds, (round) => round[kind].wholeMs)),
	];
	return {
		figures: [
			{
				what: 'peak memory, uploading minus reading into binary data storage',
				value: memoryOf('upload') - memoryOf('nothing'),
				goal: goal * MEGABYTE,
				show: showMegabytes,
			},
		],
		context: [
			['', 'peak memory above idle', 'measurements', 'execution time'],
			row('read and upload', 'upload'),
			row('read only', 'nothing'),
		],
	};
}

async function takeOnce(
	bench: Bench,
	small: FileSet,
	files: FileSet,
	operation: 'upload' | 'nothing',
): Promise<Take> {
	const { emulator } = bench;
	return await withN8n(bench, async (n8n) => {
		await n8n.warmUp(readFilesThen(small.pattern, emulator.place, 'upload'));
		await emulator.reset();
		const taken = await n8n.measure(readFilesThen(files.pattern, emulator.place, operation));
		if (operation === 'upload') assertAllArrived(await emulator.books(), files);
		await emulator.reset();
		return taken;
	});
}
