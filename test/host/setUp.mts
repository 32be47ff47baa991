import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { hostsFolder, logFile } from './folders.mts';
import { withLock } from './lock.mts';
import { build, loads } from './nativePackages.mts';
import type { NodeRuntime } from './nodeRuntime.mts';
import { ensureNode } from './nodeRuntime.mts';
import { npm } from './npm.mts';
import { Problem } from './problem.mts';
import type { Progress } from './progress.mts';
import { withProgress } from './progress.mts';
import { emptyPackageFolder, isStamped, writeStamp } from './stamp.mts';
import { DEFAULT_N8N_VERSION, ESTIMATES, findHostVersion } from './versions.mts';

/** An installed n8n, ready to be started. */
export interface Host {
	n8nVersion: string;
	/** What is deleted to have it installed anew. */
	folder: string;
	/** The JavaScript file that `node.file` runs as the command `n8n`. */
	n8nBin: string;
	node: NodeRuntime;
}

/**
 * Makes sure that this n8n is installed, with a Node.js it runs on, and says where. Installations are kept in the hosts
 * folder; the first one of a release takes minutes, and one that was interrupted is put right.
 */
export async function ensureHost(
	n8nVersion = DEFAULT_N8N_VERSION,
	nodeMajors = findHostVersion(n8nVersion).nodeMajors,
): Promise<Host> {
	mkdirSync(hostsFolder, { recursive: true });
	const node = await alone('node', async () => await ensureNode(nodeMajors));
	const name = `n8n-${n8nVersion}`;
	return await alone(name, async () => {
		const folder = path.join(hostsFolder, name);
		await ensureN8n(folder, n8nVersion, node);
		await ensureNativePackages(folder, n8nVersion, node);
		return { n8nVersion, folder, n8nBin: path.join(folder, 'node_modules/n8n/bin/n8n'), node };
	});
}

/** Keeps others from setting up the same at the same time. */
async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
	return await withLock(path.join(hostsFolder, `${name}.lock`), work);
}

async function ensureN8n(folder: string, n8nVersion: string, node: NodeRuntime): Promise<void> {
	if (isStamped(folder, 'installed', n8nVersion)) return;
	const { minutes, gigabytes } = ESTIMATES.n8n;
	await assertFreeSpace(gigabytes);
	if (existsSync(folder))
		console.log(`… n8n ${n8nVersion} is not completely installed; starting over`);
	await withProgress(
		`Installing n8n ${n8nVersion}, once`,
		`about ${minutes} minutes, ${gigabytes} GB`,
		async (progress) => await installN8n(folder, n8nVersion, node, progress),
		() => `n8n ${n8nVersion} installed`,
	);
	writeStamp(folder, 'installed', n8nVersion);
}

async function installN8n(
	folder: string,
	n8nVersion: string,
	node: NodeRuntime,
	progress: Progress,
): Promise<void> {
	emptyPackageFolder(folder, findHostVersion(n8nVersion).overrides);
	let fetched = 0;
	// Without scripts: some of n8n's packages fail to compile on many machines, and it starts without those.
	const args = [
		'install',
		'--omit=dev',
		'--ignore-scripts',
		'--loglevel=http',
		`n8n@${n8nVersion}`,
	];
	await npm(args, {
		cwd: folder,
		log: logFile(`n8n-${n8nVersion}`),
		node: node.file,
		onLine: (line) => {
			if (line.includes('.tgz')) progress.update(`${++fetched} downloads`);
		},
	});
}

async function ensureNativePackages(
	folder: string,
	n8nVersion: string,
	node: NodeRuntime,
): Promise<void> {
	// Compiled code is for one major of Node.js.
	const stamp = `node ${node.version.split('.')[0]}`;
	if (isStamped(folder, 'ready', stamp)) return;
	const log = logFile(`n8n-${n8nVersion}-native`);
	writeFileSync(log, '');
	for (const name of findHostVersion(n8nVersion).nativePackages) {
		const installed = existsSync(path.join(folder, 'node_modules', name));
		if (!installed || loads(name, folder, node)) continue;
		await withProgress(
			`Building ${name} for Node.js ${node.version}, once`,
			`about ${ESTIMATES.nativePackages.minutes} minutes where it has to be compiled`,
			async () => await build(name, folder, node, log),
			() => `${name} built`,
		);
	}
	writeStamp(folder, 'ready', stamp);
}

async function assertFreeSpace(gigabytes: number): Promise<void> {
	const { bavail, bsize } = await statfs(hostsFolder);
	const free = (bavail * bsize) / 1e9;
	if (free > gigabytes * 1.2) return;
	throw new Problem(
		`n8n needs ${gigabytes} GB in ${hostsFolder} and ${free.toFixed(1)} GB are free: free some, or set CLOUDSQUID_HOSTS to a folder on another disk.`,
	);
}
