import { readFileSync, writeFileSync } from 'node:fs';
import { requestCases } from '../engine/faultMatrix.mts';
import { setupEngine } from '../engine/testEnvironment.mts';
import { faultMatrixPage } from './faultMatrix.mts';
import { withoutSections, withSections } from './markdown.mts';
import { operations } from './operations.mts';
import { operationsPage, readmeSections, type Samples } from './pages.mts';
import {
	allEndpoints,
	endpoints,
	takeErrorSample,
	takeSample,
	takeTriggerSample,
	type Sample,
} from './samples.mts';
import { troubleshootingPage } from './troubleshooting.mts';

const environment = setupEngine();

const samples = new Map<string, Sample>() satisfies Samples;
let triggerSample: Sample;
let errorItem: string;
beforeAll(async () => {
	for (const { key } of operations) samples.set(key, await takeSample(environment, key));
	triggerSample = await takeTriggerSample(environment);
	errorItem = await takeErrorSample(environment);
}, 120_000);

/** Compares a page with its generated text. With `UPDATE_DOCS`, writes the page first. */
function expectUpToDate(file: string, page: string): void {
	if (process.env.UPDATE_DOCS) writeFileSync(file, page);
	expect(readFileSync(file, 'utf8')).toBe(page);
}

test('keeps the generated sections of the README up to date', () => {
	const readme = readFileSync('README.md', 'utf8');
	expectUpToDate('README.md', withSections(readme, readmeSections(errorItem)));
});

test('finds the fields that the README names for error branches in an error item', () => {
	const readme = withoutSections(readFileSync('README.md', 'utf8'));
	const fields = [...readme.matchAll(/\{\{ \$json\.(error\.\w+) \}\}/g)].map(([, field]) => field!);
	expect(fields).toHaveLength(2);
	for (const field of fields) expect(JSON.parse(errorItem)).toHaveProperty(field);
});

test('keeps the generated pages up to date', () => {
	expectUpToDate('docs/operations.md', operationsPage(samples, triggerSample));
	expectUpToDate('docs/troubleshooting.md', troubleshootingPage());
	expectUpToDate('docs/fault-matrix.md', faultMatrixPage());
});

test('calls every endpoint of the contract, and has every operation in the fault matrix', () => {
	const called = new Set([...samples.values()].flatMap(allEndpoints));
	expect([...called].sort()).toEqual([...endpoints.values()].sort());
	const inMatrix = requestCases.map(({ operation }) => operation);
	expect(inMatrix).toEqual(expect.arrayContaining(operations.map(({ title }) => title)));
});

test.each([...operations.map(({ key }) => key), 'trigger'])(
	"lists every output field of %s in the editor's preview",
	(key) => {
		const file = key === 'trigger' ? 'v1.0.0' : `v1.0.0/${key.replace('.', '/')}`;
		const schema = readFileSync(`nodes/Cloudsquid/__schema__/${file}.json`, 'utf8');
		const preview = JSON.parse(schema) as { properties: object };
		const { json } = samples.get(key) ?? triggerSample;
		const fields = [JSON.parse(json) as object].flat().flatMap((item) => Object.keys(item));
		expect(Object.keys(preview.properties)).toEqual(expect.arrayContaining(fields));
	},
);
