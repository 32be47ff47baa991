import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { BareTask } from './bare.mts';

/**
 * A program with nothing around it that does what the node does: the least time the work can take. It is started by
 * `bare.mts` in a process of its own, by the Node.js that runs n8n, which runs TypeScript as it is.
 */

/** As many requests at once as the node allows itself. */
const CONCURRENCY = 10;
/** How often a run is looked at. */
const LOOK_MS = 500;

const task = JSON.parse(process.argv[2] ?? '') as BareTask;
const { baseUrl, apiKey, project, tableId } = task.place;
const http = axios.create({
	baseURL: `${baseUrl}/projects/${encodeURIComponent(project)}/tables/${tableId}`,
	headers: { 'X-API-Key': apiKey },
	httpAgent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY }),
	proxy: false,
	maxBodyLength: Number.POSITIVE_INFINITY,
	maxRedirects: 0,
});

await main();

async function main(): Promise<void> {
	switch (task.kind) {
		case 'extract':
			return await extract(task.files);
		case 'upload':
			return await inParallel(task.files, async (file) => void (await upload(file)));
		case 'getRuns':
			return await inParallel(Array.from({ length: task.count }), async () => {
				await http.get(`/run/${task.runId}`);
			});
		case 'startRun': {
			const [file = ''] = task.files;
			console.log(await startRun(await upload(file)));
		}
	}
}

/** Uploads and starts in order, and waits for every run from the moment on that it was started. */
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
		await sleep(LOOK_MS);
		status = (await http.get<{ status: string }>(`/run/${runId}`)).data.status;
	}
}

/** Does the same with each, as many at once as allowed. */
async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
	const left = all.values();
	const worker = async () => {
		for (const one of left) await work(one);
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
