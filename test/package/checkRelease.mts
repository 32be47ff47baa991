import { readFileSync } from 'node:fs';

/** Runs before anything is published, and refuses while something stands in the way. */
const {
	version,
	private: isPrivate,
	author,
	homepage,
	repository,
} = JSON.parse(readFileSync('package.json', 'utf8'));
const changelog = readFileSync('CHANGELOG.md', 'utf8');
const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = process.env;

const obstacles: string[] = [];
if (isPrivate) {
	obstacles.push('package.json still says "private": true, which keeps npm from publishing it.');
}
if (author.email.endsWith('.invalid')) {
	obstacles.push(`The author's address is a placeholder: ${author.email}.`);
}
for (const [field, url] of Object.entries({ homepage, 'repository.url': repository.url })) {
	if (String(url).includes('publisher-undecided')) {
		obstacles.push(`${field} names no real owner: ${url}.`);
	}
}
const heading = changelog.split('\n').find((line) => line.startsWith(`## [${version}] - `)) ?? '';
if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading)) {
	obstacles.push(`CHANGELOG.md has no dated entry for the version ${version}.`);
}
if (GITHUB_REF_TYPE === 'tag' && GITHUB_REF_NAME !== version) {
	obstacles.push(
		`The tag ${GITHUB_REF_NAME} is not the version in package.json, which is ${version}.`,
	);
}

for (const obstacle of obstacles) console.error(`✗ ${obstacle}`);
if (obstacles.length > 0) {
	console.error('Not published. CONTRIBUTING.md says what to do first.');
	process.exitCode = 1;
}
