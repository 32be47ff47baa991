import type { NodeHint } from 'n8n-workflow';

import { acceptedFiles, acceptedTypesAndExtensions } from './mimeTypes';

const names = JSON.stringify(acceptedTypesAndExtensions);
const typeOf = 'String(file.mimeType ?? "").split(";")[0].trim().toLowerCase()';
const extensionOf = 'String(file.fileName ?? "").trim().toLowerCase().split(".").pop()';

/** JavaScript for n8n's expressions: the files of `item`, and whether Cloudsquid accepts `file`. */
const files = 'Object.values({ ...item.json?._files, ...item.binary })';
const isAccepted = `${names}.includes(${typeOf}) || ${names}.includes(${extensionOf})`;

/**
 * What the editor shows above the output. A declarative node cannot add hints while it runs, so n8n
 * decides by the parameters and the input items.
 *
 * @see https://docs.n8n.io/integrations/creating-nodes/build/reference/ui-elements/#hints
 */
export const hints: NodeHint[] = [
	{
		message:
			"Unless its status is 'done' or 'error', a run is still in progress. To wait for its result, turn on 'Wait for Completion'.",
		displayCondition:
			'={{ $parameter.resource === "run" && $parameter.waitForCompletion !== true }}',
		whenToDisplay: 'afterExecution',
		location: 'outputPane',
	},
	{
		message: `Items without files and files that Cloudsquid does not accept were skipped. n8n's log lists them. Accepted types: ${acceptedFiles}. To stop with an error instead, change 'On Unsupported File' under Options.`,
		displayCondition: `={{ $parameter.inputSource === "binary" && String($parameter.binaryPropertyName).trim() === "*" && !$parameter.options?.mimeType && $parameter.options?.onUnsupportedFile !== "error" && $input.all().some((item) => !${files}.length || !${files}.every((file) => ${isAccepted})) }}`,
		type: 'warning',
		whenToDisplay: 'afterExecution',
		location: 'outputPane',
	},
];
