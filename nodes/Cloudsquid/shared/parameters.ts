import type { IDataObject } from 'n8n-workflow';

import { inputError } from './errors';
import type { Job } from './job';
import { isObject } from './answers';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a UUID, the form of all of Cloudsquid's IDs. */
export function isUuid(value: unknown): value is string {
	return typeof value === 'string' && UUID.test(value);
}

/** A parameter as trimmed text; a resource locator gives the value chosen in it. */
export function readText(job: Job, name: string): string {
	const value = job.context.getNodeParameter(name, '', { extractValue: true });
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/**
 * Checks the project, and notes it in what is known of the job.
 *
 * `.` and `..` cannot be encoded: as a path segment they would lead to another endpoint.
 *
 * @throws NodeOperationError if it is empty or cannot be sent
 */
export function readProject(job: Job): string {
	const project = readText(job, 'project');
	if (project === '') {
		throw inputError(
			job,
			"'Project' is empty",
			"Choose one from the list, or enter its name with 'By Name'.",
		);
	}
	if (project === '.' || project === '..') {
		throw inputError(
			job,
			`'Project' cannot be '${project}'`,
			'Enter the name as Cloudsquid shows it.',
		);
	}
	assertSendable(job, project, 'Project');
	job.known.project_name = project;
	return project;
}

/**
 * Checks the project and the table, and notes them in what is known of the job.
 *
 * @throws NodeOperationError if one of them is empty or of the wrong form
 */
export function readTable(job: Job): void {
	readProject(job);
	job.known.table_id = readUuid(
		job,
		'table',
		'Table',
		"A table ID looks like 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c. Copy it from Cloudsquid, or paste the table's address with 'By URL'.",
	);
}

/**
 * A parameter that holds an ID, checked before anything is sent.
 *
 * @param label what the editor calls the parameter
 * @param wayOut what to do about a wrong one, as a sentence
 * @throws NodeOperationError if it is empty or no UUID
 */
export function readUuid(job: Job, name: string, label: string, wayOut: string): string {
	const value = readText(job, name);
	if (value === '') throw inputError(job, `'${label}' is empty`, wayOut);
	if (isUuid(value)) return value;
	throw inputError(job, `'${label}' is not a valid ID: '${shorten(value)}'`, wayOut);
}

/**
 * A JSON parameter: an object, or text that is one. Nothing filled in gives `undefined`.
 *
 * @throws NodeOperationError if it is anything else
 */
export function readJsonObject(job: Job, name: string, label: string): IDataObject | undefined {
	const value = job.context.getNodeParameter(name, undefined);
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'string' && value.trim() === '') return undefined;
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (isObject(parsed)) return parsed;
	throw inputError(
		job,
		`'${label}' is not a JSON object`,
		'Enter an object such as {"vendor": "Acme"}, or an expression that gives one.',
	);
}

/**
 * A list of IDs: comma-separated text, an array of IDs, or of objects with an `id`. Agents and
 * expressions give any of the three. Nothing filled in gives an empty list.
 *
 * @throws NodeOperationError if one of them is no UUID
 */
export function readUuids(job: Job, name: string, label: string, wayOut: string): string[] {
	const value = job.context.getNodeParameter(name, '') as unknown;
	const entries = Array.isArray(value) ? value : String(value ?? '').split(',');
	const ids = entries
		.map((entry: unknown) => String(isObject(entry) ? entry.id : entry).trim())
		.filter(Boolean);
	const wrong = ids.find((id) => !isUuid(id));
	if (wrong === undefined) return ids;
	throw inputError(job, `'${label}' holds what is no ID: '${shorten(wrong)}'`, wayOut);
}

/**
 * A path in the project's files, checked before anything is sent.
 *
 * @throws NodeOperationError if it is empty, has a `..` segment or cannot be sent
 * @see https://docs.cloudsquid.io/api-reference/filesystem/upload-file-by-path
 */
export function readPath(job: Job): string {
	const path = readText(job, 'path');
	if (path === '') {
		throw inputError(job, "'Path' is empty", 'Enter a path such as /invoices/2026.');
	}
	if (path.split(/[\\/]/).includes('..')) {
		throw inputError(job, "'Path' must not contain '..'", 'Enter the whole path from the top.');
	}
	assertSendable(job, path, 'Path');
	job.known.path = path;
	return path;
}

/** Whether text can be part of an address: with half a surrogate pair in it, nothing can encode it. */
export function isSendable(text: string): boolean {
	try {
		encodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}

function assertSendable(job: Job, text: string, label: string): void {
	if (isSendable(text)) return;
	throw inputError(
		job,
		`'${label}' has a broken character`,
		'Enter it anew: a character of two halves, such as an emoji, has lost one of them.',
	);
}

/** Cuts what a user entered to a length that fits into a sentence. */
export function shorten(text: string, longest = 80): string {
	return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
