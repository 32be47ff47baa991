import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A workflow of GitHub, as far as it matters here. */
export interface GithubWorkflow {
	on: { push?: { tags?: string[]; branches?: string[] } };
	permissions: Record<string, string>;
	jobs: Record<
		string,
		{ strategy?: { matrix: { node: number[] } }; steps: Array<{ run?: string; uses?: string }> }
	>;
}

export function readWorkflow(name: 'ci' | 'publish'): GithubWorkflow {
	return parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as GithubWorkflow;
}

/** The commands of a workflow, job by job. */
export function commandsOf({ jobs }: GithubWorkflow): string[] {
	return Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
}
