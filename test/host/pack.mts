import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { logFile, projectFolder, temporaryFolder } from './folders.mts';
import { newUserFolder } from './n8nServer.mts';
import { communityFolder } from './n8nSettings.mts';
import type { NodeRuntime } from './nodeRuntime.mts';
import { npm } from './npm.mts';
import { Problem } from './problem.mts';
import type { Host } from './setUp.mts';

/** A package as it would be published. */
export interface Tarball {
	name: string;
	version: string;
	file: string;
	bytes: number;
	fileCount: number;
}

/** Builds this package and packs it into `folder`, as publishing it would. */
export async function buildAndPack(folder: string): Promise<Tarball> {
	const log = logFile('build');
	try {
		await npm(['run', 'build'], { cwd: projectFolder, log });
	} catch {
		throw new Problem('The package does not build.', log);
	}
	return await pack(folder);
}

/** Packs what is built into `folder`. */
export async function pack(folder: string): Promise<Tarball> {
	const log = logFile('pack');
	const args = [
		'pack',
		'--json',
		'--ignore-scripts',
		'--loglevel=error',
		'--pack-destination',
		folder,
	];
	await npm(args, { cwd: projectFolder, log });
	const output = await readFile(log, 'utf8');
	const [packed] = JSON.parse(output.slice(output.indexOf('['))) as Array<{
		name: string;
		version: string;
		filename: string;
		size: number;
		entryCount: number;
	}>;
	if (!packed) throw new Problem('npm pack packed nothing.', log);
	const { name, version, filename, size, entryCount } = packed;
	return { name, version, file: path.join(folder, filename), bytes: size, fileCount: entryCount };
}

let packed: Promise<Tarball> | undefined;

/** Makes a user folder for an n8n to come, with this package in it, packed once per process. */
export async function preparedUserFolder({ node }: Pick<Host, 'node'>): Promise<string> {
	packed ??= buildAndPack(temporaryFolder('package'));
	const userFolder = newUserFolder();
	await installCommunityPackage(await packed, userFolder, node);
	return userFolder;
}

/** Unpacks a package into `folder`, which is made. */
export function unpack({ file }: Tarball, folder: string): void {
	mkdirSync(folder, { recursive: true });
	const args = ['-xzf', file, '-C', folder, '--strip-components=1'];
	const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
	if (status !== 0) throw new Problem(`The package could not be unpacked: ${stderr.trim()}`);
}

/**
 * Installs a packed package for an n8n with this user folder, step by step as n8n's own installer of community
 * packages does with what it gets from the registry: it unpacks into `nodes/node_modules`, drops every kind of
 * dependency but the plain one, lets npm install those without scripts, and notes the version.
 */
export async function installCommunityPackage(
	tarball: Tarball,
	userFolder: string,
	node: NodeRuntime,
): Promise<void> {
	const nodesFolder = communityFolder(userFolder);
	const folder = path.join(nodesFolder, 'node_modules', tarball.name);
	unpack(tarball, folder);
	dropOtherDependencies(path.join(folder, 'package.json'));
	await npm(INSTALL_AS_N8N_DOES, { cwd: folder, log: logFile('install-package'), node: node.file });
	noteVersion(nodesFolder, tarball);
}

const INSTALL_AS_N8N_DOES = [
	'install',
	'--audit=false',
	'--fund=false',
	'--bin-links=false',
	'--install-strategy=shallow',
	'--ignore-scripts=true',
	'--package-lock=false',
];

function dropOtherDependencies(file: string): void {
	const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
		delete manifest[kind];
	}
	writeFileSync(file, JSON.stringify(manifest, null, 2));
}

function noteVersion(nodesFolder: string, { name, version }: Tarball): void {
	const manifest = { name: 'installed-nodes', private: true, dependencies: { [name]: version } };
	writeFileSync(path.join(nodesFolder, 'package.json'), JSON.stringify(manifest, null, 2));
}
