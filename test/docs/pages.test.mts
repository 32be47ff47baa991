import { readFileSync, writeFileSync } from 'node:fs';
import { requestCases } from '../engine/faultMatrix.mts';
import { setupEngine } from '../engine/testEnvironment.mts';
import { faultMatrixPage } from './faultMatrix.mts';
import { withoutSections, withSections } from './markdown.mts';
import { operations } from './operations.mts';
import { operationsPage, readmeSections, type Samples } from './pages.mts';
import { allEndpoints, endpoints, takeErrorSample, takeSample, type Sample } from './samples.mts';
import { troubleshootingPage } from './troubleshooting.mts';

const environment = setupEngine();

const samples = new Map<string, Sample>() satisfies Samples;
let errorItem: string;
beforeAll(async () => {
	for (const { key } of operations) samples.set(key, await takeSample(environment, key));
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
	const fields = [...readme.matchAll(/\{\{ \$json\.([\w.]+) \}\}/g)].map(([, field]) => field!);
	expect(fields).toHaveLength(2);
	for (const field of fields) expect(JSON.parse(errorItem)).toHaveProperty(field);
});

test('keeps the generated pages up to date', () => {
	expectUpToDate('docs/operations.md', operationsPage(samples));
	expectUpToDate('docs/troubleshooting.md', troubleshootingPage());
	expectUpToDate('docs/fault-matrix.md', faultMatrixPage());
});

test('calls every endpoint of the contract, and has every operation in the fault matrix', () => {
	const called = new Set([...samples.values()].flatMap(allEndpoints));
	expect([...called].sort()).toEqual([...endpoints.values()].sort());
	const inMatrix = requestCases.map(({ operation }) => operation);
	expect(inMatrix).toEqual(expect.arrayContaining(operations.map(({ title }) => title)));
});

test.each(operations.map(({ key, title }) => [title, key]))(
	"lists every output field of %s in the editor's preview",
	(_, key) => {
		const [resource, operation] = key.split('.');
		const file = `nodes/Cloudsquid/__schema__/v1.0.0/${resource}/${operation}.json`;
		const preview = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
		const items = [JSON.parse(samples.get(key)!.json) as object].flat();
		const fields = items.flatMap((item) => Object.keys(item));
		expect(Object.keys(preview.properties)).toEqual(expect.arrayContaining(fields));
	},
);
