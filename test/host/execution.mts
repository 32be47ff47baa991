import type { IBinaryKeyData, ITaskData } from 'n8n-workflow';
import type { JsonObject } from './workflow.mts';

export interface ExecutionItem {
	json: JsonObject;
	binary?: IBinaryKeyData;
}

export interface ExecutionError {
	message: string;
	description?: string | null;
	node?: { name: string };
}

type Timing = Pick<ITaskData, 'startTime' | 'executionTime' | 'executionStatus'>;

export interface NodeRun extends Timing {
	/** The items of each output, unless the node failed. */
	data?: { main: Array<ExecutionItem[] | null> };
	error?: ExecutionError;
}

/** An execution, which may still be running. */
export interface Execution {
	id: string;
	status: string;
	lastNode?: string;
	error?: ExecutionError;
	nodes: Record<string, NodeRun[]>;
}

/** The `data` of an execution, in n8n's REST API and on its command line. */
export interface ExecutionData {
	resultData?: {
		error?: ExecutionError;
		lastNodeExecuted?: string;
		runData?: Record<string, NodeRun[]>;
	};
}

/** Combines an execution's row in n8n's database with its data. */
export function toExecution(
	row: Pick<Execution, 'id' | 'status'>,
	data?: ExecutionData,
): Execution {
	const { error, lastNodeExecuted: lastNode, runData: nodes = {} } = data?.resultData ?? {};
	return { ...row, lastNode, error, nodes };
}

/** The items of one output of a node, over all its runs. */
export function itemsOf(execution: Execution, nodeName: string, output = 0): ExecutionItem[] {
	return (execution.nodes[nodeName] ?? []).flatMap((run) => run.data?.main[output] ?? []);
}
