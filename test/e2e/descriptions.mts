import { isDeepStrictEqual } from 'node:util';
import type { INode, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import type { WorkflowNode } from '../host/workflow.mts';

/** Finds the description of a node in what the server offers, for the node's own version. */
export function findDescription(
	types: readonly INodeTypeDescription[],
	{ type, typeVersion }: WorkflowNode,
): INodeTypeDescription | undefined {
	return types.find(({ name, version }) => name === type && [version].flat().includes(typeVersion));
}

/**
 * What the editor would mark at a node, or silently drop: parameters that do not exist or are not
 * shown for the others'
 * values, and those that are required and empty.
 */
export function findParameterFaults(
	node: WorkflowNode,
	description: INodeTypeDescription,
): string[] {
	const asNode = node as unknown as INode;
	const { properties } = description;
	const shown =
		NodeHelpers.getNodeParameters(
			properties,
			asNode.parameters,
			true,
			false,
			asNode,
			description,
		) ?? {};
	const asShown = { ...asNode, parameters: shown };
	const issues = NodeHelpers.getNodeParametersIssues(properties, asShown, description);
	const empty = Object.values(issues?.parameters ?? {}).flat();
	return [...findDropped(asNode.parameters, shown, ''), ...empty];
}

/** The places in which what the editor keeps of the parameters is not what the file says. */
function findDropped(given: unknown, kept: unknown, place: string): string[] {
	if (isDeepStrictEqual(given, kept)) return [];
	if (!isObject(given) || !isObject(kept)) return [`${place} is not kept as it is`];
	return Object.entries(given).flatMap(([name, value]) =>
		name in kept
			? findDropped(value, kept[name], `${place}${place && '.'}${name}`)
			: [`${place}${place && '.'}${name} does not exist, or is not shown`],
	);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
