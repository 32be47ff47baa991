import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { documents, readBlocks } from '../docs/documents.mts';
import { npmEnvironment } from '../host/environment.mts';
import { pack } from '../host/pack.mts';
import { commandsOf, readWorkflow } from './workflows.mts';

const byHand =
	'mkdir -p ~/.n8n/nodes && cd ~/.n8n/nodes && npm install --legacy-peer-deps n8n-nodes-cloudsquid';
const switchOn = 'git config core.hooksPath .githooks';

/** What the tests below run as it stands in a document; all else is for the workflows of GitHub. */
const triedHere = [byHand, switchOn];

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'cloudsquid-commands-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('every command in a document is tried here, or run by a workflow', () => {
	const shown = documents.flatMap((file) =>
		readBlocks(readFileSync(file, 'utf8'))
			.filter(({ language }) => language === 'bash')
			.map(({ text }) => text),
	);
	const run = [...triedHere, ...commandsOf(readWorkflow('ci'))];
	assert.deepEqual(
		shown.filter((command) => !run.includes(command)),
		[],
	);
	assert.deepEqual(
		triedHere.filter((command) => !shown.includes(command)),
		[],
	);
});

test('the package can be installed by hand, and brings no n8n of its own', async () => {
	const { file, name } = await pack(folder);
	const env = { ...npmEnvironment(), HOME: folder, npm_config_offline: 'true' };
	// The file stands for what the registry would have under the name.
	execFileSync('sh', ['-c', byHand.replace(/n8n-nodes-cloudsquid$/, file)], { env, stdio: 'pipe' });

	const installed = join(folder, '.n8n/nodes/node_modules');
	const packages = readdirSync(installed).filter((entry) => !entry.startsWith('.'));
	assert.deepEqual(packages, [name]);
	// In this way n8n lets packages that lie elsewhere find its own.
	const NODE_PATH = resolve('node_modules');
	const code = 'console.log(new (require(process.argv[1]).Cloudsquid)().description.name)';
	const args = ['-e', code, join(installed, name)];
	const output = execFileSync(process.execPath, args, { env: { ...env, NODE_PATH } });
	assert.equal(output.toString().trim(), 'cloudsquid');
});

describe('the check before a commit', () => {
	const good = "export const answer = 'yes';\n";
	const bad = 'export const answer = "yes"\n';
	const style = ['.editorconfig', '.gitignore', '.prettierignore', '.prettierrc.js'];

	beforeEach(() => {
		git('init', '--quiet');
		git('config', 'user.name', 'Somebody');
		git('config', 'user.email', 'somebody@example.com');
		for (const file of ['.githooks', ...style]) {
			cpSync(file, join(folder, file), { recursive: true });
		}
		symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
		execFileSync('sh', ['-c', switchOn], { cwd: folder, env: npmEnvironment() });
	});

	test('lets well-formatted files pass, and what has no format', () => {
		stage({ 'good.ts': good, 'picture.webp': 'RIFF', 'dist/made.js': bad });
		assert.deepEqual(commit(), { status: 0, complaint: '' });
	});

	test('holds back others, and names them', () => {
		stage({ 'good.ts': good, 'bad.ts': bad, 'text.md': '* one\n' });
		const { status, complaint } = commit();
		assert.equal(status, 1);
		assert.match(complaint, /bad\.ts/);
		assert.match(complaint, /text\.md/);
		assert.doesNotMatch(complaint, /good\.ts/);
	});

	test('looks at what is staged, not at what lies in the folder', () => {
		stage({ 'bad.ts': bad });
		writeFileSync(join(folder, 'bad.ts'), good);
		assert.equal(commit().status, 1);
		stage({ 'bad.ts': good });
		writeFileSync(join(folder, 'bad.ts'), bad);
		assert.equal(commit().status, 0);
	});

	function git(...args: string[]) {
		const env = { ...npmEnvironment(), GIT_CONFIG_GLOBAL: '/dev/null' };
		return spawnSync('git', args, { cwd: folder, env, encoding: 'utf8' });
	}

	function stage(files: Record<string, string>): void {
		for (const [file, text] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, file)), { recursive: true });
			writeFileSync(join(folder, file), text);
			assert.equal(git('add', '--force', file).status, 0);
		}
	}

	function commit() {
		const { status, stderr } = git('commit', '--quiet', '--message', 'Try the check');
		return { status, complaint: stderr };
	}
});
