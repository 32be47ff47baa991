/** What of the S3 server is used here; it comes without types. */
declare module 's3rver' {
	import type { Server } from 'node:http';
	import type { AddressInfo } from 'node:net';

	export default class S3rver {
		constructor(options: {
			address: string;
			port: number;
			directory: string;
			silent: boolean;
			configureBuckets: Array<{ name: string }>;
		});
		/** There once it runs. */
		readonly httpServer: Server;
		run(): Promise<AddressInfo>;
		close(): Promise<void>;
	}
}
