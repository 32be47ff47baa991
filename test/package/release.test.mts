import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { removeTemporaryFolders, temporaryFolder } from '../host/folders.mts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const changelog = readFileSync('CHANGELOG.md', 'utf8');

afterAll(removeTemporaryFolders);

describe('the changelog', () => {
	const headings = [...changelog.matchAll(/^## \[(.+?)\] - (.+)$/gm)];

	test('has an entry for the version in package.json, as the lock file has', () => {
		expect(headings.map(([, version]) => version)).toContain(manifest.version);
		expect(JSON.parse(readFileSync('package-lock.json', 'utf8')).version).toBe(manifest.version);
	});

	test('has the form of Keep a Changelog, with the newest version first', () => {
		for (const section of changelog.split(/^## /m).slice(1)) {
			expect(section).toMatch(/^\[(Unreleased|\d+\.\d+\.\d+(-[\w.]+)?)\]/);
			expect(section).toMatch(/^- /m);
			for (const [, kind] of section.matchAll(/^### (.+)$/gm)) {
				expect(kind).toMatch(/^(Added|Changed|Deprecated|Removed|Fixed|Security)$/);
			}
		}
		const days = headings.map(([, , day]) => day!.replace('unreleased', '9999-12-31'));
		for (const day of days) expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
		expect(days).toEqual(days.toSorted().toReversed());
	});
});

describe('the check before a release', () => {
	const real = {
		version: '1.2.3',
		author: { name: 'Example', email: 'nodes@example.com' },
		homepage: 'https://github.com/example/n8n-nodes-cloudsquid#readme',
		repository: { url: 'git+https://github.com/example/n8n-nodes-cloudsquid.git' },
	};
	const dated = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-24\n';

	/** Runs the check where these files are, and returns what it complains about. */
	function complaintsAbout(packageJson: object, text = dated, tag?: string): string {
		const folder = temporaryFolder('release');
		writeFileSync(path.join(folder, 'package.json'), JSON.stringify(packageJson));
		writeFileSync(path.join(folder, 'CHANGELOG.md'), text);
		const script = path.resolve('test/package/checkRelease.mts');
		const { status, stderr } = spawnSync(path.resolve('node_modules/.bin/tsx'), [script], {
			cwd: folder,
			env: { ...process.env, ...(tag && { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: tag }) },
			encoding: 'utf8',
		});
		expect(status).toBe(stderr === '' ? 0 : 1);
		return stderr;
	}

	test('passes if the tag, version, and changelog agree', () => {
		expect(complaintsAbout(real, dated, '1.2.3')).toBe('');
	});

	test('rejects the placeholder publisher, a version without a dated entry, and another tag', () => {
		const complaints = complaintsAbout({ ...manifest, version: '1.2.3' });
		for (const each of ['"private": true', "author's address", 'homepage', 'repository.url']) {
			expect(complaints).toContain(each);
		}
		expect(complaintsAbout(real, dated.replace('2026-11-24', 'soon'))).toMatch(/CHANGELOG/);
		expect(complaintsAbout(real, '')).toMatch(/CHANGELOG/);
		expect(complaintsAbout(real, dated, '1.2.4')).toMatch(/tag 1\.2\.4 is not the version/);
	});

	test('stops `npm run release`', () => {
		const { status, stderr } = spawnSync('npm', ['run', 'release'], { encoding: 'utf8' });
		expect(status).not.toBe(0);
		expect(stderr).toContain('names no real owner');
	});

	test('is not needed to stop `npm publish`, which runs no script of ours', () => {
		// Nothing listens there, so nothing would be published even if npm did not refuse.
		const registry = ['--registry=http://127.0.0.1:9', '--//127.0.0.1:9/:_authToken=none'];
		const args = ['publish', '--fetch-retries=0', ...registry];
		const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
		expect(status).not.toBe(0);
		expect(stderr).toContain('EPRIVATE');
	});

	test('runs in the workflow that publishes, after the tests', () => {
		const { on, permissions, jobs } = parse(readFileSync('.github/workflows/publish.yml', 'utf8'));
		expect(on).toEqual({ push: { tags: ['[0-9]+.[0-9]+.[0-9]+*'] } });
		expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
		const commands = jobs.publish.steps.flatMap(({ run }: { run?: string }) => run ?? []);
		expect(commands).toEqual(['npm ci && npm test', 'npm run release']);
		expect(manifest.scripts.release).toBe('tsx test/package/checkRelease.mts && n8n-node release');
	});
});
