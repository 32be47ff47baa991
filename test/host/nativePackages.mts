import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import which from 'which';
import { npmEnvironment, plainEnvironment } from './environment.mts';
import { CommandError } from './errors.mts';
import type { NodeRuntime } from './nodeRuntime.mts';
import { findNpmCli, npmExitCode } from './npm.mts';
import { run } from './processes.mts';

/** Whether a package loads. One with compiled code doesn't until it was compiled for this Node.js. */
export function loads(packageName: string, folder: string, node: NodeRuntime): boolean {
	const script = `require(${JSON.stringify(packageName)})`;
	const { status } = spawnSync(node.file, ['-e', script], { cwd: folder, env: plainEnvironment() });
	return status === 0;
}

/** Downloads the compiled code of a package if its authors offer it, or else compiles it here. */
export async function build(
	packageName: string,
	folder: string,
	node: NodeRuntime,
	log: string,
): Promise<void> {
	const env: Record<string, string> = node.headers ? { npm_config_nodedir: node.headers } : {};
	const options = { log, append: true, env };
	const args = ['rebuild', packageName, '--ignore-scripts=false', '--foreground-scripts'];
	await npmExitCode(args, { ...options, cwd: folder, node: node.file });
	if (loads(packageName, folder, node)) return;
	const missing = findMissingTool();
	if (missing) {
		const advice =
			process.platform === 'darwin'
				? 'run `xcode-select --install`'
				: 'install a C++ compiler, make, and Python 3 (on Debian and Ubuntu: apt-get install g++ make python3)';
		throw new CommandError(
			`n8n's package ${packageName} must be compiled, and this machine has no ${missing}: ${advice}, then run this again.`,
			log,
		);
	}
	// The node-gyp that the package uses may be too old for this machine's Python. That of npm isn't.
	const gyp = path.join(findNpmCli() ?? '', '../../node_modules/node-gyp/bin/node-gyp.js');
	if (existsSync(gyp)) {
		await run(node.file, [gyp, 'rebuild'], {
			...options,
			cwd: path.join(folder, 'node_modules', packageName),
			env: { ...npmEnvironment(), ...env },
			preferLocal: true,
			execPath: node.file,
		});
	}
	if (loads(packageName, folder, node)) return;
	throw new CommandError(`n8n's package ${packageName} could not be compiled.`, log);
}

/** What node-gyp needs and this machine doesn't have. On Windows, node-gyp finds its tools by other means. */
function findMissingTool(): string | undefined {
	if (process.platform === 'win32') return undefined;
	const isInstalled = (program: string) => which.sync(program, { nothrow: true }) !== null;
	if (!isInstalled('make')) return '`make`';
	if (!isInstalled(process.env.CXX ?? 'c++') && !isInstalled('g++')) return 'C++ compiler';
	return isInstalled('python3') ? undefined : 'Python 3';
}
