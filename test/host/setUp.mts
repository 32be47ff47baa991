import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { CommandError } from './errors.mts';
import { hostsFolder, logFile } from './folders.mts';
import { build, loads } from './nativePackages.mts';
import type { NodeRuntime } from './nodeRuntime.mts';
import { ensureNode } from './nodeRuntime.mts';
import { npm } from './npm.mts';
import { withProgress } from './progress.mts';
import { emptyPackageFolder, isStamped, writeStamp } from './stamp.mts';
import { DEFAULT_N8N_VERSION, ESTIMATES, findHostVersion } from './versions.mts';

/** An installed n8n. */
export interface Host {
	n8nVersion: string;
	/** Delete it to have n8n installed again. */
	folder: string;
	/** The JavaScript file that `node.file` runs as the command `n8n`. */
	n8nBin: string;
	node: NodeRuntime;
}

/**
 * Installs an n8n, with a Node.js that it runs on, if it isn't installed yet. The first time takes
 * minutes. An interrupted installation is repeated.
 */
export async function ensureHost(
	n8nVersion = DEFAULT_N8N_VERSION,
	nodeMajors = findHostVersion(n8nVersion).nodeMajors,
): Promise<Host> {
	mkdirSync(hostsFolder, { recursive: true });
	// Two processes would install into the same folder.
	const release = await lockfile.lock(hostsFolder, {
		lockfilePath: path.join(hostsFolder, 'installation.lock'),
		retries: { forever: true, minTimeout: 1000, maxTimeout: 1000 },
	});
	try {
		const node = await ensureNode(nodeMajors);
		const folder = path.join(hostsFolder, `n8n-${n8nVersion}`);
		await ensureN8n(folder, n8nVersion, node);
		await ensureNativePackages(folder, n8nVersion, node);
		return { n8nVersion, folder, n8nBin: path.join(folder, 'node_modules/n8n/bin/n8n'), node };
	} finally {
		await release();
	}
}

async function ensureN8n(folder: string, n8nVersion: string, node: NodeRuntime): Promise<void> {
	if (isStamped(folder, 'installed', n8nVersion)) return;
	const { minutes, gigabytes } = ESTIMATES.n8n;
	await assertFreeSpace(gigabytes);
	await withProgress(
		`Installing n8n ${n8nVersion}, once`,
		`about ${minutes} minutes, ${gigabytes} GB`,
		async (report) => {
			emptyPackageFolder(folder, findHostVersion(n8nVersion).overrides);
			let downloads = 0;
			// Without scripts: some packages don't compile on many machines, and n8n starts without them.
			const flags = ['--omit=dev', '--ignore-scripts', '--loglevel=http'];
			await npm(['install', ...flags, `n8n@${n8nVersion}`], {
				cwd: folder,
				log: logFile(`n8n-${n8nVersion}`),
				node: node.file,
				onLine: (line) => {
					if (line.includes('.tgz')) report(`${++downloads} downloads`);
				},
			});
		},
		() => `n8n ${n8nVersion} installed`,
	);
	writeStamp(folder, 'installed', n8nVersion);
}

async function ensureNativePackages(
	folder: string,
	n8nVersion: string,
	node: NodeRuntime,
): Promise<void> {
	// Compiled code is for one major version of Node.js.
	const stamp = `node ${node.version.split('.')[0]}`;
	if (isStamped(folder, 'ready', stamp)) return;
	const log = logFile(`n8n-${n8nVersion}-native`);
	writeFileSync(log, '');
	for (const name of findHostVersion(n8nVersion).nativePackages) {
		const isInstalled = existsSync(path.join(folder, 'node_modules', name));
		if (!isInstalled || loads(name, folder, node)) continue;
		await withProgress(
			`Building ${name} for Node.js ${node.version}, once`,
			`about ${ESTIMATES.nativePackages.minutes} minutes if it must be compiled`,
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
	throw new CommandError(
		`n8n needs ${gigabytes} GB in ${hostsFolder}, and ${free.toFixed(1)} GB are free: free some, or set CLOUDSQUID_HOSTS to a folder on another disk.`,
	);
}
