import type { Fault } from '../emulator/emulator.mts';
import { heapInUse, setupEngine, sha256 } from '../engine/testEnvironment.mts';

const DOCUMENTS = 1000;
/** How often memory is looked at while they are read. */
const SAMPLES = 12;
const seed = Number(process.env.SOAK_SEED ?? 20_261_124);
const MB = 1024 * 1024;

const environment = setupEngine();

const answer = (status: number, body: string): Fault => {
	return { kind: 'answer', status, body, operation: 'getRun' };
};

/** After these a request surely did no work, so that each must end in a result all the same. */
const faults: Fault[] = [
	...(['uploadFile', 'startRun'] as const).map((operation): Fault => {
		const headers = { 'retry-after': '0' };
		return { kind: 'answer', status: 429, headers, operation, early: true };
	}),
	...[408, 429, 500, 502, 503, 504].map((status) => answer(status, '')),
	answer(502, '<html>Bad gateway</html>'),
	...(['reset', 'cut', 'truncate', 'empty'] as const).map((kind): Fault => {
		return { kind, operation: 'getRun' };
	}),
];

// What fails is told under this name, and with it the seed: `SOAK_SEED=… npm run test:long -- soak` draws the same faults again.
test.each([
	['that pass', {}, []],
	[
		'that end the batch twice, with Retry On Fail',
		{ maxTries: 3 },
		[
			{ operation: 'startRun', kind: 'answer', status: 422, skip: 300 },
			{ operation: 'getRun', kind: 'answer', status: 403, skip: 600 },
		],
	],
] as Array<[string, object, Fault[]]>)(
	`${DOCUMENTS} documents under faults %s, seed ${seed}`,
	async (_, execution, ending) => {
		const { emulator, run, textItem } = environment;
		for (const fault of ending) emulator.inject(fault);
		const indices = [...Array(DOCUMENTS).keys()];
		const texts = indices.map((index) => `Number: ${index}\n${'x'.repeat(index)}`);
		const items = await Promise.all(
			texts.map(async (text, index) => await textItem(text, `${index}.txt`)),
		);
		emulator.setRandomFaults({ seed, rate: 0.1, faults });
		const before = heapInUse();
		const samples: number[] = [];
		// By progress, not by the clock: a look takes long where other tests have left much behind.
		const sampling = setInterval(() => {
			const due = ((samples.length + 1) * DOCUMENTS) / SAMPLES;
			if (emulator.runs.length >= due) samples.push(heapInUse() - before);
		}, 20);

		const operation = { resource: 'document', operation: 'extract' };
		const parameters = { ...operation, options: { maxRetries: 8 } };
		const outcome = await run({ parameters, items, ...execution });

		clearInterval(sampling);
		expect(outcome.error).toBeUndefined();
		expect(outcome.items).toHaveLength(DOCUMENTS);
		outcome.items.forEach(({ json, pairedItem }, index) => {
			const data = { number: String(index), sha256: sha256(texts[index]!) };
			expect(json).toMatchObject({ status: 'done', data });
			expect(pairedItem).toEqual({ item: index });
		});
		expect(emulator.documents).toHaveLength(DOCUMENTS);
		expect(emulator.runs).toHaveLength(DOCUMENTS);
		expect(new Set(outcome.items.map(({ json }) => json.run_id)).size).toBe(DOCUMENTS);
		expect(emulator.peakInFlight).toBeLessThanOrEqual(10);
		expect(emulator.requests.filter(({ fault }) => fault).length).toBeGreaterThan(DOCUMENTS / 10);
		// All items are there from the start, and so is what they take, with the emulator's books. From
		// then on nothing is added, however many requests are made.
		expect(samples.length).toBeGreaterThanOrEqual(SAMPLES - 2);
		const quarter = Math.floor(SAMPLES / 4);
		const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
		expect(Math.max(...samples)).toBeLessThan(120 * MB);
		expect(Math.min(...last)).toBeLessThan(Math.max(...first) + 15 * MB);
	},
	300_000,
);
