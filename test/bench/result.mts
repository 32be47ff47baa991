import type { Bench } from './bench.mts';

/** A benchmark. */
export interface Measure {
	/** Its name for `--only`. */
	name: string;
	title: string;
	/** How it is measured, for the report. */
	how: string;
	take(bench: Bench): Promise<Result>;
}

export interface Result {
	figures: Figure[];
	/** The absolute values behind the results: a row of headings, then rows of cells. */
	context: string[][];
}

/** A metric with a goal. */
export interface Figure {
	what: string;
	value: number;
	goal: number;
	/** Whether lower or higher values are better. The default is lower. */
	better?: 'less' | 'more';
	/** Formats a value. The default is a ratio. */
	show?: (value: number) => string;
}

/** The outcome of a benchmark. */
export interface Outcome {
	measure: Measure;
	/** Missing if the benchmark failed. */
	result?: Result;
	failure?: string;
}

export function isMet({ value, goal, better }: Figure): boolean {
	return better === 'more' ? value >= goal : value <= goal;
}

/** The goal with its direction, such as `≤ 1.15`. */
export function showGoal(figure: Figure): string {
	return `${figure.better === 'more' ? '≥' : '≤'} ${showFigure(figure, figure.goal)}`;
}

export function showFigure({ show = showRatio }: Figure, value: number): string {
	return show(value);
}

export function showRatio(value: number): string {
	return value.toFixed(value < 0.1 ? 3 : 2);
}

export function showSeconds(ms: number): string {
	return `${(ms / 1000).toFixed(2)} s`;
}

export function showMs(ms: number): string {
	return `${ms.toFixed(1)} ms`;
}

export function showMegabytes(bytes: number): string {
	return `${(bytes / 1024 ** 2).toFixed(0)} MB`;
}
