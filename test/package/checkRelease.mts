import { readFileSync } from 'node:fs';

/** Runs before anything is published, and refuses while something stands in the way. */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { version, author, homepage, repository } = manifest;
const entry = `\n## [${version}] - `;
const [, day = ''] = readFileSync('CHANGELOG.md', 'utf8').split(entry);
const { GITHUB_REF_TYPE, GITHUB_REF_NAME: tag } = process.env;

const obstacles = Object.entries({
	'package.json still says "private": true, which keeps npm from publishing it.': manifest.private,
	[`The author's address is a placeholder: ${author.email}.`]: author.email.endsWith('.invalid'),
	[`homepage names no real owner: ${homepage}.`]: homepage.includes('publisher-undecided'),
	[`repository.url names no real owner: ${repository.url}.`]:
		repository.url.includes('publisher-undecided'),
	[`CHANGELOG.md has no dated entry for the version ${version}.`]: !/^\d{4}-\d\d-\d\d\n/.test(day),
	[`The tag ${tag} is not the version in package.json, which is ${version}.`]:
		GITHUB_REF_TYPE === 'tag' && tag !== version,
}).flatMap(([obstacle, stands]) => (stands ? obstacle : []));

for (const obstacle of obstacles) console.error(`✗ ${obstacle}`);
if (obstacles.length > 0) {
	console.error('Not published. CONTRIBUTING.md says what to do first.');
	process.exitCode = 1;
}
