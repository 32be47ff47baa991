import { randomBytes } from 'node:crypto';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Emulator, Fault } from '../emulator/emulator.mts';
import type { Execution } from './engine.mts';
import { startPausedServer } from './network.mts';
import { download, extract, extractSync, getProjects, upload } from './operations.mts';
import { expectNoKey, repeat, setupEngine, until } from './testEnvironment.mts';

const environment = setupEngine({ separateStorage: true });
const { concurrentEach, textItem, fileItem } = environment;

const begun = (count: number) => (emulator: Emulator) => emulator.requests.length === count;
const ended = (count: number) => (emulator: Emulator) =>
	begun(count)(emulator) && emulator.inFlight === 0;

const silence: Fault = { kind: 'silence' };
const retryLater = { kind: 'answer', headers: { 'retry-after': '100' } } as const;
const started = ['uploadFile', 'startRun'];
const polled = [...started, 'getRun'];

const oneAtATime = { ...upload, options: { maxConcurrency: 1 } };
const sent = (emulator: Emulator) => begun(1)(emulator) && emulator.requests[0]!.body !== undefined;
const isRunning = (emulator: Emulator) => begun(1)(emulator) && emulator.runs.length === 1;
const isDownloading = ({ downloads }: Emulator) => downloads.length === 1;
const noPoll: Fault = { ...silence, operation: 'getRun' };
const noDownload: Fault = { ...silence, operation: 'download' };
const failedPoll: Fault = { ...retryLater, operation: 'getRun', status: 429 };
const unavailable: Fault = { ...retryLater, status: 503, times: 'always' };

/** What an execution is doing, whether it has come to that, and the requests until then. */
type Phase = [
	name: string,
	parameters: INodeParameters,
	isReached: (emulator: Emulator) => boolean,
	requests: string[],
	fault?: Fault,
	onError?: Execution['onError'],
];

const onError = 'continueErrorOutput';
const phases: Phase[] = [
	['items wait for a slot', oneAtATime, begun(1), ['uploadFile'], silence],
	['a retry is delayed', getProjects, ended(1), ['listProjects'], unavailable],
	['the first poll is delayed', extract, ended(2), started],
	['the next poll is delayed', extract, ended(3), polled],
	['the poll after a failed one is delayed', extract, ended(3), polled, failedPoll],
	['an upload gets no response', upload, sent, ['uploadFile'], silence],
	['a poll gets no response', extract, begun(3), polled, noPoll],
	['a synchronous run continues', extractSync, isRunning, ['extractFile']],
	['n8n continues on errors', upload, begun(1), ['uploadFile'], silence, onError],
	['a download gets no response', download, isDownloading, ['readPath'], noDownload],
];

concurrentEach(phases)(
	'sends nothing more if canceled while %s',
	async (own, [, parameters, isReached, requests, fault, onError]) => {
		const { emulator } = own;
		emulator.planRun({ runningMs: 'always', times: 'always' });
		own.addProjectFile('/a.txt');
		const items = await repeat(parameters === oneAtATime ? 3 : 1, async () => await textItem());
		if (fault) emulator.inject(fault);
		const execution = own.start(items, { path: '/a.txt', ...parameters }, { onError });
		await until(() => isReached(emulator));
		execution.cancel();
		const canceled = await execution;
		expect(canceled.status).toBe('canceled');
		expectNoKey(canceled, emulator.apiKey);
		// Open connections are closed, too.
		await until(() => emulator.inFlight === 0);
		await until(() => emulator.downloads.every(({ completed }) => completed !== undefined));

		emulator.clearFaults();
		await own.run({ parameters: getProjects });
		expect(own.requestNames()).toEqual([...requests, 'listProjects']);
		expect(emulator.downloads.length).toBeLessThanOrEqual(1);
	},
);

test('does not send the rest of an upload if canceled in the middle', async () => {
	const { start, credential } = environment;
	const server = await startPausedServer();
	const size = 40_000_000;
	const items = [await fileItem({ data: { bytes: randomBytes(size) } })];
	const execution = start(items, upload, {
		credential: { ...credential, baseUrl: server.origin },
	});
	await until(() => server.sockets.length === 1);
	execution.cancel();
	expect((await execution).status).toBe('canceled');
	const socket = server.sockets[0]!.resume();
	await until(() => socket.destroyed);
	expect(socket.bytesRead).toBeLessThan(size);
	expect(server.sockets).toHaveLength(1);
	await server.close();
});

test('cancels all items, whatever each of them is doing', async () => {
	const { emulator, start } = environment;
	emulator.planRun({ runningMs: 'always', times: 'always' });
	const large = { bytes: randomBytes(20_000_000) };
	const items: INodeExecutionData[] = [
		...(await repeat(5, async () => await textItem())),
		await fileItem({ a: large, b: large }),
		await textItem('Total: 2'),
	];
	// The runs of the first five are polled; of the rest, one upload is sent and the others wait.
	emulator.inject({ operation: 'uploadFile', skip: 5, kind: 'silence' });
	const execution = start(items, {
		...extract,
		binaryPropertyName: '={{ $itemIndex === 5 ? "a,b" : "data" }}',
		options: { maxConcurrency: 1 },
	});
	await until(() => emulator.requests.at(-1)?.fault !== undefined);
	const before = emulator.requests.length;
	execution.cancel();
	expect((await execution).status).toBe('canceled');
	await until(() => emulator.inFlight === 0);
	expect(emulator.requests).toHaveLength(before);
	expect(emulator.documents).toHaveLength(5);
});
