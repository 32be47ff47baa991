import { existsSync, readFileSync } from 'node:fs';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { parse } from 'yaml';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';

const readme = readFileSync('README.md', 'utf8');
const contract = parse(readFileSync('contract/openapi.yaml', 'utf8')) as {
	paths: Record<string, Record<string, unknown>>;
};
const methods = ['get', 'post', 'put', 'patch', 'delete'];
const { properties } = new Cloudsquid().description;

/** The operations of a resource, as the editor offers them. */
function operationsOf(resource: unknown): INodePropertyOptions[] {
	const select = properties.find(
		({ name, displayOptions }: INodeProperties) =>
			name === 'operation' && displayOptions?.show?.resource?.includes(resource as string),
	);
	return (select?.options ?? []) as INodePropertyOptions[];
}

const resources = properties[0]!.options as INodePropertyOptions[];
const operations = resources.flatMap((resource) =>
	operationsOf(resource.value).map((operation) => ({ resource, operation })),
);

const endpoints = Object.entries(contract.paths).flatMap(([path, item]) =>
	Object.keys(item)
		.filter((key) => methods.includes(key))
		.map((method) => `${method.toUpperCase()} ${path}`),
);

test.each(endpoints)('the README says which operation calls %s', (endpoint) => {
	const row = readme.split('\n').find((line) => line.startsWith(`| \`${endpoint}\``));
	expect(row).toBeDefined();
	const named = operations.filter(({ resource, operation }) =>
		row!.includes(`${resource.name} → ${operation.name}`),
	);
	expect(named).not.toHaveLength(0);
});

test('the README names no endpoint that the contract does not have', () => {
	const named = [...readme.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`/gm)];
	expect(named.map(([, endpoint]) => endpoint).sort()).toEqual([...endpoints].sort());
});

test.each(operations.map(({ resource, operation }) => [resource.name, operation.name]))(
	'the README describes %s → %s',
	(resource, operation) => {
		expect(readme).toMatch(new RegExp(`^\\| ${resource} +\\| ${operation} +\\|`, 'm'));
	},
);

test.each(operations.map(({ resource, operation }) => [resource.value, operation.value]))(
	'the editor has a preview of what %s / %s gives',
	(resource, operation) => {
		const path = `nodes/Cloudsquid/__schema__/v1.0.0/${resource}/${operation}.json`;
		expect(existsSync(path)).toBe(true);
	},
);

test('every file the README links to is there', () => {
	const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path!);
	expect(links.filter((path) => !existsSync(path))).toEqual([]);
	expect(links.length).toBeGreaterThan(0);
});
