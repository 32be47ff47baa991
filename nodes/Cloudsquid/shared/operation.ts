import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';

import type { Endpoint, PathIds } from '../transport/endpoint';
import { createRequest, request, type RequestDetails } from '../transport/request';
import { joinBatch } from './batch';
import type { ItemContext, ResourceIds } from './itemContext';
import { getOptions } from './options';
import { assertOptions } from './parameters';

/** What the editor offers, with the endpoint that the operation calls. */
export type OperationOption = INodePropertyOptions & { routing: { request: Endpoint } };

/** One operation of a resource. What it reads includes the resources that the user selected. */
export interface Operation<Parameters extends { ids: ResourceIds } = { ids: ResourceIds }> {
	option: OperationOption;
	/** The parameters that the editor shows for it. */
	fields: INodeProperties[];
	/** What can be added under Options, besides the options of all operations. */
	options?: INodeProperties[];
	/**
	 * Reads and checks the parameters of an item. Sends nothing and changes nothing.
	 *
	 * @throws NodeApiError that names the parameter and how to fix it
	 */
	read(item: ItemContext): Parameters | Promise<Parameters>;
	/** Does the work and returns the output items. */
	run(item: ItemContext, parameters: Parameters): Promise<INodeExecutionData[]>;
}

/** What an operation reads that is a single request. */
type RequestParameters<O extends OperationOption> = RequestDetails & {
	ids: ResourceIds & PathIds<O['routing']['request']>;
};

/**
 * An operation that sends one request and returns what the response contains.
 *
 * @param isExpected whether the response is what the API documents; by default, any object is
 * @param toFields the fields of the output items
 */
export function singleRequest<
	const O extends OperationOption,
	Parameters extends RequestParameters<O>,
	Response = IDataObject,
>({
	option,
	fields,
	read,
	isExpected,
	toFields,
}: Pick<Operation<Parameters>, 'fields' | 'read'> & {
	option: O;
	isExpected?: (response: unknown) => response is Response;
	toFields: (
		response: Response,
		sent: { item: ItemContext; parameters: Parameters },
	) => IDataObject[];
}): Operation<Parameters> {
	const endpoint: O['routing']['request'] = option.routing.request;
	return {
		option,
		fields,
		read,
		async run(item, parameters) {
			const apiRequest = createRequest(endpoint, parameters.ids, parameters);
			const response = await request(item, apiRequest, isExpected);
			return toExecutionData(item, toFields(response, { item, parameters }));
		},
	};
}

/** Output items with these fields, linked to their input item. */
export function toExecutionData(item: ItemContext, results: IDataObject[]): INodeExecutionData[] {
	const { context } = item;
	const inputFields = getOptions(context).includeInputFields ? context.getInputData().json : {};
	const pairedItem = { item: context.getItemIndex() };
	return results.map((fields) => ({
		json: withoutErrorMark({ ...inputFields, ...fields }),
		pairedItem,
	}));
}

/**
 * Fields without those that n8n recognizes a failed item by, should the input item or the service use
 * them: `error` is renamed, and `$json` left out beside `$error`.
 */
function withoutErrorMark({ $json, error, ...fields }: IDataObject): IDataObject {
	if (error !== undefined) fields.error_details = error;
	return $json === undefined || '$error' in fields ? fields : { ...fields, $json };
}

/**
 * Runs an operation for one input item.
 *
 * @param resolved the request as n8n resolved it from the description
 */
export async function runOperation(
	context: IExecutePaginationFunctions,
	resolved: DeclarativeRestApiSettings.ResultOptions,
	operation: Operation,
): Promise<INodeExecutionData[]> {
	const batch = joinBatch(context);
	return await batch.run(context, resolved.options, async (item) => {
		const parameters = await batch.read(item, async () => {
			assertOptions(item);
			return await operation.read(item);
		});
		if (!parameters) return [];
		Object.assign(item.ids, parameters.ids);
		return await operation.run(item, parameters);
	});
}
