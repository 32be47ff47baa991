import { CleanUp } from '../host/cleanUp.mts';
import { describeProblem } from '../host/problem.mts';
import { stopAll } from '../host/processes.mts';
import { withProgress } from '../host/progress.mts';
import { helpText, readArgs } from './args.mts';
import type { Bench } from './bench.mts';
import { openBench } from './bench.mts';
import { MEASURES } from './measures/all.mts';
import { showOutcome, writeReport } from './report.mts';
import type { Measure, Outcome } from './result.mts';

const cleanUp = new CleanUp();
let interrupted = false;

for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143],
	['SIGHUP', 129],
] as const) {
	process.on(signal, () => void onSignal(code));
}

try {
	await main();
} catch (error) {
	if (!interrupted) {
		console.error(`\n✗ ${describeProblem(error)}`);
		await end(1);
	}
}

async function main(): Promise<void> {
	const names = MEASURES.map(({ name }) => name);
	const options = readArgs(process.argv.slice(2), names);
	if (options.help) {
		console.log(helpText(names));
		return;
	}
	const bench = await openBench(options, cleanUp);
	const outcomes: Outcome[] = [];
	for (const measure of MEASURES) {
		if (options.only && !options.only.includes(measure.name)) continue;
		const outcome = await take(measure, bench);
		console.log(showOutcome(outcome));
		outcomes.push(outcome);
	}
	const { only, quick, profile } = options;
	if (!only && !quick && !profile) console.log(`\nWritten: ${await writeReport(bench, outcomes)}`);
	await end(outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0);
}

/** One measure that cannot be taken does not keep the others from being taken. */
async function take(measure: Measure, bench: Bench): Promise<Outcome> {
	try {
		const result = await withProgress(
			`Measuring: ${measure.title}`,
			undefined,
			async () => await measure.take(bench),
			() => measure.title,
		);
		return { measure, result };
	} catch (error) {
		if (interrupted) throw error;
		return { measure, failure: describeProblem(error) };
	}
}

async function onSignal(code: number): Promise<void> {
	// Who asks twice does not want to wait: what still runs is killed as this process ends.
	if (interrupted) process.exit(code);
	interrupted = true;
	console.error('\nStopping…');
	await end(code);
}

async function end(code: number): Promise<never> {
	await cleanUp.close();
	await stopAll();
	process.exit(code);
}
