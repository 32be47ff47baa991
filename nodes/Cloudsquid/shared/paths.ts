import type { KnownIds } from './job';

/**
 * A path of the contract with the job's own values, URL-encoded, in place of its parameters.
 *
 * The description declares paths as the contract writes them rather than as n8n expressions: n8n
 * evaluates those several times for each item, which takes longer than the request itself.
 *
 * @throws RangeError if the job does not know one of them: the operation should have read it
 */
export function fillPath(path: string, known: KnownIds): string {
	return path.replace(/\{(\w+)\}/g, (_, name: keyof KnownIds) => {
		const value = known[name];
		if (value === undefined) throw new RangeError(`The path ${path} is asked for without ${name}.`);
		return encodeURIComponent(value);
	});
}
