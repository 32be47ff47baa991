import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { BaselineTask } from './baseline.mts';

/**
 * The baseline client: a minimal program that does the same work as the node, in the shortest possible time. `baseline.mts`
 * starts it in a separate process, with n8n's version of Node.js, which runs TypeScript directly.
 */

/** The node's own default limit of concurrent requests. */
const CONCURRENCY = 10;
/** The interval between status checks. */
const POLL_MS = 500;

const task = JSON.parse(process.argv[2] ?? '') as BaselineTask;
const { baseUrl, apiKey, project, tableId } = task.place;
const http = axios.create({
	baseURL: `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}`,
	headers: { 'X-API-Key': apiKey },
	httpAgent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY }),
	proxy: false,
	maxBodyLength: Number.POSITIVE_INFINITY,
	maxRedirects: 0,
});

switch (task.kind) {
	case 'extract':
		await extract(task.files);
		break;
	case 'upload':
		await inParallel(task.files, async (file) => void (await upload(file)));
		break;
	case 'getRuns': {
		const { count, runId } = task;
		await inParallel(Array.from({ length: count }), async () => void (await getRun(runId)));
	}
}

/** Uploads files and starts runs in order, and polls each run as soon as it has been started. */
async function extract(files: readonly string[]): Promise<void> {
	const waiting: Array<Promise<void>> = [];
	await inParallel(files, async (file) => {
		waiting.push(waitFor(await startRun(await upload(file))));
	});
	await Promise.all(waiting);
}

async function upload(file: string): Promise<string> {
	const content = await readFile(file);
	const body = {
		filename: path.basename(file),
		mimetype: 'image/jpeg',
		file_type: 'binary',
		file: content.toString('base64'),
	};
	return (await http.post<{ row_id: string }>('/files', body)).data.row_id;
}

async function startRun(row_id: string): Promise<string> {
	return (await http.post<{ run_id: string }>('/run', { row_id })).data.run_id;
}

async function waitFor(runId: string): Promise<void> {
	for (let status = ''; status !== 'done';) {
		await sleep(POLL_MS);
		status = await getRun(runId);
	}
}

async function getRun(runId: string): Promise<string> {
	return (await http.get<{ status: string }>(`/run/${runId}`)).data.status;
}

/** Does the same work for each element, with limited concurrency. */
async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
	const left = all.values();
	const worker = async () => {
		for (const one of left) await work(one);
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
