import { runCommand } from '../host/command.mts';
import { describeProblem } from '../host/problem.mts';
import { withProgress } from '../host/progress.mts';
import { helpText, readArgs } from './args.mts';
import type { Bench } from './bench.mts';
import { openBench } from './bench.mts';
import { MEASURES } from './measures/all.mts';
import { showOutcome, writeReport } from './report.mts';
import type { Measure, Outcome } from './result.mts';

await runCommand(async (cleanUp, signal) => {
	const names = MEASURES.map(({ name }) => name);
	const options = readArgs(process.argv.slice(2), names);
	if (options.help) {
		console.log(helpText(names));
		return 0;
	}
	const bench = await openBench(options, cleanUp);
	const outcomes: Outcome[] = [];
	for (const measure of MEASURES) {
		if (options.only && !options.only.includes(measure.name)) continue;
		const outcome = await take(measure, bench, signal);
		console.log(showOutcome(outcome));
		outcomes.push(outcome);
	}
	const { only, quick, profile } = options;
	if (!only && !quick && !profile) console.log(`\nWritten: ${await writeReport(bench, outcomes)}`);
	return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
});

/** Runs one benchmark. If it fails, the others still run. */
async function take(measure: Measure, bench: Bench, signal: AbortSignal): Promise<Outcome> {
	try {
		const result = await withProgress(
			`Measuring: ${measure.title}`,
			undefined,
			async () => await measure.take(bench),
			() => measure.title,
		);
		return { measure, result };
	} catch (error) {
		if (signal.aborted) throw error;
		return { measure, failure: describeProblem(error) };
	}
}
