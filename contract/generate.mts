import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

/**
 * Generates files from `openapi.yaml`: the types that the node and the emulator share, and the output
 * previews in n8n's editor. With `--check`, it writes nothing and fails if a generated file is
 * outdated, missing, or obsolete.
 */

interface Schema {
	$ref?: string;
	type?: string;
	properties?: Record<string, Schema>;
	items?: Schema;
	anyOf?: Schema[];
	oneOf?: Schema[];
}

const notice =
	'/** Generated from `contract/openapi.yaml` by `npm run contract`. Edit that file instead. */';
const contractFile = resolve('contract/openapi.yaml');
const typesFile = resolve('nodes/Cloudsquid/generated/contract.ts');
const schemaFolder = resolve('nodes/Cloudsquid/__schema__/v1.0.0');

const contract = parse(await readFile(contractFile, 'utf8')) as {
	components: { schemas: Record<string, Schema> };
};

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const place = { project_name: text, table_id: text };

/** The fields of a schema in the contract, in as much detail as a preview can show. */
function fieldsOf(name: string): Record<string, Schema> {
	const schema = contract.components.schemas[name];
	if (!schema) throw new Error(`The contract has no schema ${name}.`);
	return simplify(schema).properties ?? {};
}

/** A schema without references, formats, and descriptions. Of several alternatives, it keeps the first. */
function simplify(schema: Schema, depth = 0): Schema {
	const { $ref, anyOf, oneOf, type, properties, items } = schema;
	if ($ref) return simplify(contract.components.schemas[$ref.split('/').pop()!]!, depth);
	const [form] = anyOf ?? oneOf ?? [];
	if (form) return simplify(form, depth);
	if (type === 'array')
		return { type, items: depth < 4 && items ? simplify(items, depth + 1) : {} };
	if (!properties) return { type: type ?? 'object' };
	const entries = Object.entries(properties).map(
		([name, property]) => [name, simplify(property, depth + 1)] as const,
	);
	return { type: 'object', properties: Object.fromEntries(entries) };
}

const row = fieldsOf('DataRow');
const file = { ...fieldsOf('File'), path: text, project_name: text };

/** What each operation returns, by the saved names of resource and operation. */
const outputs: Record<string, Record<string, Record<string, Schema>>> = {
	document: {
		extract: { run_id: text, ...row, zero_retention: flag, filename: text, ...place },
		upload: { ...fieldsOf('UploadedRow'), filename: text, mimetype: text, ...place },
	},
	run: {
		start: { ...fieldsOf('StartedRun'), row_id: text, zero_retention: flag, ...place },
		get: { run_id: text, ...row, ...place },
	},
	reconciliation: {
		reconcile: { ...row, ...place },
		createTask: { ...fieldsOf('CreatedTask'), ...place },
	},
	table: { updateSettings: { ...fieldsOf('ExtractionSettings'), ...place } },
	project: { getAll: fieldsOf('Project') },
	projectFile: { get: file, getAll: file, download: file, upload: file },
};

/** All generated files, with their contents. */
async function generate(): Promise<Map<string, string>> {
	const files = new Map<string, string>();
	const types = astToString(await openapiTS(new URL(`file://${contractFile}`)));
	files.set(typesFile, `${notice}\n${types}`);
	for (const [resource, operations] of Object.entries(outputs)) {
		for (const [operation, properties] of Object.entries(operations)) {
			const schema = { type: 'object', properties, version: 1 };
			const content = `${JSON.stringify(schema, null, '\t')}\n`;
			files.set(`${schemaFolder}/${resource}/${operation}.json`, content);
		}
	}
	return files;
}

async function check(files: Map<string, string>): Promise<void> {
	const entries = await readdir(schemaFolder, { recursive: true });
	const previews = entries.filter((name) => name.endsWith('.json'));
	for (const path of new Set([
		...files.keys(),
		...previews.map((name) => join(schemaFolder, name)),
	])) {
		const found = await readFile(path, 'utf8').catch(() => '');
		if (found === files.get(path)) continue;
		console.error(`${path} does not match the contract. Run "npm run contract".`);
		process.exitCode = 1;
	}
}

async function write(files: Map<string, string>): Promise<void> {
	await rm(schemaFolder, { recursive: true, force: true });
	for (const [path, content] of files) {
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, content);
	}
}

await (process.argv.includes('--check') ? check : write)(await generate());
