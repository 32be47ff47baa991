import type { Extraction } from './extraction.mts';
import type { JsonObject } from './types.mts';
import { isObject } from './types.mts';

/** Something to compare, and where it came from. */
export interface Candidate {
	source: string;
	fields: JsonObject;
}

/**
 * Compares candidates with reference entries and says what was compared with what. An entry matches when it has a field
 * in common with the candidate and all that they have in common is equal. This is no agent; it only counts honestly.
 */
export function reconcile(
	candidates: readonly Candidate[],
	reference: readonly JsonObject[],
): Extraction {
	const matches: JsonObject[] = [];
	const unmatched: JsonObject[] = [];
	for (const { source, fields } of candidates) {
		const entry = reference.find((other) => agree(fields, other));
		if (entry) matches.push({ source, candidate: fields, reference: entry });
		else unmatched.push({ source, candidate: fields });
	}
	return {
		data: {
			compared_count: candidates.length,
			reference_count: reference.length,
			matched_count: matches.length,
			matches,
			unmatched,
		},
		reasoning: `Compared ${candidates.length} with ${reference.length} reference entries.`,
	};
}

/** The objects of the payload: each object of a list in it, or else the payload itself. */
export function listCandidates(data: JsonObject): Candidate[] {
	const listed = Object.entries(data).flatMap(([name, value]) =>
		(Array.isArray(value) ? value : [])
			.filter(isObject)
			.map((fields, index) => ({ source: `data.${name}[${index}]`, fields })),
	);
	return listed.length > 0 ? listed : [{ source: 'data', fields: data }];
}

function agree(one: JsonObject, other: JsonObject): boolean {
	const common = Object.keys(one).filter((name) => Object.hasOwn(other, name));
	return (
		common.length > 0 &&
		common.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]))
	);
}
