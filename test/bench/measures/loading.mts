import path from 'node:path';
import { removeFolder } from '../../host/folders.mts';
import { communityFolder } from '../../host/n8nSettings.mts';
import { runScript } from '../bare.mts';
import { prepareFolder } from '../n8nProcess.mts';
import type { Measure } from '../result.mts';
import { showMs } from '../result.mts';
import { median } from '../statistics.mts';

/** How much time the node adds to the startup of n8n. */
export const loading: Measure = {
	name: 'loading',
	title: 'Loading the node',
	how: `The time that \`require\` takes for the node and the credential of the installed package, in a plain Node.js process
that has already loaded \`n8n-workflow\`. The median of 15 processes.`,
	take: async (bench) => {
		const { host, tarball, quick } = bench;
		const userFolder = await prepareFolder(bench);
		const folder = path.join(communityFolder(userFolder), 'node_modules', tarball.name);
		// In n8n, nodes find `n8n-workflow` in n8n's own installation.
		const env = { NODE_PATH: path.join(host.folder, 'node_modules') };
		const times: number[] = [];
		for (let take = 0; take < (quick ? 5 : 15); take++) {
			const args = [host.folder, folder];
			times.push(Number(await runScript(host.node.file, 'requireNode.mts', args, env)));
		}
		removeFolder(userFolder);
		return {
			figures: [
				{
					what: 'load time of the node and the credential',
					value: median(times),
					goal: 15,
					show: showMs,
				},
			],
			context: [
				['', 'minimum', 'maximum'],
				['require', showMs(Math.min(...times)), showMs(Math.max(...times))],
			],
		};
	},
};
