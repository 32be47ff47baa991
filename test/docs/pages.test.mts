import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { targets } from '../engine/faultMatrix.mts';
import { useSetting } from '../engine/setting.mts';
import { withoutSections, withSections } from './markdown.mts';
import { operations } from './operations.mts';
import { operationsPage, readmeSections, type Samples } from './pages.mts';
import { allEndpoints, takeErrorSample, takeSample, type Sample } from './samples.mts';

const setting = useSetting();

const samples = new Map<string, Sample>() satisfies Samples;
let errorItem: string;
beforeAll(async () => {
	for (const { key } of operations) samples.set(key, await takeSample(setting, key));
	errorItem = await takeErrorSample(setting);
}, 120_000);

/** The page is as it would be made now; with `UPDATE_DOCS` it is made. */
function expectUpToDate(file: string, page: string): void {
	if (process.env.UPDATE_DOCS) writeFileSync(file, page);
	expect(readFileSync(file, 'utf8')).toBe(page);
}

test('the README has every operation, option, endpoint, message and figure as it is', () => {
	const benchmarks = readFileSync('docs/benchmarks.md', 'utf8');
	const sections = readmeSections(samples, errorItem, benchmarks);
	expectUpToDate('README.md', withSections(readFileSync('README.md', 'utf8'), sections));
});

test('an error branch finds in the item what the README says it has', () => {
	const page = withoutSections(readFileSync('README.md', 'utf8'));
	const named = [...page.matchAll(/\{\{ \$json\.([\w.]+) \}\}/g)].map(([, way]) => way!);
	expect(named).toHaveLength(2);
	for (const way of named) expect(JSON.parse(errorItem)).toHaveProperty(way);
});

test('the page with the operations in full is up to date', () => {
	expectUpToDate('docs/operations.md', operationsPage(samples));
});

test('every endpoint of the contract is called by an operation', () => {
	const contract = parse(readFileSync('contract/openapi.yaml', 'utf8')) as {
		paths: Record<string, Record<string, unknown>>;
	};
	const documented = Object.entries(contract.paths).flatMap(([path, item]) =>
		['get', 'post', 'put', 'patch', 'delete']
			.filter((method) => method in item)
			.map((method) => `${method.toUpperCase()} ${path}`),
	);
	const called = new Set([...samples.values()].flatMap(allEndpoints));
	expect([...called].sort()).toEqual(documented.sort());
});

test.each(operations.map(({ title }) => [title]))('the fault matrix has %s', (title) => {
	expect(targets.map(({ operation }) => operation)).toContain(title);
});

test.each(operations.map(({ key, title }) => [title, key]))(
	"the editor's preview shows what %s gives",
	(_, key) => {
		const [resource, operation] = key.split('.');
		const file = `nodes/Cloudsquid/__schema__/v1.0.0/${resource}/${operation}.json`;
		const preview = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
		const items = [JSON.parse(samples.get(key)!.json) as object].flat();
		const given = items.flatMap((item) => Object.keys(item));
		expect(Object.keys(preview.properties)).toEqual(expect.arrayContaining(given));
	},
);
