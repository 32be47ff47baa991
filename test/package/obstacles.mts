/** What `package.json` says about who publishes. */
export interface Manifest {
	version: string;
	private?: boolean;
	author: { name: string; email: string };
	homepage: string;
	repository: { url: string };
}

/** Stands in for the publisher until there is one. */
const PLACEHOLDER_OWNER = 'publisher-undecided';

/**
 * What stands in the way of publishing, a sentence each; nothing if it may go ahead.
 *
 * @param tag the tag being released, as in `0.1.0`; `undefined` where none is
 */
export function findObstacles(manifest: Manifest, changelog: string, tag?: string): string[] {
	const { version, author, homepage, repository } = manifest;
	const obstacles: string[] = [];
	if (manifest.private) {
		obstacles.push('package.json still says "private": true, which keeps npm from publishing it.');
	}
	if (author.email.endsWith('.invalid')) {
		obstacles.push(`The author's address is a placeholder: ${author.email}.`);
	}
	for (const [field, url] of Object.entries({ homepage, 'repository.url': repository.url })) {
		if (url.includes(PLACEHOLDER_OWNER)) obstacles.push(`${field} names no real owner: ${url}.`);
	}
	if (!hasEntry(changelog, version)) {
		obstacles.push(`CHANGELOG.md has no dated entry for the version ${version}.`);
	}
	if (tag !== undefined && tag !== version) {
		obstacles.push(`The tag ${tag} is not the version in package.json, ${version}.`);
	}
	return obstacles;
}

/** Whether the changelog has the version as a heading, with the day it came out. */
function hasEntry(changelog: string, version: string): boolean {
	const heading = `## [${version}] - `;
	return changelog
		.split('\n')
		.some(
			(line) => line.startsWith(heading) && /^\d{4}-\d{2}-\d{2}$/.test(line.slice(heading.length)),
		);
}
