import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { CommandError } from './errors.mts';
import { hostsFolder, logFile } from './folders.mts';
import { build, loads } from './nativePackages.mts';
import { ensureNode, type NodeRuntime } from './nodeRuntime.mts';
import { npm } from './npm.mts';
import { withProgress } from './progress.mts';
import { emptyPackageFolder, once } from './stamp.mts';
import { DEFAULT_N8N_VERSION, findHostVersion } from './versions.mts';

export interface Host {
	n8nVersion: string;
	/** Delete it to have n8n installed again. */
	folder: string;
	/** The JavaScript file that `node.file` runs as the command `n8n`. */
	n8nBin: string;
	node: NodeRuntime;
}

const GIGABYTES = 3;

/**
 * Installs an n8n, with a Node.js that it runs on, if it isn't installed yet. The first time takes
 * minutes. An interrupted installation is repeated.
 */
export async function ensureHost(n8nVersion = DEFAULT_N8N_VERSION): Promise<Host> {
	mkdirSync(hostsFolder, { recursive: true });
	// Two processes would install into the same folder.
	const release = await lockfile.lock(hostsFolder, {
		lockfilePath: path.join(hostsFolder, 'installation.lock'),
		retries: { forever: true, minTimeout: 1000, maxTimeout: 1000 },
	});
	try {
		const node = await ensureNode(findHostVersion(n8nVersion).nodeMajors);
		const folder = path.join(hostsFolder, `n8n-${n8nVersion}`);
		const n8nBin = path.join(folder, 'node_modules/n8n/bin/n8n');
		const host = { n8nVersion, folder, n8nBin, node };
		await once(folder, 'installed', n8nVersion, async () => await installN8n(host));
		// Compiled code is for one major version of Node.js.
		const major = `node ${node.version.split('.')[0]}`;
		await once(folder, 'ready', major, async () => await buildNativePackages(host));
		return host;
	} finally {
		await release();
	}
}

async function installN8n({ folder, n8nVersion, node }: Host): Promise<void> {
	await assertFreeSpace();
	await withProgress(
		`Installing n8n ${n8nVersion}, once (about 6 minutes, ${GIGABYTES} GB)`,
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
}

async function buildNativePackages({ folder, n8nVersion, node }: Host): Promise<void> {
	const log = logFile(`n8n-${n8nVersion}-native`);
	writeFileSync(log, '');
	for (const name of findHostVersion(n8nVersion).nativePackages) {
		const isInstalled = existsSync(path.join(folder, 'node_modules', name));
		if (!isInstalled || loads(name, folder, node)) continue;
		await withProgress(
			`Building ${name} for Node.js ${node.version}, once (about 1.5 minutes if it must be compiled)`,
			async () => await build(name, folder, node, log),
			() => `${name} built`,
		);
	}
}

async function assertFreeSpace(): Promise<void> {
	const { bavail, bsize } = await statfs(hostsFolder);
	const free = (bavail * bsize) / 1e9;
	if (free > GIGABYTES * 1.2) return;
	throw new CommandError(
		`n8n needs ${GIGABYTES} GB in ${hostsFolder}, and ${free.toFixed(1)} GB are free: free some, or set CLOUDSQUID_HOSTS to a folder on another disk.`,
	);
}
