import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint } from 'eslint';
import { findObstacles, type Manifest } from './obstacles.mts';

interface PackageJson extends Manifest {
	name: string;
	description: string;
	license: string;
	main: string;
	keywords: string[];
	scripts: Record<string, string>;
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
	bundledDependencies?: string[];
	peerDependencies: Record<string, string>;
	overrides?: unknown;
	n8n: { n8nNodesApiVersion: number; strict: boolean; nodes: string[]; credentials: string[] };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;

/** The published package, packed and unpacked again. */
let folder: string;
let files: string[];
let packedBytes: number;

before(() => {
	folder = mkdtempSync(join(tmpdir(), 'cloudsquid-package-'));
	const args = ['pack', '--json', '--pack-destination', folder];
	const [packed] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as [
		{ filename: string; size: number; files: Array<{ path: string }> },
	];
	files = packed.files.map(({ path }) => path);
	packedBytes = packed.size;
	execFileSync('tar', ['xzf', join(folder, packed.filename), '-C', folder]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe("n8n's gate for verified nodes", () => {
	test('passes the source, with inline exceptions ignored', async () => {
		assert.deepEqual(await analyzePackage(process.cwd(), SOURCE_FILE_PATTERNS), { passed: true });
	});

	test('passes what is published', async () => {
		const result = await analyzePackage(join(folder, 'package'), ['**/*.js', 'package.json']);
		assert.deepEqual(result, { passed: true });
	});

	test('leaves no warning either', async () => {
		const results = await new ESLint().lintFiles(['.']);
		const messages = results.flatMap((result) => result.messages);
		assert.deepEqual(messages, []);
		assert.ok(results.length > 30);
	});
});

describe('the published package', () => {
	test('holds the built node, credential, icons, codex, previews and the papers, and no more', () => {
		const known = [
			/^package\.json$/,
			/^(README|LICENSE|CHANGELOG)\.md$/,
			/^index\.js$/,
			/^dist\/credentials\/CloudsquidApi\.credentials\.js$/,
			/^dist\/icons\/cloudsquid(\.dark)?\.svg$/,
			/^dist\/nodes\/Cloudsquid\/Cloudsquid\.node\.(js|json)$/,
			/^dist\/nodes\/Cloudsquid\/(generated|methods|shared|transport)\/\w+\.js$/,
			/^dist\/nodes\/Cloudsquid\/resources\/(\w+\/)?\w+\.js$/,
			/^dist\/nodes\/Cloudsquid\/__schema__\/v1\.0\.0\/\w+\/\w+\.json$/,
		];
		assert.deepEqual(
			files.filter((path) => !known.some((pattern) => pattern.test(path))),
			[],
		);
		for (const pattern of known)
			assert.ok(
				files.some((path) => pattern.test(path)),
				`${pattern}`,
			);
	});

	test('is at most 60 KB', () => {
		assert.ok(packedBytes <= 60_000, `${packedBytes} bytes`);
	});

	test('depends on nothing but the n8n it runs in', () => {
		const { dependencies, optionalDependencies, bundledDependencies, peerDependencies } = manifest;
		assert.deepEqual(
			{ dependencies, optionalDependencies, bundledDependencies },
			{ dependencies: undefined, optionalDependencies: undefined, bundledDependencies: undefined },
		);
		assert.deepEqual(peerDependencies, { 'n8n-workflow': '*' });
		assert.equal(manifest.overrides, undefined);
	});

	test('imports nothing but n8n-workflow and its own files', () => {
		const imports = files
			.filter((path) => path.endsWith('.js'))
			.flatMap((path) => {
				const code = readFileSync(join(folder, 'package', path), 'utf8');
				return [...code.matchAll(/require\((["'])(.+?)\1\)/g)].map(([, , name]) => name!);
			});
		assert.ok(imports.length > 0);
		assert.deepEqual(
			[...new Set(imports.filter((name) => !name.startsWith('.')))],
			['n8n-workflow'],
		);
	});

	test('names itself as n8n asks, and runs no script when installed', () => {
		assert.match(manifest.name, /^n8n-nodes-[a-z0-9-]+$/);
		assert.ok(manifest.keywords.includes('n8n-community-node-package'));
		assert.equal(manifest.license, 'MIT');
		assert.ok(manifest.description.length > 0);
		assert.equal(manifest.n8n.n8nNodesApiVersion, 1);
		assert.equal(manifest.n8n.strict, true);
		for (const path of [...manifest.n8n.nodes, ...manifest.n8n.credentials, manifest.main]) {
			assert.ok(files.includes(path), path);
		}
		const forbidden = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
		assert.deepEqual(
			forbidden.filter((name) => name in manifest.scripts),
			[],
		);
	});

	test('gives node and credential to whoever requires it', () => {
		const code = 'console.log(Object.keys(require(process.argv[1])).join())';
		const args = ['-e', code, join(process.cwd(), manifest.main)];
		const names = execFileSync(process.execPath, args, { encoding: 'utf8' });
		assert.equal(names.trim(), 'CloudsquidApi,Cloudsquid');
	});
});

describe('the check before a release', () => {
	const real: Manifest = {
		version: '1.2.3',
		author: { name: 'Example', email: 'nodes@example.com' },
		homepage: 'https://github.com/example/n8n-nodes-cloudsquid#readme',
		repository: { url: 'git+https://github.com/example/n8n-nodes-cloudsquid.git' },
	};
	const changelog = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-24\n';

	test('lets a release pass whose tag, version and changelog agree', () => {
		assert.deepEqual(findObstacles(real, changelog, '1.2.3'), []);
	});

	test('refuses a placeholder for the publisher', () => {
		const obstacles = findObstacles({ ...manifest, version: '1.2.3' }, changelog);
		assert.equal(obstacles.length, 4);
		for (const field of ['private', 'author', 'homepage', 'repository']) {
			assert.ok(
				obstacles.some((sentence) => sentence.includes(field)),
				field,
			);
		}
	});

	test('refuses a version without a dated entry, and another tag', () => {
		const undated = changelog.replace('2026-11-24', 'soon');
		assert.match(findObstacles(real, undated).join(), /CHANGELOG/);
		assert.match(findObstacles(real, '').join(), /CHANGELOG/);
		assert.match(findObstacles(real, changelog, '1.2.4').join(), /tag 1\.2\.4/);
	});

	test('holds back this very package from `npm run release`', () => {
		const { status, stderr } = spawnSync('npm', ['run', 'release'], { encoding: 'utf8' });
		assert.notEqual(status, 0);
		assert.match(stderr, /names no real owner/);
	});

	test('holds back this very package from `npm publish`, which runs no script of ours', () => {
		// Nothing listens there, so that nothing is published even if npm does not refuse.
		const registry = ['--registry=http://127.0.0.1:9', '--//127.0.0.1:9/:_authToken=none'];
		const { status, stderr } = spawnSync('npm', ['publish', ...registry], { encoding: 'utf8' });
		assert.notEqual(status, 0);
		assert.match(stderr, /EPRIVATE/);
	});
});
