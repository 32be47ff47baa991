import { randomBytes } from 'node:crypto';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Emulator, Fault } from '../emulator/emulator.mts';
import type { Execution } from './engine.mts';
import { startSink } from './network.mts';
import { expectNoKey, until, useSetting } from './setting.mts';

const setting = useSetting({ separateStorage: true });

const extract = { resource: 'document', operation: 'extract' };
const upload = { resource: 'document', operation: 'upload' };
const listProjects = { resource: 'project', operation: 'getAll' };

/** Where an execution is when it is stopped. */
interface Phase {
	name: string;
	parameters: INodeParameters;
	options?: INodeParameters;
	/** Input items; one with a short text unless said. */
	makeItems?: () => Promise<INodeExecutionData[]>;
	faults?: Fault[];
	onError?: Execution['onError'];
	/** Whether the execution has come to the phase. */
	isThere: (emulator: Emulator) => boolean;
	/** The requests that have come by then, by operation. */
	requests: string[];
}

const ended = ({ requests }: Emulator, count: number) =>
	requests.length === count && requests.every(({ endedAt }) => endedAt !== undefined);
const begun = ({ requests }: Emulator, count: number) => requests.length === count;
const note = async () => await setting.textItem('Total: 1');

const phases: Phase[] = [
	{
		name: 'while items are queued for a slot',
		parameters: upload,
		options: { maxConcurrency: 1 },
		makeItems: async () => await Promise.all([note(), note(), note()]),
		faults: [{ kind: 'silence' }],
		isThere: (emulator) => begun(emulator, 1),
		requests: ['uploadFile'],
	},
	{
		name: 'in the pause before a request is sent again',
		parameters: listProjects,
		faults: [{ kind: 'answer', status: 503, headers: { 'retry-after': '100' }, times: 'always' }],
		isThere: (emulator) => ended(emulator, 1),
		requests: ['listProjects'],
	},
	{
		name: 'in the pause before the first look at a run',
		parameters: extract,
		isThere: (emulator) => ended(emulator, 2),
		requests: ['uploadFile', 'startRun'],
	},
	{
		name: 'in the pause between two looks at a run',
		parameters: extract,
		isThere: (emulator) => ended(emulator, 3),
		requests: ['uploadFile', 'startRun', 'getRun'],
	},
	{
		name: 'in the pause after a look that failed',
		parameters: extract,
		faults: [
			{ operation: 'getRun', kind: 'answer', status: 429, headers: { 'retry-after': '100' } },
		],
		isThere: (emulator) => ended(emulator, 3),
		requests: ['uploadFile', 'startRun', 'getRun'],
	},
	{
		name: 'while the service says nothing to an upload',
		parameters: upload,
		faults: [{ kind: 'silence' }],
		isThere: (emulator) => begun(emulator, 1) && emulator.requests[0]!.body !== undefined,
		requests: ['uploadFile'],
	},
	{
		name: 'while the service says nothing to a look at a run',
		parameters: extract,
		faults: [{ operation: 'getRun', kind: 'silence' }],
		isThere: (emulator) => begun(emulator, 3),
		requests: ['uploadFile', 'startRun', 'getRun'],
	},
	{
		name: 'in the one blocking call',
		parameters: { ...extract, extractMode: 'sync' },
		isThere: (emulator) => begun(emulator, 1) && emulator.runs.length === 1,
		requests: ['extractFile'],
	},
	{
		name: 'while the service says nothing, and n8n is told to continue',
		parameters: upload,
		faults: [{ kind: 'silence' }],
		onError: 'continueErrorOutput',
		isThere: (emulator) => begun(emulator, 1),
		requests: ['uploadFile'],
	},
	{
		name: 'while the storage says nothing to a download',
		parameters: {
			resource: 'projectFile',
			operation: 'download',
			path: '/a.txt',
			binaryPropertyName: 'data',
		},
		faults: [{ operation: 'download', kind: 'silence' }],
		isThere: ({ downloads }) => downloads.length === 1,
		requests: ['readPath'],
	},
];

test.each(phases)('Stop $name: nothing is sent any more', async (phase) => {
	const { emulator, engine, credential, place, run } = setting;
	const { parameters, options = {}, faults = [], onError } = phase;
	emulator.planRun({ runningMs: 'always', times: 'always' });
	await emulator.addProjectFile(emulator.project, '/a.txt', 'Hello');
	const items = (await phase.makeItems?.()) ?? [await note()];
	for (const fault of faults) emulator.inject(fault);
	const execution = engine.execute({
		parameters: { ...place, ...parameters, options },
		items,
		credential,
		onError,
	});
	await until(() => phase.isThere(emulator));
	execution.cancel();
	const stopped = await execution;
	expect(stopped.status).toBe('canceled');
	expectNoKey(stopped, credential.apiKey);
	// What was open is closed, too.
	await until(() => emulator.inFlight === 0);
	await until(() => emulator.downloads.every(({ completed }) => completed !== undefined));

	emulator.clearFaults();
	await run({ parameters: listProjects });
	expect(emulator.requests.map(({ operationId }) => operationId)).toEqual([
		...phase.requests,
		'listProjects',
	]);
	expect(emulator.downloads.length).toBeLessThanOrEqual(1);
});

test('Stop in the middle of an upload: the rest is not sent', async () => {
	const { engine, credential, place, fileItem } = setting;
	const sink = await startSink();
	const size = 40_000_000;
	const execution = engine.execute({
		parameters: { ...place, ...upload },
		items: [await fileItem({ data: { bytes: randomBytes(size) } })],
		credential: { ...credential, baseUrl: sink.origin },
	});
	await until(() => sink.connections.length === 1);
	execution.cancel();
	expect((await execution).status).toBe('canceled');
	const [connection] = sink.connections as [(typeof sink.connections)[0]];
	connection.socket.resume();
	await until(() => connection.socket.destroyed);
	expect(connection.bytes).toBeLessThan(size);
	expect(sink.connections).toHaveLength(1);
	await sink.close();
});

test('Stop ends all items, wherever each of them is', async () => {
	const { emulator, engine, credential, place, fileItem, textItem } = setting;
	emulator.planRun({ runningMs: 'always', times: 'always' });
	const large = { bytes: randomBytes(20_000_000) };
	const items = [
		...(await Promise.all([1, 2, 3, 4, 5].map(async () => await textItem('Total: 1')))),
		await fileItem({ a: large, b: large }),
		await textItem('Total: 2'),
	];
	// The runs of the first are waited for; of the rest, one is under way and the others are queued.
	emulator.inject({ operation: 'uploadFile', skip: 5, kind: 'silence' });
	const execution = engine.execute({
		parameters: {
			...place,
			...extract,
			binaryPropertyName: '={{ $itemIndex === 5 ? "a,b" : "data" }}',
			options: { maxConcurrency: 1 },
		},
		items,
		credential,
	});
	const count = () => emulator.requests.length;
	await until(() => emulator.requests.at(-1)?.fault !== undefined);
	const sofar = count();
	execution.cancel();
	expect((await execution).status).toBe('canceled');
	await until(() => emulator.inFlight === 0);
	expect(count()).toBe(sofar);
	expect(emulator.documents).toHaveLength(5);
});
