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

const { place, kind, items } = JSON.parse(process.argv[2] ?? '') as BaselineTask;
const http = axios.create({
	baseURL: `${place.baseUrl}/projects/${encodeURIComponent(place.project)}/tables/${place.tableId}`,
	headers: { 'X-API-Key': place.apiKey },
	httpAgent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY }),
	proxy: false,
	maxBodyLength: Number.POSITIVE_INFINITY,
	maxRedirects: 0,
});

const polling: Array<Promise<void>> = [];
const work = { extract, upload, getRun }[kind];
const left = items.values();
const worker = async () => {
	for (const item of left) await work(item);
};
await Promise.all(Array.from({ length: CONCURRENCY }, worker));
await Promise.all(polling);

/** Uploads a file and starts its run, which is then polled without keeping the next file waiting. */
async function extract(file: string): Promise<void> {
	const { data } = await http.post<{ run_id: string }>('/run', { row_id: await upload(file) });
	polling.push(waitFor(data.run_id));
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

async function waitFor(runId: string): Promise<void> {
	do await sleep(POLL_MS);
	while ((await getRun(runId)) !== 'done');
}

async function getRun(runId: string): Promise<string> {
	return (await http.get<{ status: string }>(`/run/${runId}`)).data.status;
}
