import type { NodeHint } from 'n8n-workflow';

import { acceptedTypesAndExtensions, EXTENSION, GENERIC_TYPE } from './mimeTypes';

/** JavaScript for n8n's expressions, which cannot call our functions: the files of `item`. */
const files = 'Object.values({ ...item.json?._files, ...item.binary })';

/** Whether `file` has a type that Cloudsquid accepts, and whether it has a known one at all. */
const names = JSON.stringify(acceptedTypesAndExtensions);
const typeOf = 'String(file.mimeType ?? "").split(";")[0].trim().toLowerCase()';
const extensionOf = 'String(file.fileName ?? "").trim().toLowerCase().split(".").pop()';
const isAccepted = `${names}.includes(${typeOf}) || ${names}.includes(${extensionOf})`;
const hasKnownType = `!${GENERIC_TYPE}.test(file.mimeType ?? "") || ${EXTENSION}.test(file.fileName ?? "")`;
const isSkipped = `(file) => (${hasKnownType}) && !(${isAccepted})`;

const skips =
	'$parameter.inputSource === "binary" && String($parameter.binaryPropertyName).trim() === "*" && $parameter.options?.onUnsupportedFile !== "error"';

/** The parameters decide about some hints, the input items about others: nothing else is known. */
function hint(message: string, condition: string, type: NodeHint['type'] = 'info'): NodeHint {
	return {
		message,
		displayCondition: `={{ ${condition} }}`,
		type,
		whenToDisplay: 'afterExecution',
		location: 'outputPane',
	};
}

/**
 * What the editor shows above the output. A declarative node cannot add hints while it runs.
 *
 * @see https://docs.n8n.io/integrations/creating-nodes/build/reference/ui-elements/#hints
 */
export const hints: NodeHint[] = [
	hint(
		"The run has been started, but its result is not available yet. To wait for it, turn on 'Wait for Completion'.",
		'$parameter.resource === "run" && $parameter.operation === "start" && $parameter.waitForCompletion !== true',
	),
	hint(
		"If the status is not 'done' or 'error', the run is still in progress and has no data yet. To wait for the data, turn on 'Wait for Completion'.",
		'$parameter.resource === "run" && $parameter.operation === "get" && $parameter.waitForCompletion !== true',
	),
	hint(
		"If the status is not 'done' or 'error', the run did not finish within 'Max Wait (Seconds)' and has no data yet. To get it later, use Run → Get Run with its run_id.",
		'$parameter.options?.onTimeout === "return" && ($parameter.extractMode === "async" || $parameter.waitForCompletion === true)',
	),
	hint(
		"Files that Cloudsquid does not accept were skipped. See skipped_files in the output. To stop with an error instead, change 'On Unsupported or Missing File' under Options.",
		`${skips} && $input.all().some((item) => ${files}.some(${isSkipped}) && !${files}.every(${isSkipped}))`,
		'warning',
	),
	hint(
		"Items without files that Cloudsquid accepts were skipped. To stop with an error instead, change 'On Unsupported or Missing File' under Options.",
		`${skips} && $input.all().some((item) => ${files}.every(${isSkipped}))`,
		'warning',
	),
];
