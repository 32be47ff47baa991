/** The median: the middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	const low = sorted[Math.floor(middle)];
	const high = sorted[Math.ceil(middle)];
	if (low === undefined || high === undefined) throw new RangeError('There are no values.');
	return (low + high) / 2;
}

export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The median of one property across measurements. */
export function medianOf<T>(takes: readonly T[], pick: (take: T) => number): number {
	return median(takes.map(pick));
}
