import path from 'node:path';
import { communityFolder } from '../../host/n8nSettings.mts';
import { preparedUserFolder } from '../../host/pack.mts';
import { runScript } from '../baseline.mts';
import type { Measure } from '../bench.mts';
import { median, metric, showMs } from '../metrics.mts';

/** How much time the node adds to the startup of n8n. */
export const loading: Measure = {
	name: 'loading',
	title: 'Loading the node',
	how: `The time that \`require\` takes for the node, the trigger, and the credential of the installed package, in a plain Node.js process
that has already loaded \`n8n-workflow\`. The median of 15 processes.`,
	run: async ({ host, tarball, quick }) => {
		const userFolder = await preparedUserFolder(host);
		const folder = path.join(communityFolder(userFolder), 'node_modules', tarball.name);
		const args = [host.folder, folder];
		// In n8n, nodes find `n8n-workflow` in n8n's own installation.
		const env = { NODE_PATH: path.join(host.folder, 'node_modules') };
		const times: number[] = [];
		while (times.length < (quick ? 5 : 15)) {
			times.push(Number(await runScript(host.node.file, 'requireNode.mts', args, env)));
		}
		return {
			metrics: [metric('load time of both nodes and the credential', median(times), 10, showMs)],
			context: [
				['', 'minimum', 'maximum'],
				['require', showMs(Math.min(...times)), showMs(Math.max(...times))],
			],
		};
	},
};
