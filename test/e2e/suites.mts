import { readdirSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../host/folders.mts';
import type { HostVersion } from '../host/versions.mts';
import { HOST_VERSIONS } from '../host/versions.mts';

const folder = path.join(projectFolder, 'test/e2e');
const ENDING = '.test.mts';

/** What is run on every n8n; the other suites are about the newest, whose REST API they speak. */
const ON_EVERY_N8N = ['smoke', 'binaryModes'];

/** What is run on an n8n that somebody else has started: nothing that needs another start of it. */
const ON_A_RUNNING_N8N = ['smoke'];

/** The names of all suites: of the files beside this one that hold tests. */
export function listSuites(): string[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith(ENDING))
		.map((name) => name.slice(0, -ENDING.length));
}

/** The suites for a release of n8n. */
export function suitesFor({ n8n }: HostVersion): string[] {
	const isNewest = n8n === HOST_VERSIONS[0].n8n;
	return listSuites().filter((name) => isNewest || ON_EVERY_N8N.includes(name));
}

/** The suites for an n8n that is running already. */
export function suitesForRunning(): string[] {
	return [...ON_A_RUNNING_N8N];
}

/** The file of a suite. */
export function fileOf(suite: string): string {
	return path.join(folder, suite + ENDING);
}
