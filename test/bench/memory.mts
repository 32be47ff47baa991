import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Problem } from '../host/problem.mts';

/** Often enough to find the processes that n8n starts, but not so often that it affects the measurement. */
const LOOK_MS = 500;

/**
 * The memory of a process group in bytes, since its start or since `reset`.
 *
 * The kernel records the peak resident set size of each process (`VmHWM`), so no peak is missed, and can reset it.
 * Processes that start or exit are found by checking twice per second.
 *
 * @see https://docs.kernel.org/filesystems/proc.html
 */
export class MemoryWatch {
	private peaks = new Map<number, number>();
	private readonly timer: NodeJS.Timeout;

	constructor(private readonly pid: number) {
		if (process.platform !== 'linux') {
			throw new Problem('This benchmark requires Linux, because it reads memory usage from /proc.');
		}
		this.timer = setInterval(() => this.look(), LOOK_MS);
	}

	/** The current resident set size. */
	now(): number {
		return this.group().reduce((sum, pid) => sum + readStatus(pid, 'VmRSS'), 0);
	}

	/** The CPU time of the group, in milliseconds. Unlike elapsed time, it doesn't depend on other programs. */
	processorMs(): number {
		return this.group().reduce((sum, pid) => sum + processorMsOf(pid), 0);
	}

	/** Resets the peaks. */
	reset(): void {
		this.peaks = new Map();
		for (const pid of this.group()) {
			try {
				writeFileSync(`/proc/${pid}/clear_refs`, '5');
			} catch {
				// The process has exited.
			}
		}
	}

	/** The sum of the peaks of all processes. */
	peak(): number {
		this.look();
		return [...this.peaks.values()].reduce((sum, peak) => sum + peak, 0);
	}

	stop(): void {
		clearInterval(this.timer);
	}

	private look(): void {
		for (const pid of this.group()) {
			this.peaks.set(pid, Math.max(this.peaks.get(pid) ?? 0, readStatus(pid, 'VmHWM')));
		}
	}

	/** Each server is started in its own process group, whose ID is the server's process ID. */
	private group(): number[] {
		return readdirSync('/proc')
			.filter((name) => /^\d+$/.test(name))
			.map(Number)
			.filter((pid) => groupOf(pid) === this.pid);
	}
}

function groupOf(pid: number): number | undefined {
	const [, , group] = readStat(pid);
	return group === undefined ? undefined : Number(group);
}

function processorMsOf(pid: number): number {
	const [user = 0, system = 0] = readStat(pid).slice(11, 13).map(Number);
	// The kernel reports it in hundredths of a second.
	return (user + system) * 10;
}

/** The command name can contain anything, so only the fields after its closing parenthesis are read: state, parent, group, … */
function readStat(pid: number): string[] {
	const stat = read(pid, 'stat');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readStatus(pid: number, field: 'VmHWM' | 'VmRSS'): number {
	const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(pid, 'status')) ?? [];
	return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

/** Returns nothing for a process that has exited. */
function read(pid: number, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch {
		return '';
	}
}
