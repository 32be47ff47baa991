import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiResponse, OperationId } from './contract.mts';
import { encode, send } from './responses.mts';

export type FaultKind =
	/** Another response: JSON, text, or HTML (text that starts with `<`). */
	| { kind: 'answer'; status: number; body?: unknown; headers?: Record<string, string> }
	/**
	 * `reset`: the connection is reset. `silence`: there is never a response. `truncate`: the first half
	 * of the response, which looks complete. `cut`: the connection is closed in the middle of the
	 * response. `stall`: the response stops in the middle, and the connection stays open. `empty`:
	 * status 200 without a body. `drip`: the response arrives in small pieces.
	 */
	| { kind: 'reset' | 'silence' | 'truncate' | 'cut' | 'stall' | 'empty' | 'drip' }
	| { kind: 'redirect'; location: string }
	| { kind: 'delay'; delayMs: number };

/** What goes wrong, and when. */
export type Fault = FaultKind & {
	/** By default, all operations of the API, but no downloads. */
	operation?: OperationId | 'download';
	/** How many requests fail, 1 by default. */
	times?: number | 'always';
	/** How many requests succeed before that. */
	skip?: number;
	/** `after` means that the work was done and only the response is lost. Faults of the response always come after. */
	when?: 'before' | 'after';
	/** The fault comes while the request is still arriving. */
	early?: boolean;
};

/** Faults that depend only on the seed and the number of the request. */
export interface RandomFaults {
	seed: number;
	/** From 0 to 1. */
	rate: number;
	/** One of those that apply to the operation is picked. */
	faults: Fault[];
}

export class FaultPlan {
	random: RandomFaults | undefined;
	private readonly rules: Array<{ fault: Fault; skip: number; left: number }> = [];

	add(fault: Fault): void {
		const left = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
		this.rules.push({ fault, skip: fault.skip ?? 0, left });
	}

	/** Takes the first fault that applies to a request. */
	take(operation: OperationId | 'download' | null, requestNumber: number): Fault | undefined {
		const applies = (fault: Fault) =>
			fault.operation === operation || (fault.operation === undefined && operation !== 'download');
		for (const rule of this.rules) {
			if (!applies(rule.fault) || rule.left === 0 || rule.skip-- > 0) continue;
			rule.left--;
			return rule.fault;
		}
		if (!this.random) return undefined;
		const { seed, rate, faults } = this.random;
		const applying = faults.filter(applies);
		const hash = createHash('sha256').update(`${seed} ${requestNumber}`).digest();
		const [chance, choice] = [hash.readUInt32BE(0) / 2 ** 32, hash.readUInt32BE(4)];
		return chance < rate ? applying[choice % applying.length] : undefined;
	}
}

/** Whether the work has to be done before the fault. */
export function comesAfterWork({ kind, when }: Fault): boolean {
	return when === 'after' || ['truncate', 'cut', 'stall', 'drip', 'delay'].includes(kind);
}

/** Sends what a fault makes of the response. */
export async function sendFault(
	response: ServerResponse,
	fault: Fault,
	apiResponse: ApiResponse = { status: 200 },
): Promise<void> {
	const { status, headers, payload } = encode(apiResponse);
	const half = payload.subarray(0, payload.length >> 1);
	switch (fault.kind) {
		case 'answer':
			return send(response, fault);
		case 'reset':
			response.socket?.resetAndDestroy();
			return;
		case 'silence':
			return;
		case 'truncate':
			return send(response, {
				status,
				body: half,
				headers: { ...headers, 'content-length': half.length },
			});
		case 'cut':
		case 'stall':
			response.writeHead(status, headers);
			response.write(half, () => fault.kind === 'cut' && response.socket?.destroy());
			return;
		case 'empty':
			return send(response, { status: 200 });
		case 'drip':
			response.writeHead(status, headers);
			for (let start = 0; start < payload.length && !response.destroyed; start += 64) {
				response.write(payload.subarray(start, start + 64));
				await sleep(5);
			}
			response.end();
			return;
		case 'redirect':
			return send(response, { status: 307, headers: { location: fault.location } });
		case 'delay':
			await sleep(fault.delayMs);
			return send(response, apiResponse);
	}
}
