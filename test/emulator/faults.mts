import type { JsonObject, OperationId } from './types.mts';
import { isObject } from './types.mts';

/** What goes wrong. */
export type FaultKind =
	/** An answer of one's own: text, HTML (text that begins with `<`), or JSON. */
	| {
			kind: 'answer';
			status: number;
			body?: unknown;
			contentType?: string;
			headers?: Record<string, string>;
	  }
	/** The connection is reset. */
	| { kind: 'reset' }
	/** No answer ever comes. */
	| { kind: 'silence' }
	/** The answer is half of the real one and looks complete. */
	| { kind: 'truncate' }
	/** The answer breaks off in the middle. */
	| { kind: 'cut' }
	/** The answer stops in the middle, and the connection stays open. */
	| { kind: 'stall' }
	/** 200 without a body. */
	| { kind: 'empty' }
	/** The real answer comes in small pieces. */
	| { kind: 'drip'; pieceBytes?: number; pauseMs?: number }
	/** A redirect. */
	| { kind: 'redirect'; location: string; status?: number }
	/** The real answer, late by `delayMs`. */
	| { kind: 'delay' };

/** When it goes wrong. */
export interface FaultRule {
	/** The operation; any of the API unless said. Downloads must be asked for by name. */
	operation?: OperationId | 'download' | '*';
	/** How many requests; one unless said. */
	times?: number | 'always';
	/** How many matching requests pass unharmed first. */
	skip?: number;
	/**
	 * Whether the work is left undone, or done and only its answer lost. `before` unless said; faults that alter the real
	 * answer always come after.
	 */
	when?: 'before' | 'after';
	/** The fault waits this long before it shows. */
	delayMs?: number;
	/** The fault does not wait for the request to be sent completely. Goes with `before`. */
	early?: boolean;
}

/** One fault, or several of the same kind. */
export type Fault = FaultRule & FaultKind;

/** Faults that come by chance, the same ones for the same seed and number of request. */
export interface RandomFaults {
	seed: number;
	/** The share of requests, from 0 to 1. */
	rate: number;
	/** One of these that fit the operation is picked. */
	faults: Fault[];
}

const kinds = 'answer,reset,silence,truncate,cut,stall,empty,drip,redirect,delay'.split(',');
/** Those that need the real answer, because they alter it. */
const altering = ['truncate', 'cut', 'stall', 'drip', 'delay'];

/** Decides which request is hit by which fault. */
export class FaultPlan {
	private rules: Array<{ fault: Fault; skip: number; left: number }> = [];
	private random: RandomFaults | undefined;

	/** Adds a fault behind those that are waiting. */
	add(fault: Fault): void {
		const left = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
		this.rules.push({ fault, skip: fault.skip ?? 0, left });
	}

	/** Turns random faults on, or off. */
	setRandom(random: RandomFaults | undefined): void {
		this.random = random;
	}

	/** Forgets all faults. */
	clear(): void {
		this.rules = [];
		this.random = undefined;
	}

	/** Picks the fault for a request; the first rule that fits and is not used up wins. */
	pick(operation: OperationId | 'download' | null, requestNumber: number): Fault | undefined {
		for (const rule of this.rules) {
			if (!fits(rule.fault, operation) || rule.left <= 0) continue;
			if (rule.skip > 0) {
				rule.skip--;
				continue;
			}
			rule.left--;
			return rule.fault;
		}
		return this.random && pickRandom(this.random, operation, requestNumber);
	}
}

/** Picks by seed and number of request alone, so that a test that fails can be run again. */
export function pickRandom(
	random: RandomFaults,
	operation: OperationId | 'download' | null,
	requestNumber: number,
): Fault | undefined {
	const fitting = random.faults.filter((fault) => fits(fault, operation));
	const [chance, choice] = [
		scatter(random.seed, requestNumber),
		scatter(~random.seed, requestNumber),
	];
	return chance < random.rate ? fitting[Math.floor(choice * fitting.length)] : undefined;
}

/** Whether a fault needs the real answer, because it alters it. */
export function altersAnswer({ kind }: Fault): boolean {
	return altering.includes(kind);
}

/** Makes sure that something from outside is a fault. */
export function parseFault(value: unknown): Fault {
	if (!isObject(value) || !kinds.includes(String(value.kind))) {
		throw new Error(`A fault needs a kind: ${kinds.join(', ')}.`);
	}
	checkNumbers(value, ['skip', 'delayMs', 'pieceBytes', 'pauseMs']);
	if (value.times !== 'always') checkNumbers(value, ['times']);
	if (value.kind === 'answer' && typeof value.status !== 'number') {
		throw new Error('The fault "answer" needs a status.');
	}
	if (value.kind === 'redirect' && typeof value.location !== 'string') {
		throw new Error('The fault "redirect" needs a location.');
	}
	return value as unknown as Fault;
}

function checkNumbers(value: JsonObject, names: readonly string[]): void {
	for (const name of names) {
		if (value[name] !== undefined && typeof value[name] !== 'number') {
			throw new Error(`${name} must be a number.`);
		}
	}
}

function fits({ operation = '*' }: Fault, asked: OperationId | 'download' | null): boolean {
	return operation === '*' ? asked !== 'download' : operation === asked;
}

/** A number from 0 to 1 for each pair, evenly scattered (the finalizer of splitmix32, twice). */
function scatter(seed: number, index: number): number {
	return mix(mix(seed | 0) ^ index) / 2 ** 32;
}

function mix(value: number): number {
	let mixed = (value + 0x9e3779b9) | 0;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
	mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
	return (mixed ^ (mixed >>> 15)) >>> 0;
}
