import type { IncomingMessage } from 'node:http';
import { readBody } from './body.mts';
import type { ApiResponse, JsonObject } from './contract.mts';
import { isObject } from './contract.mts';
import type { Emulator } from './emulator.mts';

export const adminRoot = '/_emulator';

/**
 * Lets other processes see and control the emulator. This is not part of the Cloudsquid API and needs no API key.
 *
 * - `GET /_emulator/summary`: the base URL, API key, project, and tables, and the number of requests
 * - `GET /_emulator/log`: the summary and the request log
 * - `POST /_emulator/config`: changes the configuration
 * - `POST /_emulator/runs`: plans future runs
 * - `POST /_emulator/reset`: resets everything
 */
export async function serveAdmin(
	emulator: Emulator,
	request: IncomingMessage,
): Promise<ApiResponse> {
	const { value } = await readBody(request);
	const body: JsonObject = isObject(value) ? value : {};
	const { requests, documents, runs } = emulator;
	switch (`${request.method} ${request.url?.slice(adminRoot.length)}`) {
		case 'GET /summary':
			return { status: 200, body: summarize(emulator) };
		case 'GET /log':
			return { status: 200, body: { ...summarize(emulator), requests, documents, runs } };
		case 'POST /config':
			emulator.configure(body);
			return { status: 204 };
		case 'POST /runs':
			emulator.planRun(body);
			return { status: 204 };
		case 'POST /reset':
			emulator.reset();
			return { status: 204 };
		default:
			return {
				status: 404,
				body: { errorMessage: `There is no ${request.method} ${request.url}.` },
			};
	}
}

function summarize(emulator: Emulator): JsonObject {
	const { baseUrl, apiKey, project, tableId, reconcileTableId, peakInFlight } = emulator;
	return { baseUrl, apiKey, project, tableId, reconcileTableId, peakInFlight };
}
