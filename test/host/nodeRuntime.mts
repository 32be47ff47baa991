import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { hostsFolder, logFile } from './folders.mts';
import { npm } from './npm.mts';
import { Problem } from './problem.mts';
import { withProgress } from './progress.mts';
import { emptyPackageFolder, isStamped, writeStamp } from './stamp.mts';

/** A Node.js to run n8n with. */
export interface NodeRuntime {
	/** The executable. */
	file: string;
	version: string;
	/** The folder with `include/node`, which compiling a native package needs; absent where there are no headers. */
	headers?: string;
}

/** The Node.js this process runs on when its major is among `majors`, else one of the first of them, installed here. */
export async function ensureNode(majors: readonly number[]): Promise<NodeRuntime> {
	if (majors.includes(Number(process.versions.node.split('.')[0]))) {
		return describe(process.execPath, process.versions.node);
	}
	const [major] = majors;
	if (major === undefined) throw new RangeError('No Node.js major was asked for.');
	return await ensureOwnNode(major);
}

async function ensureOwnNode(major: number): Promise<NodeRuntime> {
	const folder = path.join(hostsFolder, `node-${major}`);
	const name = binaryPackage();
	if (!isStamped(folder, 'ready', name)) await install(folder, name, major);
	const file = executable(folder, name);
	return describe(file, versionOf(file));
}

async function install(folder: string, name: string, major: number): Promise<void> {
	const log = logFile(`node-${major}`);
	await withProgress(
		`Installing Node.js ${major}, as this machine's is ${process.versions.node}`,
		'some seconds',
		async () => {
			emptyPackageFolder(folder);
			await npm(['install', '--ignore-scripts', `${name}@${major}`], { cwd: folder, log });
			return tryVersionOf(executable(folder, name), major, log);
		},
		(version) => `Node.js ${version} installed`,
	);
	writeStamp(folder, 'ready', name);
}

function tryVersionOf(file: string, major: number, log: string): string {
	try {
		return versionOf(file);
	} catch {
		throw new Problem(
			`The Node.js ${major} of the npm registry does not run on this machine: install Node.js ${major} yourself and run this with it.`,
			log,
		);
	}
}

/** The npm package with the Node.js binary for this machine, as the package `node` names it. */
function binaryPackage(): string {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
	return `${prefix}-${platform}-${process.arch}`;
}

function executable(folder: string, name: string): string {
	const manifest = path.join(folder, 'node_modules', name, 'package.json');
	const { bin } = createRequire(manifest)(manifest) as { bin: { node: string } };
	return path.resolve(path.dirname(manifest), bin.node);
}

function versionOf(file: string): string {
	return execFileSync(file, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
}

function describe(file: string, version: string): NodeRuntime {
	const root = path.resolve(path.dirname(file), '..');
	const hasHeaders = existsSync(path.join(root, 'include/node/node.h'));
	return { file, version, ...(hasHeaders ? { headers: root } : {}) };
}
