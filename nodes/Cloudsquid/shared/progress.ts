import {
	NodeConnectionTypes,
	type IExecuteData,
	type IExecutePaginationFunctions,
} from 'n8n-workflow';

import { isObject } from '../transport/response';
import type { Progress, ResourceIds } from './itemContext';

/**
 * n8n's Retry On Fail runs the node again with the same `IExecuteData` and the same items, so what an
 * item has reached is remembered for as long as these objects live.
 */
const progressByExecution = new WeakMap<IExecuteData, WeakMap<object, Map<string, Progress>>>();

/** What the item, or one of its files, has reached in an earlier try; otherwise nothing yet. */
export function progressOf(context: IExecutePaginationFunctions, sourceField = ''): Progress {
	const execution = context.getExecuteData();
	const byItem = progressByExecution.get(execution) ?? new WeakMap<object, Map<string, Progress>>();
	progressByExecution.set(execution, byItem);
	const item = identify(context);
	const byFile = byItem.get(item) ?? new Map<string, Progress>();
	byItem.set(item, byFile);
	// The same item can be in the input twice.
	const key = `${context.getItemIndex()} ${sourceField}`;
	const progress = byFile.get(key) ?? { created: {}, responses: new Map<string, unknown>() };
	byFile.set(key, progress);
	return progress;
}

/** What an earlier try has created, without a run that has failed: another one is started. */
export function createdBefore({ created, responses }: Progress): ResourceIds {
	const { run_id, ...others } = created;
	const isOf = (response: unknown) => isObject(response) && response.run_id === run_id;
	const isWaitedFor = run_id !== undefined && [...responses.values()].some(isOf);
	return isWaitedFor ? { ...others, run_id } : others;
}

/**
 * Whether an AI agent calls the node as its tool. Such calls share the `IExecuteData` of the agent, so
 * their input is not in it.
 */
export function isToolCall(context: IExecutePaginationFunctions): boolean {
	const items = context.getExecuteData().data.main?.[0];
	return items?.[context.getItemIndex()] !== context.getInputData();
}

/** The object that stays the same in every try: the item, or the arguments of a tool call. */
function identify(context: IExecutePaginationFunctions): object {
	if (!isToolCall(context)) return context.getInputData();
	return context.getInputData(0, NodeConnectionTypes.AiTool).json;
}
