/** The values of one measurement: times in milliseconds, and memory in bytes. Values that were not measured are NaN. */
export interface Measurement {
	/** From the first request to the last response, by the emulator's clock. */
	duration: number;
	/** From the start of the execution to its end, as recorded by n8n. */
	executionTime: number;
	/** The time of the measured node, as recorded by n8n. */
	nodeTime: number;
	/** The peak of n8n's memory above its minimum while idle. */
	memory: number;
	/** The CPU time of n8n; in queue mode, of its main process. */
	cpuTime: number;
	/** The CPU time of all workers together. */
	workersCpuTime: number;
}

/** A measurement of only these values. */
export function measurement(values: Partial<Measurement>): Measurement {
	return {
		duration: NaN,
		executionTime: NaN,
		nodeTime: NaN,
		memory: NaN,
		cpuTime: NaN,
		workersCpuTime: NaN,
		...values,
	};
}

/** The median: the middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	const low = sorted[Math.floor(middle)];
	const high = sorted[Math.ceil(middle)];
	if (low === undefined || high === undefined) throw new RangeError('There are no values.');
	return (low + high) / 2;
}

/** The median of each value across measurements. */
export function mediansOf(measurements: readonly Measurement[]): Measurement {
	const names = Object.keys(measurement({})) as Array<keyof Measurement>;
	return measurement(
		Object.fromEntries(names.map((name) => [name, median(measurements.map((m) => m[name]))])),
	);
}

/** A metric with a goal. */
export interface Metric {
	name: string;
	value: number;
	goal: number;
	/** Formats a value. */
	show: (value: number) => string;
	/** Whether lower or higher values are better. */
	better: 'less' | 'more';
}

/** A metric. By default, it is a ratio, and lower values are better. */
export function metric(
	name: string,
	value: number,
	goal: number,
	show = showRatio,
	better: Metric['better'] = 'less',
): Metric {
	return { name, value, goal, show, better };
}

export function showRatio(value: number): string {
	return value.toFixed(value < 0.1 ? 3 : 2);
}

/** Returns an empty text for a time that was not measured. */
export function showSeconds(ms: number): string {
	return Number.isNaN(ms) ? '' : `${(ms / 1000).toFixed(2)} s`;
}

export function showMs(ms: number): string {
	return `${ms.toFixed(1)} ms`;
}

/** Returns an empty text for memory that was not measured. */
export function showMegabytes(bytes: number): string {
	return Number.isNaN(bytes) ? '' : `${(bytes / 1024 ** 2).toFixed(0)} MB`;
}

/** A table with a column for each entry of `columns`, and a row for each element of `elements`. */
export function tableOf<T>(
	elements: readonly T[],
	columns: Record<string, (element: T) => string>,
): string[][] {
	const rows = elements.map((element) => Object.values(columns).map((cell) => cell(element)));
	return [Object.keys(columns), ...rows];
}
