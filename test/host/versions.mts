/** An n8n release that the package is run on, and the Node.js majors it runs on, the first one preferred. */
export interface HostVersion {
	n8n: string;
	nodeMajors: readonly number[];
	/** Settings that only this release knows, by the names of their environment variables. */
	settings?: Record<string, string>;
}

/**
 * Every n8n release the demo, the tests and the benchmarks may use. The newest comes first and is the default.
 * A Node.js major must be one that the release allows *and* has binaries for: n8n 2.41.1 says "24 or newer",
 * but its expression engine ships compiled for 24 and 26 only.
 */
export const HOST_VERSIONS: readonly [HostVersion, ...HostVersion[]] = [
	{
		n8n: '2.41.1',
		nodeMajors: [24],
		// It would fetch a list of servers from the Internet, at every start.
		settings: { N8N_DISABLED_MODULES: 'mcp-registry' },
	},
];

export const DEFAULT_N8N_VERSION = HOST_VERSIONS[0].n8n;

/** Packages of n8n with compiled parts it cannot start without; they are built where they do not load as installed. */
export const NATIVE_PACKAGES: readonly string[] = ['sqlite3', 'isolated-vm'];

/** What an installation takes, to say so beforehand: measured on a machine with two cores. */
export const ESTIMATES = {
	n8n: { minutes: 6, gigabytes: 3 },
	nativePackages: { minutes: 1.5 },
} as const;

/** Finds a release in the table above. */
export function findHostVersion(n8n: string): HostVersion {
	const found = HOST_VERSIONS.find((candidate) => candidate.n8n === n8n);
	if (found) return found;
	const known = HOST_VERSIONS.map((candidate) => candidate.n8n).join(', ');
	throw new RangeError(`n8n ${n8n} is not among the releases known here (${known}).`);
}
