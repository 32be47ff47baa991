import type { IncomingMessage } from 'node:http';
import { readBody } from './body.mts';
import { isObject, type ApiResponse, type JsonObject } from './contract.mts';
import type { Emulator } from './emulator.mts';

export const adminRoot = '/_emulator';

/**
 * Lets other processes see and control the emulator. This is not part of the Cloudsquid API and needs no API key.
 *
 * - `GET /_emulator/log`: the base URL, API key, project, and table, and the request log
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
	switch (`${request.method} ${request.url?.slice(adminRoot.length)}`) {
		case 'GET /log': {
			const { baseUrl, apiKey, project, tableId, requests, documents, runs } = emulator;
			const place = { baseUrl, apiKey, project, tableId };
			return { status: 200, body: { ...place, requests, documents, runs } };
		}
		case 'POST /config':
			emulator.configure(body);
			break;
		case 'POST /runs':
			emulator.planRun(body);
			break;
		case 'POST /reset':
			emulator.reset();
			break;
		default:
			return {
				status: 404,
				body: { errorMessage: `There is no ${request.method} ${request.url}.` },
			};
	}
	return { status: 204 };
}
