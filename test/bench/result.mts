import type { Bench } from './bench.mts';
import type { Share } from './processorShares.mts';

/** One thing that is measured, with all that belongs to it. */
export interface Measure {
	/** What `--only` calls it. */
	name: string;
	title: string;
	/** How the figures are taken, for the report. */
	how: string;
	take(bench: Bench): Promise<Result>;
}

export interface Result {
	figures: Figure[];
	/** Absolute values behind the figures: a row of headings, then rows of cells. */
	context: string[][];
	/** Where the processor time of n8n went, for a measure in which it is the limit. */
	shares?: Share[];
}

/** A figure that there is a goal for. */
export interface Figure {
	what: string;
	value: number;
	goal: number;
	/** Whether the goal is the most or the least there should be; less is better unless said. */
	better?: 'less' | 'more';
	/** Puts a value into words; a ratio unless said. */
	show?: (value: number) => string;
}

/** What there is to say of a measure in the end. */
export interface Outcome {
	measure: Measure;
	/** Absent when it could not be taken. */
	result?: Result;
	failure?: string;
}

export function isMet({ value, goal, better }: Figure): boolean {
	return better === 'more' ? value >= goal : value <= goal;
}

/** The goal with the side of it that a value should be on: `≤ 1.15`. */
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

export function showShare({ whose, share }: Share): string[] {
	return [whose, `${(share * 100).toFixed(0)} %`];
}
