import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from './errors.mts';
import { logFile, projectFolder, temporaryFolder } from './folders.mts';
import { communityFolder } from './n8nSettings.mts';
import { npm } from './npm.mts';
import type { Host } from './setUp.mts';

/** A packed package. */
export interface Tarball {
	name: string;
	version: string;
	file: string;
	bytes: number;
	/** The paths of the files in it. */
	files: string[];
}

/** Packs the built package into `folder`. */
export async function pack(folder: string): Promise<Tarball> {
	// Several processes may pack at the same time.
	const log = logFile(`pack-${path.basename(folder)}`);
	const flags = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
	await npm(['pack', ...flags], { cwd: projectFolder, log });
	const output = readFileSync(log, 'utf8');
	const [{ name, version, filename, size: bytes, files }] = JSON.parse(
		output.slice(output.indexOf('[')),
	);
	const paths = files.map((each: { path: string }) => each.path);
	return { name, version, file: path.join(folder, filename), bytes, files: paths };
}

let packed: Promise<Tarball> | undefined;

/** Builds this package, and packs it as publishing would, once per process. */
export async function buildAndPack(): Promise<Tarball> {
	packed ??= (async () => {
		const log = logFile('build');
		await npm(['run', 'build'], { cwd: projectFolder, log }).catch(() => {
			throw new CommandError('The package cannot be built.', log);
		});
		return await pack(temporaryFolder('package'));
	})();
	return await packed;
}

/** Unpacks a package into a new folder. */
export function unpack({ file }: Tarball, folder: string): void {
	mkdirSync(folder, { recursive: true });
	const args = ['-xzf', file, '-C', folder, '--strip-components=1'];
	const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
	if (status !== 0) throw new CommandError(`The package could not be unpacked: ${stderr.trim()}`);
}

/**
 * Creates a user folder for an n8n with this package, in the same steps as n8n's installer of
 * community packages: unpack it into `nodes/node_modules`, remove all dependencies but plain ones,
 * let npm install those without scripts, and note the version.
 */
export async function preparedUserFolder({ node }: Host): Promise<string> {
	const tarball = await buildAndPack();
	const { name, version } = tarball;
	const userFolder = temporaryFolder('n8n');
	const nodesFolder = communityFolder(userFolder);
	const folder = path.join(nodesFolder, 'node_modules', name);
	unpack(tarball, folder);
	const file = path.join(folder, 'package.json');
	const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
		delete manifest[kind];
	}
	writeFileSync(file, JSON.stringify(manifest, null, 2));
	const flags = ['--bin-links=false', '--install-strategy=shallow', '--ignore-scripts=true'];
	await npm(['install', ...flags, '--package-lock=false'], {
		cwd: folder,
		log: logFile('install-package'),
		node: node.file,
	});
	const installed = { name: 'installed-nodes', private: true, dependencies: { [name]: version } };
	writeFileSync(path.join(nodesFolder, 'package.json'), JSON.stringify(installed, null, 2));
	return userFolder;
}
