import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { defaults } from '../../nodes/Cloudsquid/shared/options.ts';
import {
	assertRunSucceeded,
	handlePollTimeout,
	isFinished,
	isRunFailure,
	pollDelay,
} from '../../nodes/Cloudsquid/shared/polling.ts';
import type { RequestFailure } from '../../nodes/Cloudsquid/transport/failure.ts';
import { makeItem } from './items.mts';

const itemWith = (options: IDataObject = {}) => makeItem({ parameters: { options } });

/** The error that is thrown. */
function errorOf(run: () => unknown): NodeApiError {
	try {
		run();
	} catch (error) {
		expect(error).toBeInstanceOf(NodeApiError);
		return error as NodeApiError;
	}
	throw new Error('nothing was thrown');
}

test('isFinished knows the two statuses that end a run', () => {
	const others = ['pending', 'running', 'queued', 'awaiting_review', 'completed', 'failed', 'Done']
		.concat(['DONE', ' done', 'errors', ''])
		.concat([undefined, null, true, 1, ['done'], { status: 'done' }] as never[]);
	expect(['done', 'error', ...others].filter(isFinished)).toEqual(['done', 'error']);
});

describe('pollDelay', () => {
	test('is a fifteenth of the time waited so far, from one second up to the poll interval', () => {
		const intervals = fc.double({ min: 1, max: 3600, noNaN: true });
		fc.assert(
			fc.property(fc.nat(10_000_000), intervals, (waited, interval) => {
				const delay = Math.min(Math.max(waited / 15, 1000), interval * 1000);
				expect(pollDelay(waited, interval)).toBeCloseTo(delay);
				expect(pollDelay(waited % 15_000, interval)).toBe(1000);
			}),
		);
	});

	test.each([
		[2, 2],
		[10, 10],
		[60, 36],
		[600, 95],
	])('leads to about the expected polls: %i s, %i polls', (seconds, expected) => {
		let polls = 0;
		for (let waited = 0; waited < seconds * 1000; polls++) {
			waited += pollDelay(waited, defaults.pollInterval);
		}
		expect(Math.abs(polls - expected)).toBeLessThanOrEqual(1);
	});
});

describe('assertRunSucceeded', () => {
	test('returns rows of other statuses, and failed ones if the options say so', () => {
		for (const row of [{ status: 'done' }, { status: 'running' }, {}]) {
			expect(assertRunSucceeded(itemWith(), row)).toBe(row);
		}
		const failed = { status: 'error' };
		const item = itemWith({ onRunError: 'return' });
		expect(assertRunSucceeded(item, failed)).toBe(failed);
		expect([isRunFailure(item, failed), isRunFailure(itemWith(), failed)]).toEqual([false, true]);
	});

	test.each<IDataObject>([
		{ errorMessage: 'blank page' },
		{ error_message: 'blank page' },
		{ error: 'blank page' },
		{ message: 'blank page' },
		{ result: 'blank page' },
		{ data: { error: 'blank page' } },
		{ data: { errorMessage: ' blank\n\t page ' } },
		{ result: { error_message: 'blank page' } },
		{ errorMessage: 'blank page', error: 'other', message: 'other' },
		{ error: { code: 7 }, message: 'blank page' },
		{ errorMessage: '  ', data: { error: 'blank page' } },
		{ message: 'other', data: { error: 'blank page' } },
	])('finds the reason in %j', (fields) => {
		const error = errorOf(() => assertRunSucceeded(itemWith(), { status: 'error', ...fields }));
		expect(error.message).toBe("The run ended with the status 'error'");
		expect(error.description).toContain('Cloudsquid says: "blank page."');
	});

	test('finds no reason in anything else', () => {
		for (const fields of [{}, { error: 7 }, { message: '' }, { data: [], result: null }]) {
			const error = errorOf(() => assertRunSucceeded(itemWith(), { status: 'error', ...fields }));
			expect(error.message).toBe("The run ended with the status 'error'");
			expect(error.description).not.toContain('says');
		}
	});

	test('shortens a long reason', () => {
		const row = { status: 'error', error: 'x'.repeat(301) };
		const { description } = errorOf(() => assertRunSucceeded(itemWith(), row));
		expect(description).toContain(`"${'x'.repeat(300)}…"`);
	});
});

describe('handlePollTimeout', () => {
	test('returns the last row if the options say so', () => {
		const row = { status: 'running' };
		expect(handlePollTimeout(itemWith({ onTimeout: 'return' }), row)).toBe(row);
	});

	const timeoutOf = (row: IDataObject, failure?: RequestFailure) =>
		errorOf(() => handlePollTimeout(itemWith({ maxWait: 5 }), row, failure));

	test('names the last status if it is known, and why the last poll failed', () => {
		const failure = { kind: 'serverError', method: 'GET', statusCode: 503 } as const;
		const { message, description } = timeoutOf({ status: 'running' }, failure);
		expect(message).toContain('5 s');
		expect(description).toContain("'running'");
		expect(description).toContain('Cloudsquid could not handle the request (status 503)');
		const quiet = timeoutOf({ status: 'running' }).description;
		expect(quiet).not.toMatch(/503|  /);
		const unknown = timeoutOf({ status: 7 }).description;
		expect(unknown).not.toBe(quiet);
		expect(timeoutOf({}).description).toBe(unknown);
	});

	test.each([
		...['aborted', 'Canceled', 'cancelled', 'completed', 'expired', 'failed', 'finished'],
		...['rejected', 'stopped', 'succeeded', 'terminated', 'timeout', 'timed out', 'time-out'],
		...['time_out', 'timedout'],
	])('asks to report the undocumented status %p', (status) => {
		const { message, description } = timeoutOf({ status });
		expect(message).not.toBe(timeoutOf({ status: 'running' }).message);
		expect(`${message} ${description}`).toContain(status);
	});

	test.each(['running', 'in progress', 'not completed', 'times', ''])(
		'takes %p for a status that continues',
		(status) => expect(timeoutOf({ status }).message).toBe(timeoutOf({}).message),
	);
});
