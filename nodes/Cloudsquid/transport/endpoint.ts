import type { paths } from '../generated/contract';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type EndpointsOf<Path extends keyof paths> = {
	[M in Method]: paths[Path][M] extends undefined ? never : { method: Uppercase<M>; url: Path };
}[Method];

/** A method and a path of the API, as `contract/openapi.yaml` documents them together. */
export type Endpoint = { [Path in keyof paths]: EndpointsOf<Path> }[keyof paths];

type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
	? Name | PathParameter<Rest>
	: never;

/** The IDs that the path of an endpoint needs. */
export type PathIds<E extends Endpoint> = Record<PathParameter<E['url']>, string>;

/**
 * The path of an endpoint with URL-encoded IDs in place of its parameters.
 *
 * The description declares paths as the contract writes them, not as n8n expressions: n8n evaluates
 * those several times for each item, which takes longer than the request itself.
 */
export function fillPath<E extends Endpoint>({ url }: E, ids: PathIds<E>): string {
	return url.replace(/\{(\w+)\}/g, (_, name: keyof PathIds<E>) => encodeURIComponent(ids[name]));
}
