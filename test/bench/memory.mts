import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Problem } from '../host/problem.mts';

/** Often enough for what n8n starts, and too seldom to take processor time from what is measured. */
const LOOK_MS = 500;

/**
 * The memory of a process and all it started, in bytes, from its beginning or `reset` on.
 *
 * The kernel keeps the highest resident size of each process (`VmHWM`), so no moment is missed, and forgets it on
 * request. What processes come and go meanwhile is found by looking twice a second.
 *
 * @see https://docs.kernel.org/filesystems/proc.html
 */
export class MemoryWatch {
	private peaks = new Map<number, number>();
	private readonly timer: NodeJS.Timeout;

	constructor(private readonly pid: number) {
		if (process.platform !== 'linux') {
			throw new Problem('Memory is read from /proc: this benchmark needs Linux.');
		}
		this.timer = setInterval(() => this.look(), LOOK_MS);
	}

	/** What is resident now. */
	now(): number {
		return this.group().reduce((sum, pid) => sum + readStatus(pid, 'VmRSS'), 0);
	}

	/** The processor time the group has used, in milliseconds: unlike the clock, it knows no other program. */
	processorMs(): number {
		return this.group().reduce((sum, pid) => sum + processorMsOf(pid), 0);
	}

	/** Forgets the peaks so far. */
	reset(): void {
		this.peaks = new Map();
		for (const pid of this.group()) {
			try {
				writeFileSync(`/proc/${pid}/clear_refs`, '5');
			} catch {
				// It has ended.
			}
		}
	}

	/** The sum of the peaks of the processes. */
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

	/** Servers are started in a process group of their own, which bears their ID. */
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
	// The kernel tells it in hundredths of a second.
	return (user + system) * 10;
}

/** The command's name may hold anything, so what follows its bracket is read: state, parent, group, … */
function readStat(pid: number): string[] {
	const stat = read(pid, 'stat');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readStatus(pid: number, field: 'VmHWM' | 'VmRSS'): number {
	const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(pid, 'status')) ?? [];
	return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

/** A process that has ended has nothing to read. */
function read(pid: number, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch {
		return '';
	}
}
