import fc from 'fast-check';
import type { Fault, FaultKind } from '../emulator/faults.mts';
import { setupEngine } from '../engine/testEnvironment.mts';

const environment = setupEngine();

/** What may happen to requests that have an effect; the response of some is lost. */
const effectFaults: FaultKind[] = [
	{ kind: 'answer', status: 422 },
	{ kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
	{ kind: 'answer', status: 500 },
	{ kind: 'reset' },
];

const faultArbitrary: fc.Arbitrary<Fault> = fc.oneof(
	fc
		.record({
			operation: fc.constantFrom('uploadFile' as const, 'startRun' as const),
			when: fc.constantFrom('before' as const, 'after' as const),
			skip: fc.nat(4),
			times: fc.integer({ min: 1, max: 2 }),
			kind: fc.constantFrom(...effectFaults),
		})
		.map(({ kind, ...rule }): Fault => ({ ...rule, ...kind })),
	fc
		.record({ skip: fc.nat(6), status: fc.constantFrom(403, 404, 502, 522) })
		.map((rule): Fault => ({ ...rule, operation: 'getRun', kind: 'answer' })),
);

const operation = { resource: 'document', operation: 'extract' };
const modes = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;

const batchArbitrary = fc.record({
	items: fc.integer({ min: 1, max: 6 }),
	faults: fc.array(faultArbitrary, { maxLength: 3 }),
	failedRuns: fc.nat(2),
	onError: fc.constantFrom(...modes),
	maxTries: fc.integer({ min: 1, max: 3 }),
	zeroRetention: fc.boolean(),
});

/** How many requests had an effect whose response never arrived. */
function countLost(operation: string): number {
	return environment.emulator.requests.filter(
		({ operationId, fault }) => operationId === operation && fault?.when === 'after',
	).length;
}

test('nothing is lost and nothing is done twice, whatever fails', async () => {
	const { emulator, run, textItem } = environment;
	await fc.assert(
		fc.asyncProperty(batchArbitrary, async (batch) => {
			emulator.reset();
			for (const fault of batch.faults) emulator.inject(fault);
			if (batch.failedRuns > 0) emulator.planRun({ fail: true, times: batch.failedRuns });
			const items = await Promise.all(
				Array.from({ length: batch.items }, async (_, index) => await textItem(`No: ${index}`)),
			);
			const { zeroRetention, onError, maxTries } = batch;
			const options = { maxWait: 20, maxRetries: 1 };
			const parameters = { ...operation, zeroRetention, options };
			const outcome = await run({ parameters, items, onError, ...(maxTries > 1 && { maxTries }) });

			const { items: results, errorItems, error } = outcome;
			const { created, ids } = error?.context ?? {};
			const told = JSON.stringify([results, errorItems, created, ids]);
			const { rows, runs } = emulator;
			const [lostRows, lostRuns] = [countLost('uploadFile'), countLost('startRun')];
			const untoldRows = rows.filter(({ row_id }) => !told.includes(row_id));
			expect(untoldRows.length).toBeLessThanOrEqual(lostRows);
			// A run that failed is replaced by another one, which is told in its place.
			const intact = runs.filter(({ status }) => status !== 'error');
			const untoldRuns = intact.filter(({ run_id }) => !told.includes(run_id));
			expect(untoldRuns.length).toBeLessThanOrEqual(lostRuns);

			expect(rows.length).toBeLessThanOrEqual(batch.items + lostRows);
			const extraRuns = rows.flatMap(({ row_id }) =>
				intact.filter((each) => each.row_id === row_id).slice(1),
			);
			expect(extraRuns.length).toBeLessThanOrEqual(lostRuns);
			if (!error) expect(results.length + errorItems.length).toBe(batch.items);
		}),
		{ numRuns: Number(process.env.BATCH_RUNS ?? 60), endOnFailure: true },
	);
}, 300_000);
