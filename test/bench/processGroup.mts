import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { CommandError } from '../host/errors.mts';
import { sum } from './metrics.mts';

/** Often enough to find the processes that n8n starts, but not so often that it affects the measurement. */
const POLL_MS = 500;

/**
 * The memory and the CPU time of servers and the processes they start. Each server is started in its own process group,
 * whose ID is the server's process ID.
 *
 * @see https://docs.kernel.org/filesystems/proc.html
 */
export class ProcessGroup {
	private readonly ids: string[];

	constructor(...pids: Array<number | undefined>) {
		this.ids = pids.map(String);
		if (process.platform === 'linux') return;
		throw new CommandError('This benchmark requires Linux: it reads memory usage from /proc.');
	}

	/** The current resident set size, in bytes. It is 0 if all processes have exited. */
	memory(): number {
		return sum(this.pids().map((pid) => readStatus(pid, 'VmRSS')));
	}

	/** The CPU time, in milliseconds. Unlike elapsed time, it doesn't depend on other programs. */
	cpuTime(): number {
		// User and system time, which the kernel reports in hundredths of a second.
		return sum(this.pids().flatMap((pid) => readStat(pid).slice(11, 13).map(Number))) * 10;
	}

	/**
	 * The sum of the peaks of all processes while `work` is done, in bytes. The kernel records the peak resident set size
	 * of each process (`VmHWM`), so no peak is missed, and can reset it. Processes that start or exit are found by polling
	 * twice per second.
	 */
	async peakDuring<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
		const peaks: Record<number, number> = {};
		const poll = () => {
			for (const pid of this.pids()) {
				peaks[pid] = Math.max(peaks[pid] ?? 0, readStatus(pid, 'VmHWM'));
			}
		};
		// Fails for a process that has exited.
		const resets = this.pids().map(async (pid) => await writeFile(`/proc/${pid}/clear_refs`, '5'));
		await Promise.allSettled(resets);
		const timer = setInterval(poll, POLL_MS);
		try {
			const result = await work();
			poll();
			return { result, peak: sum(Object.values(peaks)) };
		} finally {
			clearInterval(timer);
		}
	}

	private pids(): number[] {
		const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
		return pids.map(Number).filter((pid) => this.ids.includes(readStat(pid)[2]!));
	}
}

/** The command name can contain anything, so only the fields after its closing parenthesis are read: state, parent, group, … */
function readStat(pid: number): string[] {
	const stat = read(pid, 'stat');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A size in the status of a process, in bytes. */
function readStatus(pid: number, field: 'VmHWM' | 'VmRSS'): number {
	const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(pid, 'status'));
	return Number(line?.[1] ?? 0) * 1024;
}

/** Returns nothing if the process has exited. */
function read(pid: number, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch {
		return '';
	}
}
