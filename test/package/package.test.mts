import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from '../host/environment.mts';
import { removeTemporaryFolders, temporaryFolder } from '../host/folders.mts';
import { pack, unpack } from '../host/pack.mts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

afterAll(removeTemporaryFolders);

/** The published package, packed and unpacked again. */
const folder = temporaryFolder('package');
const unpacked = path.join(folder, 'package');
let files: string[];
let bytes: number;

beforeAll(async () => {
	const tarball = await pack(folder);
	unpack(tarball, unpacked);
	({ files, bytes } = tarball);
});

test.each([
	['the source, ignoring inline exceptions', process.cwd(), 'SOURCE_FILE_PATTERNS'],
	['the published files', unpacked, "['**/*.js', 'package.json']"],
])("passes n8n's scanner for verified nodes: %s", (_name, scanned, patterns) => {
	// The scanner is an ES module, which Jest cannot load.
	const script = `
		import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';
		console.log(JSON.stringify(await analyzePackage(${JSON.stringify(scanned)}, ${patterns})));`;
	const args = ['--input-type=module', '--eval', script];
	// With Jest's NODE_ENV, n8n's lint rules behave as in their own tests.
	const env = plainEnvironment();
	const output = execFileSync(process.execPath, args, { env, encoding: 'utf8' });
	expect(JSON.parse(output)).toEqual({ passed: true });
});

test('contains what n8n needs, and nothing else, in at most 60 kB', () => {
	const known = [
		/^package\.json$/,
		/^(README|LICENSE|CHANGELOG)\.md$/,
		/^index\.js$/,
		/^dist\/credentials\/CloudsquidApi\.credentials\.js$/,
		/^dist\/icons\/cloudsquid(\.dark)?\.svg$/,
		/^dist\/nodes\/Cloudsquid\/Cloudsquid(Trigger)?\.node\.(js|json)$/,
		/^dist\/nodes\/Cloudsquid\/(generated|methods|shared|transport|trigger)\/\w+\.js$/,
		/^dist\/nodes\/Cloudsquid\/resources\/(\w+\/)?\w+\.js$/,
		/^dist\/nodes\/Cloudsquid\/__schema__\/v1\.0\.0(\/\w+\/\w+)?\.json$/,
	];
	expect(files.filter((file) => !known.some((pattern) => pattern.test(file)))).toEqual([]);
	for (const pattern of known) expect(files).toContainEqual(expect.stringMatching(pattern));
	expect(bytes).toBeLessThanOrEqual(60_000);
});

test('meets n8n’s rules: names, no dependencies, no script that runs when it is installed', () => {
	for (const kind of ['dependencies', 'optionalDependencies', 'bundledDependencies', 'overrides']) {
		expect(manifest).not.toHaveProperty(kind);
	}
	expect(manifest).toMatchObject({
		name: expect.stringMatching(/^n8n-nodes-[a-z0-9-]+$/),
		license: 'MIT',
		peerDependencies: { 'n8n-workflow': '*' },
		description: expect.stringMatching(/./),
		keywords: expect.arrayContaining(['n8n-community-node-package']),
		n8n: { n8nNodesApiVersion: 1, strict: true },
	});
	expect(files).toEqual(
		expect.arrayContaining([...manifest.n8n.nodes, ...manifest.n8n.credentials, manifest.main]),
	);
	for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) {
		expect(manifest.scripts).not.toHaveProperty(name);
	}
});

test('passes publint', () => {
	execFileSync('node_modules/.bin/publint', ['--strict', unpacked], { stdio: 'pipe' });
});
