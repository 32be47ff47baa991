import type { NodeHint } from 'n8n-workflow';

import { acceptedExtensions, acceptedTypes, GENERIC_TYPE, rejectedExtensions } from './mimeTypes';

/*
 * JavaScript for n8n's expressions, which cannot call our functions. Decides as `isUnsupported` does
 * in inputFiles.ts.
 */
const filesOfItem = 'Object.values({ ...item.json?._files, ...item.binary })';
const type = 'String(file.mimeType ?? "").split(";")[0].trim().toLowerCase()';
const extension = 'String(file.fileName ?? "").trim().toLowerCase().split(".").slice(1).pop()';
const isAccepted = `${JSON.stringify(acceptedTypes)}.includes(${type}) || ${JSON.stringify(acceptedExtensions)}.includes(${extension})`;
const typeIsKnown = `!${GENERIC_TYPE}.test(file.mimeType ?? "") || ${JSON.stringify(rejectedExtensions)}.includes(${extension})`;
const isUnsupported = `(file) => (${typeIsKnown}) && !(${isAccepted})`;
const skipsFiles =
	'$parameter.inputSource === "binary" && String($parameter.binaryPropertyName).trim() === "*" && $parameter.options?.onUnsupportedFile !== "error"';

const changeOption =
	"To stop with an error instead, set 'On Unsupported or Missing File' under Options to 'Stop With an Error'.";

function hint(message: string, condition: string, hintType: NodeHint['type'] = 'info'): NodeHint {
	return {
		message,
		displayCondition: `={{ ${condition} }}`,
		type: hintType,
		whenToDisplay: 'afterExecution',
		location: 'outputPane',
	};
}

/**
 * What the editor shows above the output. A declarative node cannot add hints while it runs, so n8n
 * decides from the parameters and the input items, even if the node failed. Each must be true then, too.
 *
 * @see https://docs.n8n.io/integrations/creating-nodes/build/reference/ui-elements/#hints
 */
export const hints: NodeHint[] = [
	hint(
		"Start Run does not wait for the results. To wait for them, turn on 'Wait for Completion'.",
		'$parameter.resource === "run" && $parameter.operation === "start" && String($parameter.waitForCompletion) !== "true"',
	),
	hint(
		"Get Run returns the current status. Unless it is 'done' or 'error', the run is still in progress and has no data yet. To wait for the data, turn on 'Wait for Completion'.",
		'$parameter.resource === "run" && $parameter.operation === "get" && String($parameter.waitForCompletion) !== "true"',
	),
	hint(
		"Runs that do not finish within 'Max Wait (Seconds)' are returned without data. To get the data later, use Run → Get Run with their run_id.",
		'$parameter.options?.onTimeout === "return" && ($parameter.extractMode === "async" || String($parameter.waitForCompletion) === "true")',
	),
	hint(
		`Files that Cloudsquid does not accept are skipped. See skipped_files in the output. ${changeOption}`,
		`${skipsFiles} && $input.all().some((item) => ${filesOfItem}.some(${isUnsupported}) && !${filesOfItem}.every(${isUnsupported}))`,
		'warning',
	),
	hint(
		`Items that have no files, or only files that Cloudsquid does not accept, are skipped. n8n's log lists them. ${changeOption}`,
		`${skipsFiles} && $input.all().some((item) => ${filesOfItem}.every(${isUnsupported}))`,
		'warning',
	),
];
