/** An n8n release that the package is run on, and the Node.js majors it runs on, the first one preferred. */
interface HostVersion {
	n8n: string;
	nodeMajors: readonly number[];
	/** Settings that only this release knows, by the names of their environment variables. */
	settings?: Record<string, string>;
	/** Packages with compiled parts that it cannot start without; they are built where they do not load as installed. */
	nativePackages: readonly string[];
	/** The values of `N8N_DEFAULT_BINARY_DATA_MODE` that it takes without a licence. */
	binaryModes: readonly BinaryMode[];
	/** Packages of the npm registry in place of what this release fetches from elsewhere. */
	overrides?: Record<string, string>;
}

/** Where an n8n keeps files; `default` is in memory. */
export type BinaryMode = 'default' | 'filesystem' | 'database';

/** Up to 2.8 spreadsheets are read by a package from its maker's own server; nothing here reads any. */
const REGISTRY_ONLY = { xlsx: '0.18.5' };

/**
 * Every n8n release the demo, the tests and the benchmarks may use. The newest comes first and is the default.
 * A Node.js major must be one that the release allows *and* has binaries for: n8n 2.41.1 says "24 or newer",
 * but its expression engine ships compiled for 24 and 26 only.
 */
export const HOST_VERSIONS: readonly [HostVersion, ...HostVersion[]] = [
	{
		n8n: '2.41.1',
		nodeMajors: [24],
		nativePackages: ['sqlite3', 'isolated-vm'],
		binaryModes: ['filesystem', 'database'],
		// It would fetch a list of servers from the Internet, at every start.
		settings: { N8N_DISABLED_MODULES: 'mcp-registry' },
	},
	// The last that runs on Node.js 20 and 22 as well as 24.
	{
		n8n: '2.8.4',
		nodeMajors: [22, 24],
		nativePackages: ['sqlite3'],
		binaryModes: ['filesystem', 'database'],
		overrides: REGISTRY_ONLY,
	},
	// The last of 1.x: it alone can keep files in memory.
	{
		n8n: '1.123.81',
		nodeMajors: [24],
		nativePackages: ['sqlite3', 'isolated-vm'],
		binaryModes: ['default', 'filesystem'],
		overrides: REGISTRY_ONLY,
	},
];

export const DEFAULT_N8N_VERSION = HOST_VERSIONS[0].n8n;

/** Finds a release in the table above; the newest where none is named. */
export function findHostVersion(n8n = DEFAULT_N8N_VERSION): HostVersion {
	const found = HOST_VERSIONS.find((candidate) => candidate.n8n === n8n);
	if (found) return found;
	const known = HOST_VERSIONS.map((candidate) => candidate.n8n).join(', ');
	throw new RangeError(`n8n ${n8n} is not among the releases known here (${known}).`);
}
