import { createRequire } from 'node:module';
import { BinaryDataBlobManager } from 'n8n-core';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';

/** n8n's own S3 store. On a server it needs a licence, which n8n asks for before it is set up. */
const fromCore = createRequire(require.resolve('n8n-core'));
const { S3ByteStore } = fromCore('@n8n/blob-storage') as typeof import('@n8n/blob-storage');
const { ObjectStoreService } = createRequire(fromCore.resolve('@n8n/blob-storage'))(
	'@n8n/blob-storage/object-store',
) as typeof import('@n8n/blob-storage/object-store');

/** The part of the S3 server that is used here; it has no types. */
const S3rver = createRequire(__filename)('s3rver') as new (options: object) => {
	httpServer: Server;
	run(): Promise<AddressInfo>;
	close(): Promise<void>;
};

const bucket = 'files';

/** A store of n8n's whose files lie in a bucket of a local S3 server. */
export interface S3Store {
	manager: BinaryDataBlobManager;
	/** How often the content of a file has been asked for. */
	countReads(fileId: string): number;
	/** How many files are being read at the moment. */
	countOpen(): number;
	close(): Promise<void>;
}

/** Starts an S3 server on the loopback interface, and n8n's store on top of it. */
export async function startS3Store(folder: string): Promise<S3Store> {
	const server = new S3rver({
		address: '127.0.0.1',
		port: 0,
		directory: folder,
		silent: true,
		configureBuckets: [{ name: bucket }],
	});
	const { port } = await server.run();
	const reads: string[] = [];
	let open = 0;
	server.httpServer.prependListener('request', ({ method, url = '' }, response) => {
		if (method !== 'GET') return;
		reads.push(new URL(url, 'http://s3.invalid').pathname);
		open++;
		response.once('close', () => open--);
	});
	const store = new ObjectStoreService(quiet as never, configFor(`127.0.0.1:${port}`) as never);
	await store.init();
	const report = { error: rethrow, warn: rethrow };
	return {
		manager: new BinaryDataBlobManager(new S3ByteStore(store), report as never),
		countReads: (fileId) => reads.filter((path) => path === `/${bucket}/${fileId}`).length,
		countOpen: () => open,
		close: async () => {
			// n8n's client keeps its connections.
			server.httpServer.closeAllConnections();
			await server.close();
		},
	};
}

/** What n8n reads from `N8N_EXTERNAL_STORAGE_S3_…`; the keys are the ones that the server knows. */
const configFor = (host: string) => ({
	host,
	protocol: 'http',
	forcePathStyle: true,
	maxAttempts: 1,
	startupTimeoutMs: 10_000,
	bucket: { name: bucket, region: 'us-east-1' },
	credentials: { accessKey: 'S3RVER', accessSecret: 'S3RVER', authAutoDetect: false },
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function rethrow(error: unknown): never {
	throw error;
}
