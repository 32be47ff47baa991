import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';
import { CloudsquidTrigger } from '../../nodes/Cloudsquid/CloudsquidTrigger.node.ts';

export interface DescribedOperation {
	/** Its names in JSON, as in `document.extract`. */
	key: string;
	/** Its name in the documentation, as in `Document → Extract`. */
	title: string;
	resource: INodePropertyOptions;
	operation: INodePropertyOptions;
	/** Its fields in the order of the editor, without resource, operation and notices. */
	fields: INodeProperties[];
	/** The settings under _Options_. */
	options: INodeProperties[];
}

const { properties } = new Cloudsquid().description;

export const { description: trigger } = new CloudsquidTrigger();

const resources = properties[0]!.options as INodePropertyOptions[];

export const operations = resources.flatMap((resource) => {
	const select = properties.find(
		({ name, displayOptions }) =>
			name === 'operation' && displayOptions?.show?.resource?.includes(resource.value),
	);
	return (select?.options as INodePropertyOptions[]).map((operation): DescribedOperation => {
		const shown = properties.filter((property) => isShown(property, resource, operation));
		const { options = [] } = shown.find(({ name }) => name === 'options') ?? {};
		return {
			key: `${String(resource.value)}.${String(operation.value)}`,
			title: `${resource.name} → ${operation.name}`,
			resource,
			operation,
			fields: shown.filter(
				({ name, type }) =>
					!['resource', 'operation', 'options'].includes(name) && type !== 'notice',
			),
			options: (options as INodeProperties[]).filter((option) =>
				isShown(option, resource, operation),
			),
		};
	});
});

/** Whether a field belongs to an operation. Other conditions are ignored. */
function isShown(
	{ displayOptions }: INodeProperties,
	resource: INodePropertyOptions,
	operation: INodePropertyOptions,
): boolean {
	const { show = {}, hide = {} } = displayOptions ?? {};
	if (hide.resource?.includes(resource.value)) return false;
	const matches = (name: string, { value }: INodePropertyOptions) =>
		(show[name] ?? show[`/${name}`])?.includes(value) ?? true;
	return matches('resource', resource) && matches('operation', operation);
}
