import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Execution, ExecutionData } from './execution.mts';
import { toExecution } from './execution.mts';
import { logFile } from './folders.mts';
import type { N8nSettings } from './n8nSettings.mts';
import { n8nEnvironment } from './n8nSettings.mts';
import { freePort } from './ports.mts';
import { Problem } from './problem.mts';
import { run } from './processes.mts';
import type { Host } from './setUp.mts';
import type { Credential, Workflow } from './workflow.mts';

/** What a command of n8n's command line ended with. */
export interface CliResult {
	code: number | null;
	output: string;
	log: string;
}

/** n8n's command line, working on one user folder; not to be used while a server works on the same. */
export interface N8nCli {
	/** `n8n import:credentials`, from plain text; each needs an `id`. */
	importCredentials(credentials: Array<Credential & { id: string }>): Promise<void>;
	/** `n8n import:workflow`; each needs an `id`. */
	importWorkflows(workflows: Array<Workflow & { id: string }>): Promise<void>;
	/** `n8n execute`: runs a workflow from its Manual Trigger to its end, failed or not. */
	execute(workflowId: string): Promise<Execution>;
	/** Any command. */
	run(args: readonly string[]): Promise<CliResult>;
}

/** n8n's command line for a user folder (see `newUserFolder`). */
export function n8nCli(host: Host, options: N8nSettings): N8nCli {
	const cli = async (args: readonly string[]) => await runCli(host, options, args);
	const importList = async (what: string, list: unknown[]) => {
		const file = path.join(options.userFolder, `import-${what}.json`);
		await writeFile(file, JSON.stringify(list));
		const { code, log } = await cli([`import:${what}`, `--input=${file}`]);
		if (code !== 0) throw new Problem(`n8n import:${what} failed.`, log);
	};
	return {
		importCredentials: async (list) => await importList('credentials', list),
		importWorkflows: async (list) => await importList('workflow', list),
		execute: async (workflowId) => {
			const result = await cli(['execute', `--id=${workflowId}`, '--rawOutput']);
			return readExecution(workflowId, result);
		},
		run: cli,
	};
}

async function runCli(
	host: Host,
	options: N8nSettings,
	args: readonly string[],
): Promise<CliResult> {
	const log = logFile(`${path.basename(options.userFolder)}-cli`);
	const { code, error } = await run(host.node.file, [host.n8nBin, ...args], {
		cwd: options.userFolder,
		env: n8nEnvironment(host.n8nVersion, options, await freePort()),
		log,
	});
	if (error) throw error;
	return { code, output: await readFile(log, 'utf8'), log };
}

/** The execution's data is printed among lines of the log: it runs from the first line `{` to the next line `}`. */
function readExecution(workflowId: string, { output, log }: CliResult): Execution {
	const json = /^\{$[\s\S]*?^\}$/m.exec(output)?.[0];
	if (!json) throw new Problem(`n8n execute printed no execution of ${workflowId}.`, log);
	const run = JSON.parse(json) as { data: ExecutionData; status: string };
	return toExecution({ id: '', status: run.status }, run.data);
}
