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

const how = `Two workflows: Manual Trigger → Read Files from Disk, and then Cloudsquid Upload, or a node that does nothing. Each
execution has a new n8n process, in which a small file was uploaded before. The figure is the peak over idle of the one
less that of the other: what uploading takes beyond having the file in n8n's binary store. Every upload is checked by its hash.`;

/** One file that does not fit into a string, nor well into memory. */
export const largeFile: Measure = {
	name: 'large-file',
	title: 'One document of 1 GB through Upload',
	how: `${how} HTTP Request workflows cannot send it: JavaScript has no string of that length.`,
	take: async (bench) => await take(bench, 'large', 1, bench.quick ? 100 : 1024, 64),
};

/** Files that are large together. */
export const severalFiles: Measure = {
	name: 'several-files',
	title: '20 documents of 50 MB through Upload, in one execution',
	how: 'Taken like the one before.',
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
				what: 'peak memory, Upload less reading into the binary store',
				value: memoryOf('upload') - memoryOf('nothing'),
				goal: goal * MEGABYTE,
				show: showMegabytes,
			},
		],
		context: [
			['', 'peak memory over idle', 'each', 'whole'],
			row('read and upload', 'upload'),
			row('read alone', 'nothing'),
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
