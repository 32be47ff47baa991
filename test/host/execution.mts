import type { JsonObject } from './workflow.mts';

/** One item a node put out. */
export interface ExecutionItem {
	json: JsonObject;
	binary?: Record<string, { fileName?: string; mimeType: string; fileSize?: string; id?: string }>;
	pairedItem?: unknown;
	error?: ExecutionError;
}

export interface ExecutionError {
	name?: string;
	message: string;
	description?: string | null;
	node?: { name: string };
}

/** One run of one node within an execution. */
export interface NodeRun {
	startTime: number;
	/** In milliseconds. */
	executionTime: number;
	executionStatus?: string;
	/** The items of each output; absent when the node failed. */
	data?: { main: Array<ExecutionItem[] | null> };
	error?: ExecutionError;
}

/** An execution that has ended, or that is being looked at while it runs. */
export interface Execution {
	id: string;
	status: string;
	startedAt?: string;
	stoppedAt?: string;
	lastNode?: string;
	error?: ExecutionError;
	/** The runs of each node, by the node's name. */
	nodes: Record<string, NodeRun[]>;
}

/** What an execution holds below `data`, in n8n's REST API and in what its command line prints. */
export interface ExecutionData {
	resultData?: {
		error?: ExecutionError;
		lastNodeExecuted?: string;
		runData?: Record<string, NodeRun[]>;
	};
}

/** An execution from its row and its data. */
export function toExecution(
	row: { id: string; status: string; startedAt?: string; stoppedAt?: string },
	data: ExecutionData | undefined,
): Execution {
	const { error, lastNodeExecuted, runData } = data?.resultData ?? {};
	return {
		id: row.id,
		status: row.status,
		...(row.startedAt ? { startedAt: row.startedAt } : {}),
		...(row.stoppedAt ? { stoppedAt: row.stoppedAt } : {}),
		...(lastNodeExecuted ? { lastNode: lastNodeExecuted } : {}),
		...(error ? { error } : {}),
		nodes: runData ?? {},
	};
}

/** The items a node put out at one of its outputs, over all its runs. */
export function itemsOf(execution: Execution, nodeName: string, output = 0): ExecutionItem[] {
	const runs = execution.nodes[nodeName] ?? [];
	return runs.flatMap((run) => run.data?.main[output] ?? []);
}
