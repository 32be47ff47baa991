import ora from 'ora';

/**
 * Shows a step while it runs, and how it ended.
 *
 * @param work can report its state
 * @param outcome what to print at the end
 */
export async function withProgress<T>(
	step: string,
	work: (report: (state: string) => void) => Promise<T>,
	outcome: (result: T) => string,
	isSuccess: (result: T) => boolean = () => true,
): Promise<T> {
	const startedAt = Date.now();
	const spinner = ora({ text: step, stream: process.stdout, discardStdin: false }).start();
	try {
		const result = await work((state) => (spinner.text = `${step}: ${state}`));
		const text = `${outcome(result)} (${formatDuration(Date.now() - startedAt)})`;
		spinner.stopAndPersist({ symbol: isSuccess(result) ? '✓' : '✗', text });
		return result;
	} catch (error) {
		spinner.stop();
		throw error;
	}
}

/** A duration such as `0.4 s`, `12 s`, or `4 min 05 s`. */
function formatDuration(ms: number): string {
	if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) return `${seconds} s`;
	return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
