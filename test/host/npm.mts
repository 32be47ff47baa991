import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { npmEnvironment, withPath } from './environment.mts';
import { Problem } from './problem.mts';
import { run } from './processes.mts';

export interface NpmOptions {
	/** The folder npm works in; it must have a `package.json`, or npm would climb up to this repository. */
	cwd: string;
	log: string;
	append?: boolean;
	/** The Node.js to run npm, and all that npm runs, with. */
	node?: string;
	env?: Record<string, string>;
	onLine?: (line: string) => void;
}

/** Without these npm asks the registry for advisories and funding, and waits minutes for a network that is not there. */
const QUIETLY = ['--no-audit', '--no-fund', '--no-update-notifier', '--no-progress'];
const IMPATIENTLY = [
	'--fetch-retries=3',
	'--fetch-retry-mintimeout=2000',
	'--fetch-retry-maxtimeout=10000',
];

/** Runs npm; what goes wrong becomes a `Problem` that says how to go on. */
export async function npm(args: readonly string[], options: NpmOptions): Promise<void> {
	const code = await npmExitCode(args, options);
	if (code !== 0) throw new Problem(await explain(args, options.log), options.log);
}

/** Runs npm and gives its exit code, for the caller to judge. */
export async function npmExitCode(
	args: readonly string[],
	options: NpmOptions,
): Promise<number | null> {
	const node = options.node ?? process.execPath;
	const env = { ...withPath(npmEnvironment(), path.dirname(node)), ...options.env };
	const cli = findNpmCli();
	const all = [...args, ...QUIETLY, ...IMPATIENTLY];
	const { code, error } = await run(cli ? node : 'npm', cli ? [cli, ...all] : all, {
		...options,
		env,
	});
	if (error) throw new Problem(`npm could not be started (${error.message}); is it installed?`);
	return code;
}

/** The JavaScript file of the npm in use: run directly, it needs no shell and no `npm.cmd`. */
export function findNpmCli(): string | undefined {
	const beside = path.dirname(process.execPath);
	const candidates = [
		process.env.npm_execpath,
		path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
		path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
	];
	return candidates.find((file) => file?.endsWith('npm-cli.js') && existsSync(file));
}

const NO_NETWORK =
	/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;

async function explain(args: readonly string[], log: string): Promise<string> {
	const output = await readFile(log, 'utf8').catch(() => '');
	const what = `npm ${args[0] ?? ''}`;
	if (/\bENOSPC\b/.test(output)) {
		return `${what} ran out of disk space: free some, or set CLOUDSQUID_HOSTS to a folder on another disk, and run this again.`;
	}
	if (NO_NETWORK.test(output)) {
		return `${what} could not reach the npm registry: check the network (or npm's proxy and registry settings) and run this again.`;
	}
	if (/\b(E404|ETARGET)\b/.test(output)) {
		return `${what} asked for a package that the npm registry in use does not have.`;
	}
	if (/\b(EACCES|EPERM)\b/.test(output)) {
		return `${what} may not write to its folder: check who owns it and npm's cache, and run this again.`;
	}
	return `${what} failed.`;
}
