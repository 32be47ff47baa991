import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.mts';
import type { Emulator } from './emulator.mts';
import { parseFault } from './faults.mts';
import type { RandomFaults } from './faults.mts';
import type { RunPlan } from './runs.mts';
import type { Answer, JsonObject } from './types.mts';
import { isObject, messageOf } from './types.mts';
import { send } from './wire.mts';

/** The path under which the emulator itself is asked and told things. */
export const adminRoot = '/_emulator';

/**
 * Lets other processes look into the emulator and steer it. This is no part of Cloudsquid, and it needs no API key.
 *
 * - `GET /_emulator/summary`: counts, and the address, key, project and table to use
 * - `GET /_emulator/books`: all that was written down
 * - `POST /_emulator/faults`: one fault or an array of them; `DELETE` forgets them all
 * - `POST /_emulator/random-faults`: `{seed, rate, faults}`
 * - `POST /_emulator/runs`: a plan for coming runs
 * - `POST /_emulator/behaviour`: what of the behaviour is to change
 * - `POST /_emulator/reset`: everything as at the start
 */
export async function serveAdmin(
	emulator: Emulator,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	try {
		send(response, await answerTo(emulator, request));
	} catch (error) {
		send(response, { status: 400, body: { errorMessage: messageOf(error) } });
	}
}

async function answerTo(emulator: Emulator, request: IncomingMessage): Promise<Answer> {
	const path = (request.url ?? '').slice(adminRoot.length).split('?')[0] ?? '';
	switch (`${request.method} ${path}`) {
		case 'GET /summary':
			return { status: 200, body: summarize(emulator) };
		case 'GET /books':
			return { status: 200, body: { ...summarize(emulator), ...listBooks(emulator) } };
		case 'POST /reset':
			request.resume();
			emulator.reset();
			return { status: 204 };
		case 'POST /faults': {
			const faults = [(await readBody(request)).value].flat().map(parseFault);
			for (const fault of faults) emulator.inject(fault);
			return { status: 204 };
		}
		case 'DELETE /faults':
			emulator.clearFaults();
			return { status: 204 };
		case 'POST /random-faults':
			emulator.setRandomFaults(parseRandomFaults(await readObject(request)));
			return { status: 204 };
		case 'POST /runs':
			emulator.planRun((await readObject(request)) as RunPlan);
			return { status: 204 };
		case 'POST /behaviour':
			emulator.configure(await readObject(request));
			return { status: 204 };
		default:
			request.resume();
			return { status: 404, body: { errorMessage: `There is no ${request.method} ${path}.` } };
	}
}

async function readObject(request: IncomingMessage): Promise<JsonObject> {
	const { value } = await readBody(request);
	if (!isObject(value)) throw new Error('The body must be an object.');
	return value;
}

function parseRandomFaults({ seed, rate, faults }: JsonObject): RandomFaults {
	if (typeof seed !== 'number' || typeof rate !== 'number' || !Array.isArray(faults)) {
		throw new Error('Random faults need a seed, a rate and faults.');
	}
	return { seed, rate, faults: faults.map(parseFault) };
}

function summarize(emulator: Emulator): JsonObject {
	const { requests, downloads, documents, runs } = emulator;
	return {
		baseUrl: emulator.baseUrl,
		apiKey: emulator.apiKey,
		project: emulator.project,
		tableId: emulator.tableId,
		reconcileTableId: emulator.reconcileTableId,
		peakInFlight: emulator.peakInFlight,
		requestCount: requests.length,
		downloadCount: downloads.length,
		documentCount: documents.length,
		runCount: runs.length,
		requestsByOperation: countBy(requests, ({ operationId }) => operationId ?? 'unknown'),
		requestsByStatus: countBy(requests, ({ status }) => String(status ?? 'none')),
		faultsByKind: countBy(
			requests.filter(({ fault }) => fault),
			({ fault }) => String(fault?.kind),
		),
		runsByStatus: countBy(runs, ({ status }) => status),
	};
}

function listBooks({ projects, requests, downloads, documents, rows, runs }: Emulator): JsonObject {
	return { projects, requests, downloads, documents, rows, runs };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
	return counts;
}
