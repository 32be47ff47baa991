import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { communityFolder } from '../../host/n8nSettings.mts';
import { preparedUserFolder } from '../../host/pack.mts';
import { runScript } from '../baseline.mts';
import type { Measure } from '../bench.mts';
import { median, metric, showMs, tableOf } from '../metrics.mts';

/** How much time the node adds to the startup of n8n. */
export const loading: Measure = {
	name: 'loading',
	title: 'Loading the node',
	how: `The time that \`require\` takes for the node, the trigger, and the credential of the installed package, in a plain Node.js
process that has already loaded \`n8n-workflow\`. The median of 15 processes. What Node.js needs to find and load the same
number of empty files is measured in the same way, in turn.

The goal was set on a faster machine. In a CPU profile of 37 ms, compiling took 14 ms, finding files 10 ms, and running
the code little of the rest: it runs again in 1 ms. Bundled into one file, the node without the trigger loaded in 9 ms on the same machine, but
separate files are easier to review. n8n loads its own nodes only when they are first used, but community nodes when
it starts: to change that, n8n would have to treat both in the same way.`,
	run: async ({ host, tarball, folder, quick }) => {
		const userFolder = await preparedUserFolder(host);
		const installed = path.join(communityFolder(userFolder), 'node_modules', tarball.name);
		const count = tarball.files.filter((file) => file.endsWith('.js')).length;
		// In n8n, nodes find `n8n-workflow` in n8n's own installation.
		const env = { NODE_PATH: path.join(host.folder, 'node_modules') };
		const cases = [
			{ title: 'the package', place: installed, times: [] as number[] },
			{ title: `${count} empty files`, place: emptyPackage(folder, count), times: [] as number[] },
		];
		for (let round = 0; round < (quick ? 5 : 15); round++) {
			for (const { place, times } of cases) {
				const args = [host.folder, place];
				times.push(Number(await runScript(host.node.file, 'requireNode.mts', args, env)));
			}
		}
		const [ours] = cases as [(typeof cases)[0]];
		return {
			metrics: [
				metric('load time of both nodes and the credential', median(ours.times), 10, showMs),
			],
			context: tableOf(cases, {
				'': ({ title }) => title,
				median: ({ times }) => showMs(median(times)),
				minimum: ({ times }) => showMs(Math.min(...times)),
				maximum: ({ times }) => showMs(Math.max(...times)),
			}),
		};
	},
};

/** A package of this many empty files, all of which n8n would load. */
function emptyPackage(folder: string, count: number): string {
	const place = path.join(folder, 'empty');
	mkdirSync(place);
	const nodes = Array.from({ length: count }, (_, index) => `node-${index}.js`);
	for (const file of nodes) writeFileSync(path.join(place, file), "'use strict';\n");
	writeFileSync(
		path.join(place, 'package.json'),
		JSON.stringify({ n8n: { nodes, credentials: [] } }),
	);
	return place;
}
