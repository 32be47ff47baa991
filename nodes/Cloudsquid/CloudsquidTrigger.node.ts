import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { getProjects } from './methods/getProjects';
import { testConnection } from './methods/testConnection';
import { triggerFields } from './trigger/fields';
import { pollFolder } from './trigger/pollFolder';

/** The Cloudsquid Trigger node: starts a workflow when files in a project change. */
export class CloudsquidTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Cloudsquid Trigger',
		name: 'cloudsquidTrigger',
		icon: {
			light: 'file:../../icons/cloudsquid.svg',
			dark: 'file:../../icons/cloudsquid.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"] }}',
		// n8n lists the node and its trigger as one entry, with this description.
		description:
			'Turn documents into structured data, or start a workflow when files in a Cloudsquid project are created or updated',
		eventTriggerDescription: 'Waiting for files in the Cloudsquid project',
		activationMessage:
			'This workflow now starts when files in the folder change. If it was published before, it also finds the changes since then.',
		documentationUrl: 'https://docs.cloudsquid.io/api-reference/filesystem/read-by-path',
		defaults: { name: 'Cloudsquid Trigger' },
		polling: true,
		builderHint: {
			searchHint:
				'Starts on new or updated files in a Cloudsquid project folder. To extract data, add a Cloudsquid node after it.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-cloudsquid.cloudsquid',
					relationHint:
						'Extracts data from the files: set inputSource to projectFile and projectFilePath to the path field of the input item',
				},
			],
		},
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'cloudsquidApi', required: true, testedBy: 'testConnection' }],
		properties: triggerFields,
	};

	methods = { credentialTest: { testConnection }, listSearch: { getProjects } };

	poll = pollFolder;
}
