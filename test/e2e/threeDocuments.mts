import type { Emulator } from '../emulator/emulator.mts';
import type { WorkflowNode } from '../host/workflow.mts';
import { fieldsNode, filesNode, itemsNodes, manualTrigger } from './workflows.mts';

/** The documents that suites send through a node of three items. */
export const documents = ['first', 'second', 'third'].map((name) => ({
	name: `${name}.txt`,
	text: `Vendor: The ${name} one\nTotal: 119.00`,
}));

/** From a manual trigger to a file for each of these. */
export function source(items = documents): WorkflowNode[] {
	return [manualTrigger(), ...itemsNodes(items), filesNode()];
}

/** Tells of each item where it came from and what it holds. */
export const whence = fieldsNode('Whence', {
	source: "={{ $('Source').item.json.name ?? $('Items').item.json.name }}",
	vendor: '={{ $json.data?.vendor }}',
	error: '={{ $json.error?.message }}',
});

/** Has the run of the second document fail, with a reason. */
export function failSecond(emulator: Emulator): void {
	const data = { error: 'The page is blank.' };
	emulator.planRun({ filename: 'second.txt', fail: true, data });
}
