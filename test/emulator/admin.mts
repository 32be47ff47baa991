import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Emulator } from './emulator.mts';
import { send } from './responses.mts';
import type { RunPlan } from './runs.mts';
import type { EmulatorConfig } from './state.mts';
import type { ApiResponse } from './types.mts';
import { messageOf } from './types.mts';

/** The path at which other processes control the emulator. It is not part of Cloudsquid. */
export const adminRoot = '/_emulator';

/**
 * Lets other processes read and control the emulator, without an API key.
 *
 * - `GET /_emulator/log`: the URL, key, project, and table to use, and everything that was requested
 * - `POST /_emulator/runs`: a plan for future runs
 * - `POST /_emulator/config`: changes of the configuration
 * - `POST /_emulator/reset`: clears everything
 */
export async function serveAdmin(
	emulator: Emulator,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	try {
		send(response, await respond(emulator, request));
	} catch (error) {
		send(response, { status: 400, body: { errorMessage: messageOf(error) } });
	}
}

async function respond(emulator: Emulator, request: IncomingMessage): Promise<ApiResponse> {
	const action = `${request.method} ${request.url?.slice(adminRoot.length)}`;
	switch (action) {
		case 'GET /log': {
			const { baseUrl, apiKey, project, tableId, peakInFlight } = emulator;
			const { requests, downloads, documents, rows, runs } = emulator;
			const place = { baseUrl, apiKey, project, tableId };
			const log = { peakInFlight, requests, downloads, documents, rows, runs };
			return { status: 200, body: { ...place, ...log } };
		}
		case 'POST /reset':
			request.resume();
			emulator.reset();
			return { status: 204 };
		case 'POST /runs':
			emulator.planRun((await json(request)) as RunPlan);
			return { status: 204 };
		case 'POST /config':
			emulator.configure((await json(request)) as Partial<EmulatorConfig>);
			return { status: 204 };
		default:
			request.resume();
			return { status: 404, body: { errorMessage: `There is no ${action}.` } };
	}
}
