import { measureRounds, type Bench, type Measure, type Result } from '../bench.mts';
import { allArrived } from '../emulatorProcess.mts';
import { MEGABYTE, writeFiles } from '../files.mts';
import { metric, showMegabytes, showSeconds, tableOf } from '../metrics.mts';
import { measureInNewN8n } from '../n8nProcess.mts';
import { readFilesThen } from '../workflows.mts';

const how = `Two workflows: Manual Trigger → Read Files from Disk, followed by Cloudsquid Upload or by a node that does nothing. Each
execution runs in a new n8n process that has already uploaded a small file. The result is the difference in peak memory
above idle between the two workflows: the memory for uploading the file, in addition to the memory for reading it into
n8n's binary data storage. Every upload is verified by its hash.`;

const METRIC = 'peak memory, uploading minus reading into binary data storage';

/** One file that is too large for a string, and should not be loaded into memory. */
export const largeFile: Measure = {
	name: 'large-file',
	title: 'Uploading one document of 1 GB',
	how: `${how} HTTP Request workflows can't send this file, because JavaScript strings can't be that long.`,
	run: async (bench) => await measureUploads(bench, 'large', 1, bench.quick ? 100 : 1024, 64),
};

/** Several files that are large in total. */
export const severalFiles: Measure = {
	name: 'several-files',
	title: 'Uploading 20 documents of 50 MB in one execution',
	how: 'Measured in the same way.',
	run: async (bench) => await measureUploads(bench, 'several', bench.quick ? 6 : 20, 50, 128),
};

async function measureUploads(
	bench: Bench,
	name: string,
	count: number,
	megabytes: number,
	goal: number,
): Promise<Result> {
	const { emulator, folder } = bench;
	const small = await writeFiles(folder, `${name}-small`, 1, 1000);
	const files = await writeFiles(folder, name, count, megabytes * MEGABYTE);
	const measure = async (operation: 'upload' | 'nothing') => {
		const warmUp = readFilesThen(small.pattern, emulator.place, 'upload');
		const workflow = readFilesThen(files.pattern, emulator.place, operation);
		const expected = operation === 'upload' ? files.hashes : new Map<string, string>();
		await emulator.reset();
		return await measureInNewN8n(bench, warmUp, workflow, allArrived(expected));
	};
	const { all, medians } = await measureRounds(bench, {
		nothing: async () => await measure('nothing'),
		upload: async () => await measure('upload'),
	});
	const difference = medians.upload.memory - medians.nothing.memory;
	return {
		metrics: [metric(METRIC, difference, goal * MEGABYTE, showMegabytes)],
		context: tableOf(['upload', 'nothing'] as const, {
			'': (operation) => (operation === 'upload' ? 'read and upload' : 'read only'),
			'peak memory above idle': (operation) => showMegabytes(medians[operation].memory),
			measurements: (operation) =>
				all[operation].map(({ memory }) => showMegabytes(memory)).join(', '),
			'execution time': (operation) => showSeconds(medians[operation].executionTime),
		}),
	};
}
