const NOT_MEASURED = {
	/** From the first request to the last response, by the emulator's clock. */
	duration: NaN,
	/** From the start of the execution to its end, as recorded by n8n. */
	executionTime: NaN,
	/** The time of the measured node, as recorded by n8n. */
	nodeTime: NaN,
	/** The peak of n8n's memory above its minimum while idle. */
	memory: NaN,
	/** The CPU time of n8n; in queue mode, of its main process. */
	cpuTime: NaN,
	/** The CPU time of all workers together. */
	workersCpuTime: NaN,
};

/** The values of one measurement: times in milliseconds, and memory in bytes. */
export type Measurement = typeof NOT_MEASURED;

export const measurement = (values: Partial<Measurement>) => ({ ...NOT_MEASURED, ...values });

export function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

export function median(values: readonly number[]): number {
	if (values.length === 0) throw new RangeError('There are no values.');
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** The median of each value across measurements. */
export function mediansOf(measurements: readonly Measurement[]): Measurement {
	const names = Object.keys(NOT_MEASURED) as Array<keyof Measurement>;
	const medians = names.map((name) => [name, median(measurements.map((each) => each[name]))]);
	return Object.fromEntries(medians) as Measurement;
}

export type Metric = ReturnType<typeof metric>;

/** A metric with a goal. By default, it is a ratio, and lower values are better. */
export function metric(
	name: string,
	value: number,
	goal: number,
	show = showRatio,
	better: 'less' | 'more' = 'less',
) {
	return { name, value, goal, show, better };
}

export const showRatio = (value: number) => value.toFixed(value < 0.1 ? 3 : 2);
export const showMs = (ms: number) => `${ms.toFixed(1)} ms`;
// These return an empty text for what was not measured.
export const showSeconds = (ms: number) => (Number.isNaN(ms) ? '' : `${(ms / 1000).toFixed(2)} s`);
export const showMegabytes = (bytes: number) =>
	Number.isNaN(bytes) ? '' : `${(bytes / 1024 ** 2).toFixed(0)} MB`;

/** A table with a column for each entry of `columns`, and a row for each element of `elements`. */
export function tableOf<T>(
	elements: readonly T[],
	columns: Record<string, (element: T) => string>,
): string[][] {
	const rows = elements.map((element) => Object.values(columns).map((cell) => cell(element)));
	return [Object.keys(columns), ...rows];
}
