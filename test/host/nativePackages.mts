import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { npmEnvironment, plainEnvironment, withPath } from './environment.mts';
import type { NodeRuntime } from './nodeRuntime.mts';
import { findNpmCli, npmExitCode } from './npm.mts';
import { Problem } from './problem.mts';
import { run } from './processes.mts';

/** Whether a package loads; one with a compiled part does not until that part is there for this Node.js. */
export function loads(packageName: string, folder: string, node: NodeRuntime): boolean {
	const script = `require(${JSON.stringify(packageName)})`;
	const { status } = spawnSync(node.file, ['-e', script], { cwd: folder, env: plainEnvironment() });
	return status === 0;
}

/**
 * Gives a package its compiled part: downloaded ready-made where its authors offer one, else compiled here against the
 * headers that came with `node`.
 */
export async function build(
	packageName: string,
	folder: string,
	node: NodeRuntime,
	log: string,
): Promise<void> {
	const env: Record<string, string> = node.headers ? { npm_config_nodedir: node.headers } : {};
	const options = { cwd: folder, log, append: true, node: node.file, env };
	const args = ['rebuild', packageName, '--ignore-scripts=false', '--foreground-scripts'];
	await npmExitCode(args, options);
	if (loads(packageName, folder, node)) return;
	if (!missingTool()) await compileWithNpmsOwnGyp(packageName, folder, node, log, env);
	if (!loads(packageName, folder, node)) throw new Problem(explain(packageName), log);
}

/** The `node-gyp` a package brings along may be too old for this machine's Python; npm's own is not. */
async function compileWithNpmsOwnGyp(
	packageName: string,
	folder: string,
	node: NodeRuntime,
	log: string,
	env: Record<string, string>,
): Promise<void> {
	const cli = findNpmCli();
	const gyp = cli && path.join(cli, '../../node_modules/node-gyp/bin/node-gyp.js');
	if (!gyp || !existsSync(gyp)) return;
	await run(node.file, [gyp, 'rebuild'], {
		cwd: path.join(folder, 'node_modules', packageName),
		env: { ...withPath(npmEnvironment(), path.dirname(node.file)), ...env },
		log,
		append: true,
	});
}

function explain(packageName: string): string {
	const missing = missingTool();
	if (!missing) return `n8n's package ${packageName} could not be compiled here.`;
	return `n8n's package ${packageName} has to be compiled here, and this machine has no ${missing}: ${installAdvice()}, then run this again.`;
}

/** What node-gyp needs and does not find, or nothing; on Windows it finds its tools by other means. */
function missingTool(): string | undefined {
	if (process.platform === 'win32') return undefined;
	if (!isInstalled('make')) return '`make`';
	if (!isInstalled(process.env.CXX ?? 'c++') && !isInstalled('g++')) return 'C++ compiler';
	return isInstalled('python3') ? undefined : 'Python 3';
}

function isInstalled(program: string): boolean {
	return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function installAdvice(): string {
	return process.platform === 'darwin'
		? 'run `xcode-select --install`'
		: 'install a C++ compiler, make and Python 3 (on Debian and Ubuntu: apt-get install g++ make python3)';
}
