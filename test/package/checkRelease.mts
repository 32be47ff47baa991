import { readFileSync } from 'node:fs';
import { findObstacles, type Manifest } from './obstacles.mts';

/** Runs before anything is published, and refuses while something stands in the way. */
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = process.env;
const tag = GITHUB_REF_TYPE === 'tag' ? GITHUB_REF_NAME : undefined;
const obstacles = findObstacles(manifest, readFileSync('CHANGELOG.md', 'utf8'), tag);

for (const obstacle of obstacles) console.error(`✗ ${obstacle}`);
if (obstacles.length > 0) {
	console.error('Not published. CONTRIBUTING.md says what to do first.');
	process.exitCode = 1;
}
