import type { RequestRecord } from '../emulator/emulator.mts';
import type { Execution, NodeRun } from '../host/execution.mts';
import { table } from '../host/tables.mts';

/** What each step sent and took, and what came of it, in the order in which they ran. */
export function stepTable(execution: Execution, requests?: readonly RequestRecord[]): string {
	const runs = Object.entries(execution.nodes)
		.flatMap(([name, all]) => all.map((run) => ({ name, run })))
		.sort((a, b) => a.run.startTime - b.run.startTime);
	const rows = runs.map(({ name, run }) => [
		name,
		run.executionStatus ?? (run.error ? 'error' : 'success'),
		String(run.executionTime),
		...(requests ? [String(countDuring(run, requests))] : []),
		answerOf(run),
	]);
	const titles = ['Step', 'Status', 'ms', ...(requests ? ['Requests'] : []), 'Output'];
	return table([titles, ...rows], [2, ...(requests ? [3] : [])]);
}

/** How many requests came while a step ran. n8n runs one step after the other. */
function countDuring({ startTime, executionTime }: NodeRun, requests: readonly RequestRecord[]) {
	const end = startTime + executionTime;
	return requests.filter(({ startedAt }) => startedAt >= startTime && startedAt <= end).length;
}

function answerOf({ error, data }: NodeRun): string {
	if (error) return error.message;
	const [item] = data?.main[0] ?? [];
	const [file] = Object.values(item?.binary ?? {});
	if (file) return `${file.fileName ?? 'file'}, ${file.mimeType}`;
	return ['row_id', 'run_id', 'status']
		.filter((name) => item?.json[name])
		.map((name) => `${name} ${shortenIds(String(item?.json[name]))}`)
		.join(', ');
}

/** What the emulator received. `…` is a table's address. Repeated requests share a line. */
export function requestTable(requests: readonly RequestRecord[]): string {
	const rows: Array<{ cells: string[]; times: number }> = [];
	for (const { method, url, status, body } of requests) {
		const cells = [method, shortenUrl(url), String(status ?? 'none'), describeBody(body)];
		const last = rows.at(-1);
		if (last?.cells.join() === cells.join()) last.times++;
		else rows.push({ cells, times: 1 });
	}
	return table(
		rows.map(({ cells, times }) => (times > 1 ? [...cells.slice(0, 3), `${times} times`] : cells)),
	);
}

function describeBody(body: unknown): string {
	if (typeof body !== 'object' || body === null) return '';
	const { filename, file, zero_retention } = body as {
		filename?: string;
		file?: { bytes?: number; sha256?: string };
		zero_retention?: boolean;
	};
	if (zero_retention !== undefined) return `zero_retention: ${zero_retention}`;
	if (!file?.sha256) return filename ?? '';
	return `${filename}, ${file.bytes} bytes, SHA-256 ${file.sha256.slice(0, 12)}…`;
}

function shortenUrl(url: string): string {
	return shortenIds(
		url.replace(/^\/api(?=\/)/, '').replace(/^\/projects\/[^/]+\/tables\/[^/]+/, '…'),
	);
}

function shortenIds(text: string): string {
	return text.replace(/([0-9a-f]{8})-[0-9a-f-]{27}/gi, '$1…');
}
