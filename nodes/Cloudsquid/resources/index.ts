import type { Operation } from '../shared/operation';
import { extract } from './document/extract';
import { upload as uploadDocument } from './document/upload';
import { getAll as getAllProjects } from './project/getAll';
import { download } from './projectFile/download';
import { get as getFile } from './projectFile/get';
import { getAll as getAllFiles } from './projectFile/getAll';
import { upload as uploadFile } from './projectFile/upload';
import { createTask } from './reconciliation/createTask';
import { reconcile } from './reconciliation/reconcile';
import { get as getRun } from './run/get';
import { start as startRun } from './run/start';
import { updateSettings } from './table/updateSettings';

interface Resource {
	name: string;
	value: string;
	/** The first one is selected by default. Saved workflows depend on it. */
	operations: [Operation, ...Operation[]];
}

/** All resources with their operations, in the order of the editor. */
export const resources: Resource[] = [
	{ name: 'Document', value: 'document', operations: [extract, uploadDocument] },
	{ name: 'Project', value: 'project', operations: [getAllProjects] },
	{
		name: 'Project File',
		value: 'projectFile',
		operations: [getAllFiles, getFile, download, uploadFile],
	},
	{ name: 'Reconciliation', value: 'reconciliation', operations: [reconcile, createTask] },
	{ name: 'Run', value: 'run', operations: [startRun, getRun] },
	{ name: 'Table', value: 'table', operations: [updateSettings] },
];

const operations = new Map(
	resources.flatMap(({ value, operations }) =>
		operations.map((operation) => [`${value}.${operation.option.value}`, operation] as const),
	),
);

/**
 * The operation with these saved names.
 *
 * @throws RangeError if there is none
 */
export function findOperation(resource: string, operation: string): Operation {
	const found = operations.get(`${resource}.${operation}`);
	if (found) return found;
	throw new RangeError(`There is no operation '${operation}' of the resource '${resource}'.`);
}
