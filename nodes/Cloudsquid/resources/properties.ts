import type { INodeProperties } from 'n8n-workflow';

import { commonOptions, projectField, tableField } from '../shared/fields';
import type { Operation } from '../shared/operation';
import { resources } from './index';

/** One operation, by its saved names. */
interface OperationRef {
	resource: string;
	operation: string;
}

const operations = resources.flatMap(({ value: resource, operations: own }) =>
	own.map((operation) => ({
		operation,
		place: { resource, operation: String(operation.option.value) } satisfies OperationRef,
	})),
);

const places = operations.map(({ place }) => place);

/** A property with all operations that have it. */
interface SharedProperty {
	property: INodeProperties;
	places: OperationRef[];
}

/**
 * The properties that `list` returns for each operation, without repeating those that several
 * operations have: n8n evaluates a parameter again for every property with its name. Their
 * order is consistent with every operation's own list.
 */
function collectProperties(list: (operation: Operation) => INodeProperties[]): SharedProperty[] {
	const all: SharedProperty[] = [];
	for (const { operation, place } of operations) {
		let next = all.length;
		for (const property of [...list(operation)].reverse()) {
			const json = JSON.stringify(property);
			const known = all.find((each) => JSON.stringify(each.property) === json);
			if (!known) {
				all.splice(next, 0, { property, places: [place] });
				continue;
			}
			known.places.push(place);
			next = all.indexOf(known);
		}
	}
	return all.flatMap(splitByResource);
}

/** Conditions can name resources and operations, but not pairs of them. */
function splitByResource(shared: SharedProperty): SharedProperty[] {
	const { property, places: own } = shared;
	const shown = places.filter(
		({ resource, operation }) =>
			own.some((place) => place.resource === resource) &&
			own.some((place) => place.operation === operation),
	);
	if (shown.length === own.length) return [shared];
	const byResource = resources.map(({ value }) => own.filter(({ resource }) => resource === value));
	return byResource.filter(({ length }) => length > 0).map((some) => ({ property, places: some }));
}

/** @param root what precedes the name of a parameter in a condition: in a collection, a slash */
function showForPlaces(
	{ property: { displayOptions, ...property }, places: own }: SharedProperty,
	root = '',
): INodeProperties {
	if (own.length === places.length)
		return { ...property, ...(displayOptions && { displayOptions }) };
	const shownFor = {
		[`${root}resource`]: [...new Set(own.map(({ resource }) => resource))],
		[`${root}operation`]: [...new Set(own.map(({ operation }) => operation))],
	};
	const show = { ...shownFor, ...displayOptions?.show };
	return { ...property, displayOptions: { ...displayOptions, show } };
}

// `localeCompare` would make n8n load its collation data at startup.
function compareNames(a: string, b: string): number {
	return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

const resourceField: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: resources.map(({ name, value }) => ({ name, value })),
	default: 'document',
	// Switches on the node's own function for every operation, see `requestOperations`.
	routing: { send: { paginate: true } },
};

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: '',
};

/** The most useful ones come first. */
const OPTION_ORDER = [
	...['output', 'includeInputFields', 'filename', 'mimeType', 'maxWait', 'pollInterval'],
	...['onTimeout', 'onRunError', 'onUnsupportedFile', 'maxConcurrency', 'maxRetries'],
];

const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: collectProperties(({ options = [] }) => [...commonOptions, ...options])
		.map((option) => showForPlaces(option, '/'))
		.sort((a, b) => OPTION_ORDER.indexOf(a.name) - OPTION_ORDER.indexOf(b.name)),
};

/** What the editor shows, in its order. */
export const properties: INodeProperties[] = [
	resourceField,
	...resources.map(({ value, operations: own }) => ({
		...operationField,
		displayOptions: { show: { resource: [value] } },
		options: own.map(({ option }) => option).sort((a, b) => compareNames(a.name, b.name)),
		default: own[0].option.value,
	})),
	{ ...projectField, displayOptions: { hide: { resource: ['project'] } } },
	tableField,
	...collectProperties(({ fields }) => fields).map((field) => showForPlaces(field)),
	optionsField,
];
