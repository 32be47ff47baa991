import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The parts of a Node.js CPU profile that are used here. */
interface CpuProfile {
	nodes: ProfileNode[];
	/** The node that was active at each sample. */
	samples: number[];
	/** Microseconds since the previous sample. */
	timeDeltas: number[];
}

interface ProfileNode {
	id: number;
	callFrame: { functionName: string; url: string };
	children?: number[];
}

/** The share of the CPU time that some code used, from 0 to 1. */
export interface Share {
	whose: string;
	share: number;
}

/** What a file belongs to. The first match applies. */
const OWNERS: ReadonlyArray<readonly [whose: string, files: RegExp]> = [
	['this node', /\/n8n-nodes-cloudsquid\//],
	[
		"n8n's expressions",
		/\/@n8n\/expression-runtime\/|\/n8n-workflow\/dist\/cjs\/(workflow-)?(expression|data-proxy)/,
	],
	[
		"n8n's credentials, read from the database and decrypted for every request",
		/\/(@n8n\/typeorm|sqlite3|@n8n\/db)\/|\/n8n-core\/dist\/encryption|\/n8n\/dist\/credentials/,
	],
	[
		'sending requests (axios, Node.js)',
		/\/axios\/|\/@n8n\/backend-network\/|node:(_http|http|net)/,
	],
	["the rest of n8n's engine", /\/(n8n-core|n8n-workflow|n8n)\//],
];
const REST = 'everything else';
const COLLECTION = 'garbage collection';

/** Not part of an execution: waiting, and loading n8n. */
const LEFT_OUT = /^\((idle|program|root)\)$/;
const LOADING = /^node:internal\/modules\//;

/**
 * Reads which code used the CPU time of a program, from the profiles in `folder`.
 *
 * A sample is attributed to the owner of the innermost function that has one, so what Node.js does for
 * a package counts for the package.
 */
export function readShares(folder: string): Share[] {
	const times = new Map<string, number>();
	for (const name of readdirSync(folder)) addTimes(read(path.join(folder, name)), times);
	const all = [...times.values()].reduce((sum, time) => sum + time, 0);
	return [...times]
		.map(([whose, time]) => ({ whose, share: time / all }))
		.sort((a, b) => b.share - a.share);
}

function read(file: string): CpuProfile {
	return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
}

function addTimes({ nodes, samples, timeDeltas }: CpuProfile, times: Map<string, number>): void {
	const owners = findOwners(nodes);
	samples.forEach((id, index) => {
		const whose = owners.get(id);
		if (whose) times.set(whose, (times.get(whose) ?? 0) + (timeDeltas[index] ?? 0));
	});
}

/** The owner of each node in the call tree; none for excluded nodes. */
function findOwners(nodes: readonly ProfileNode[]): Map<number, string | undefined> {
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const owners = new Map<number, string | undefined>();
	const [root] = nodes;
	const queue: Array<[ProfileNode | undefined, string | undefined]> = [[root, REST]];
	for (let next = queue.pop(); next; next = queue.pop()) {
		const [node, above] = next;
		if (!node) continue;
		const owner = ownerOf(node, above);
		owners.set(node.id, LEFT_OUT.test(node.callFrame.functionName) ? undefined : owner);
		for (const child of node.children ?? []) queue.push([byId.get(child), owner]);
	}
	return owners;
}

/** @param above the owner of the calling function; none while a module is being loaded */
function ownerOf({ callFrame }: ProfileNode, above: string | undefined): string | undefined {
	const { functionName, url } = callFrame;
	if (above === undefined || LOADING.test(url)) return undefined;
	if (functionName === '(garbage collector)') return COLLECTION;
	return OWNERS.find(([, files]) => files.test(url))?.[0] ?? above;
}
