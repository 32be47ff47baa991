import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { commandsOf, readWorkflow } from './workflows.mts';

const { scripts, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
	scripts: Record<string, string>;
	version: string;
};

test('every change is tested on each Node.js that the documents name', () => {
	const { test: job } = readWorkflow('ci').jobs;
	assert.deepEqual(job?.strategy?.matrix.node, [20, 22, 24]);
	assert.ok(job.steps.some(({ run }) => run === 'npm ci && npm test'));
	assert.match(readFileSync('README.md', 'utf8'), /all tests on Node\.js 20, 22, and 24\b/);
});

test('what the workflows run is there', () => {
	const commands = [...commandsOf(readWorkflow('ci')), ...commandsOf(readWorkflow('publish'))];
	const named = commands.flatMap((command) =>
		[...command.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!),
	);
	assert.notEqual(named.length, 0);
	assert.deepEqual(
		named.filter((script) => !(script in scripts)),
		[],
	);
});

describe('publishing', () => {
	const workflow = readWorkflow('publish');
	const check = 'tsx test/package/checkRelease.mts';

	test('begins with the tag of a version, and nothing else', () => {
		assert.deepEqual(Object.keys(workflow.on), ['push']);
		assert.deepEqual(workflow.on.push, { tags: ['[0-9]+.[0-9]+.[0-9]+*'] });
	});

	test('may ask for the proof of where the package comes from, and changes nothing', () => {
		assert.deepEqual(workflow.permissions, { contents: 'read', 'id-token': 'write' });
	});

	test("tests first, then checks the release, and then leaves it to n8n's own tool", () => {
		assert.deepEqual(commandsOf(workflow), ['npm ci && npm test', 'npm run release']);
		assert.equal(scripts.release, `${check} && n8n-node release`);
	});

	test('is refused for a tag that is not the version', () => {
		const [command, ...args] = ['npx', '--no-install', ...check.split(' ')];
		const complaintsFor = (tag: string) => {
			const env = { ...process.env, GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: tag };
			return spawnSync(command!, args, { env, encoding: 'utf8' });
		};
		const wrong = complaintsFor('9.9.9');
		assert.equal(wrong.status, 1);
		assert.match(wrong.stderr, /The tag 9\.9\.9 is not the version/);
		assert.doesNotMatch(complaintsFor(version).stderr, /tag/);
	});
});
