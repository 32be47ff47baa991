import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Does `work` while no other process does it: two set-ups at once would install into the same folder. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
	let told = false;
	while (!take(file)) {
		if (!told)
			console.log(`… another process is setting up the same; waiting (if none is, delete ${file})`);
		told = true;
		await sleep(1000);
	}
	const release = () => rmSync(file, { force: true });
	process.once('exit', release);
	try {
		return await work();
	} finally {
		process.off('exit', release);
		release();
	}
}

function take(file: string): boolean {
	try {
		writeFileSync(file, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		if (!isAbandoned(file)) return false;
		rmSync(file, { force: true });
		return take(file);
	}
}

/** Whether the process that took the lock has ended without giving it back. */
function isAbandoned(file: string): boolean {
	try {
		const pid = Number(readFileSync(file, 'utf8'));
		// An owner that has just made the file has not written to it yet.
		if (pid === 0) return Date.now() - statSync(file).mtimeMs > 5000;
		return !isAlive(pid);
	} catch {
		return false;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
