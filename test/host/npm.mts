import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { npmEnvironment } from './environment.mts';
import { CommandError } from './errors.mts';
import { run, type StartOptions } from './processes.mts';

/** `cwd` needs a `package.json`. Otherwise, npm would use a folder above it. */
interface NpmOptions extends Omit<StartOptions, 'env'> {
	node?: string;
	env?: Record<string, string>;
}

/** No requests for advisories and funding, and no waiting for minutes without a network. */
const FLAGS = [
	'--no-audit',
	'--no-fund',
	'--no-update-notifier',
	'--fetch-retries=3',
	'--fetch-retry-mintimeout=2000',
	'--fetch-retry-maxtimeout=10000',
];

/** How to fix what npm complains about. */
const HINTS: Array<[RegExp, string]> = [
	[
		/\bENOSPC\b/,
		'ran out of disk space: free some, or set CLOUDSQUID_HOSTS to a folder on another disk, and run this again.',
	],
	[
		/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/,
		"could not reach the npm registry: check the network, or npm's proxy and registry settings, and run this again.",
	],
	[/\b(E404|ETARGET)\b/, 'needs a package that the npm registry in use does not have.'],
	[
		/\b(EACCES|EPERM)\b/,
		"cannot write to its folder: check who owns it and npm's cache, and run this again.",
	],
];

/** Runs npm. @throws CommandError that says how to continue */
export async function npm(args: readonly string[], options: NpmOptions): Promise<void> {
	if ((await npmExitCode(args, options)) === 0) return;
	const output = await readFile(options.log, 'utf8').catch(() => '');
	const [, hint = 'failed.'] = HINTS.find(([pattern]) => pattern.test(output)) ?? [];
	throw new CommandError(`npm ${args[0]} ${hint}`, options.log);
}

/** Runs npm and returns its exit code. */
export async function npmExitCode(
	args: readonly string[],
	{ node = process.execPath, env, ...options }: NpmOptions,
): Promise<number | undefined> {
	const cli = findNpmCli();
	const { code, error } = await run(
		cli ? node : 'npm',
		[...(cli ? [cli] : []), ...args, ...FLAGS],
		{ ...options, env: { ...npmEnvironment(), ...env }, preferLocal: true, execPath: node },
	);
	if (error) throw new CommandError(`npm could not be started (${error.message}).`);
	return code;
}

/** The JavaScript file of npm. If it is run directly, it needs no shell and no `npm.cmd`. */
export function findNpmCli(): string | undefined {
	const folder = path.dirname(process.execPath);
	const candidates = [
		process.env.npm_execpath,
		path.join(folder, 'node_modules/npm/bin/npm-cli.js'),
		path.join(folder, '../lib/node_modules/npm/bin/npm-cli.js'),
	];
	return candidates.find((file) => file?.endsWith('npm-cli.js') && existsSync(file));
}
