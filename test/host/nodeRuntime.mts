import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CommandError } from './errors.mts';
import { hostsFolder, logFile } from './folders.mts';
import { npm } from './npm.mts';
import { withProgress } from './progress.mts';
import { emptyPackageFolder, once } from './stamp.mts';

/** A Node.js that can run n8n. */
export interface NodeRuntime {
	file: string;
	version: string;
	/** The folder with `include/node`, which compiling a native package needs, if there is one. */
	headers?: string;
}

/** This process' Node.js if its major version is among `majors`, or the first of them, installed here. */
export async function ensureNode(majors: readonly number[]): Promise<NodeRuntime> {
	if (majors.includes(Number(process.versions.node.split('.')[0]))) {
		return describe(process.execPath);
	}
	const major = majors[0]!;
	const folder = path.join(hostsFolder, `node-${major}`);
	const name = binaryPackage();
	await once(folder, 'ready', name, async () => await install(folder, name, major));
	return describe(executable(folder, name));
}

async function install(folder: string, name: string, major: number): Promise<void> {
	const log = logFile(`node-${major}`);
	await withProgress(
		`Installing Node.js ${major} (this machine has ${process.versions.node})`,
		async () => {
			emptyPackageFolder(folder);
			await npm(['install', '--ignore-scripts', `${name}@${major}`], { cwd: folder, log });
			try {
				return describe(executable(folder, name));
			} catch {
				throw new CommandError(
					`Node.js ${major} from the npm registry does not run on this machine: install Node.js ${major} yourself and run this with it.`,
					log,
				);
			}
		},
		({ version }) => `Node.js ${version} installed`,
	);
}

/** The npm package with the Node.js executable for this machine, as the package `node` names it. */
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

function describe(file: string): NodeRuntime {
	const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
	const headers = path.resolve(path.dirname(file), '..');
	const hasHeaders = existsSync(path.join(headers, 'include/node/node.h'));
	return { file, version, ...(hasHeaders ? { headers } : {}) };
}
