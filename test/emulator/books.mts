import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from './faults.mts';
import type { OperationId } from './types.mts';

/** One request to the API, as it came and as it ended. */
export interface RequestRecord {
	/** Counts from 1. */
	number: number;
	/** Null for what is no operation of the contract. */
	operationId: OperationId | null;
	method: string;
	/** Path and query as sent, still encoded. */
	url: string;
	headers: IncomingHttpHeaders;
	/** The JSON body; the content of a document is replaced by `{bytes, sha256}`. */
	body?: unknown;
	startedAt: number;
	endedAt?: number;
	/** What was answered; null when nothing was. */
	status?: number | null;
	/** Whether the whole answer could be handed over. */
	completed?: boolean;
	fault?: Fault;
}

/** One request to a download address. */
export interface DownloadRecord {
	url: string;
	headers: IncomingHttpHeaders;
	/** Whether an API key was sent along, which must never happen. */
	apiKeySent: boolean;
	startedAt: number;
	status?: number | null;
	completed?: boolean;
	fault?: Fault;
}

/** A document that was received. */
export interface DocumentRecord {
	operationId: OperationId;
	project_name: string;
	table_id?: string;
	row_id?: string;
	path?: string;
	filename: string;
	mimetype: string;
	file_type: string;
	bytes?: number;
	sha256?: string;
	uri?: string;
	parts?: number;
}

/** All that the emulator writes down. */
export class Books {
	requests: RequestRecord[] = [];
	documents: DocumentRecord[] = [];
	downloads: DownloadRecord[] = [];
	inFlight = 0;
	peakInFlight = 0;

	/** Writes down a request that has come in. */
	open(record: Omit<RequestRecord, 'number' | 'startedAt'>): RequestRecord {
		const opened = { ...record, number: this.requests.length + 1, startedAt: Date.now() };
		this.requests.push(opened);
		this.inFlight++;
		this.peakInFlight = Math.max(this.peakInFlight, this.inFlight);
		return opened;
	}

	/** Writes down how it ended. */
	close(record: RequestRecord, status: number | null, completed: boolean): void {
		Object.assign(record, { endedAt: Date.now(), status, completed });
		this.inFlight--;
	}

	/** Begins new books. Requests still in flight stay counted as such. */
	clear(): void {
		this.requests = [];
		this.documents = [];
		this.downloads = [];
		this.peakInFlight = this.inFlight;
	}
}
