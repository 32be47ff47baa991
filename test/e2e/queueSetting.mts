import type { EmulatorOptions } from '../emulator/emulator.mts';
import { withCleanUp } from '../host/cleanUp.mts';
import type { QueueMode } from '../host/queueMode.mts';
import { startQueueMode } from '../host/queueMode.mts';
import type { Setting } from './setting.mts';
import { preparedUserFolder } from '../host/pack.mts';
import { openAround, wantedHost } from './setting.mts';

/** A setting whose n8n is in queue mode. */
export interface QueueSetting extends Setting {
	server: QueueMode;
}

/** Sets up an n8n in queue mode, with workers that run five executions at once. */
export async function openQueueSetting(
	workers: number,
	emulatorOptions: EmulatorOptions,
): Promise<QueueSetting> {
	return await withCleanUp(async (cleanUp) => {
		const host = await wantedHost();
		const prepareFolder = async () => await preparedUserFolder(host);
		const open = async () => await startQueueMode(host, { workers, concurrency: 5, prepareFolder });
		return await openAround(open, emulatorOptions, cleanUp);
	});
}
