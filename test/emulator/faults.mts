import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { OperationId } from './types.mts';

/** What goes wrong. */
export type FaultKind =
	/** Another response: text, HTML (text that starts with `<`), or JSON. */
	| {
			kind: 'answer';
			status: number;
			body?: unknown;
			contentType?: string;
			headers?: Record<string, string>;
	  }
	/** The connection is reset. */
	| { kind: 'reset' }
	/** There is no response. */
	| { kind: 'silence' }
	/** Half of the response, which looks complete. */
	| { kind: 'truncate' }
	/** The connection is closed in the middle of the response. */
	| { kind: 'cut' }
	/** The response stops in the middle, and the connection stays open. */
	| { kind: 'stall' }
	/** Status 200 without a body. */
	| { kind: 'empty' }
	/** The response, in small pieces. */
	| { kind: 'drip'; pieceBytes?: number; pauseMs?: number }
	| { kind: 'redirect'; location: string; status?: number }
	/** The response, late by `delayMs`. */
	| { kind: 'delay' };

/** When it goes wrong. */
export interface FaultRule {
	/** By default, any operation of the API, but not downloads. */
	operation?: OperationId | 'download' | '*';
	/** How many requests. By default, one. */
	times?: number | 'always';
	/** How many matching requests succeed first. */
	skip?: number;
	/** Whether the request has an effect. By default not (`before`), unless the fault alters the response. */
	when?: 'before' | 'after';
	/** How long the fault waits. */
	delayMs?: number;
	/** Whether the fault happens before the request is complete. */
	early?: boolean;
}

export type Fault = FaultRule & FaultKind;

/** Random faults, which are the same for the same seed and number of the request. */
export interface RandomFaults {
	seed: number;
	/** The share of requests, from 0 to 1. */
	rate: number;
	/** One of those that match the operation is chosen. */
	faults: Fault[];
}

type Operation = OperationId | 'download' | null;

/** The faults that are still to happen. */
export class FaultPlan {
	private rules: Array<{ fault: Fault; skip: number; left: number }> = [];
	private random: RandomFaults | undefined;

	add(fault: Fault): void {
		const left = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
		this.rules.push({ fault, skip: fault.skip ?? 0, left });
	}

	setRandom(random: RandomFaults | undefined): void {
		this.random = random;
	}

	clear(): void {
		this.rules = [];
		this.random = undefined;
	}

	/** The fault for a request: the first one that matches and is not used up, or a random one. */
	pick(operation: Operation, requestNumber: number): Fault | undefined {
		for (const rule of this.rules) {
			if (!matches(rule.fault, operation) || rule.left <= 0) continue;
			if (rule.skip-- > 0) continue;
			rule.left--;
			return rule.fault;
		}
		return this.random && pickRandom(this.random, operation, requestNumber);
	}
}

function pickRandom({ seed, rate, faults }: RandomFaults, operation: Operation, number: number) {
	const matching = faults.filter((fault) => matches(fault, operation));
	const generator = mersenne(seed * 1_000_003 + number);
	const isHit = uniformFloat64(generator) < rate;
	return isHit ? matching[Math.floor(uniformFloat64(generator) * matching.length)] : undefined;
}

function matches({ operation = '*' }: Fault, requested: Operation): boolean {
	return operation === '*' ? requested !== 'download' : operation === requested;
}

/** Whether a fault needs the real response. */
export function altersResponse({ kind }: Fault): boolean {
	return ['truncate', 'cut', 'stall', 'drip', 'delay'].includes(kind);
}
