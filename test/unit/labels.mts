import type { INodeProperties } from 'n8n-workflow';
import { commonDeclarativeNodeOptionParameters } from 'n8n-core/dist/nodes-loader/constants.js';
import { CloudsquidApi } from '../../credentials/CloudsquidApi.credentials.ts';
import { Cloudsquid } from '../../nodes/Cloudsquid/Cloudsquid.node.ts';

/** The label of a property and of everything beneath it. */
function labelsOf({ displayName, modes, options }: INodeProperties): string[] {
	return [
		displayName,
		...(modes ?? []).map((mode) => mode.displayName),
		...(options ?? []).flatMap((option) =>
			'displayName' in option ? labelsOf(option as INodeProperties) : [option.name],
		),
	];
}

/** Every label that the editor shows: the node's, its credential's, and those n8n adds itself. */
export const labels = new Set(
	[
		...new Cloudsquid().description.properties,
		...new CloudsquidApi().properties,
		commonDeclarativeNodeOptionParameters as INodeProperties,
	].flatMap(labelsOf),
);

/** What a text quotes as labels are quoted, which begin with a capital letter. */
export function quotedLabels(text: string): string[] {
	return [...text.matchAll(/(?<![\w])'(?=[A-Z])([^']*)'(?!\w)/g)].map(([, label]) => label!);
}
