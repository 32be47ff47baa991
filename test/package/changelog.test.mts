import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

interface Entry {
	/** A version, or `Unreleased`. */
	name: string;
	/** The day it came out; `undefined` while it has not. */
	day?: string;
	/** What the changes are of: Added, Fixed and so on. */
	sorts: string[];
	changes: string[];
}

const text = readFileSync('CHANGELOG.md', 'utf8');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { version: string };

/** The entries of a changelog, the newest first. */
const entries = text
	.split(/^## /m)
	.slice(1)
	.map((section): Entry => {
		const [, name, day] = /^\[(.+?)\](?: - (.+))?$/m.exec(section.split('\n')[0]!) ?? [];
		assert.ok(name, section.split('\n')[0]);
		return {
			name,
			...(day && day !== 'unreleased' && { day }),
			sorts: [...section.matchAll(/^### (.+)$/gm)].map(([, sort]) => sort!),
			changes: [...section.matchAll(/^- (.+)$/gm)].map(([, change]) => change!),
		};
	});

describe('the changelog', () => {
	test('has an entry for the version in package.json, as the lock file has', () => {
		assert.ok(entries.some(({ name }) => name === version));
		assert.equal(lock.version, version);
	});

	test('has the form of Keep a Changelog', () => {
		const sorts = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
		for (const entry of entries) {
			assert.match(entry.name, /^(Unreleased|\d+\.\d+\.\d+(-[\w.]+)?)$/);
			assert.notEqual(entry.changes.length, 0, entry.name);
			assert.deepEqual(
				entry.sorts.filter((sort) => !sorts.includes(sort)),
				[],
			);
		}
	});

	test('has the newest first, and a day for all that is out', () => {
		const [newest, ...out] = entries;
		const days = [newest!.day ?? '9999-12-31', ...out.map(({ day }) => day ?? 'no day')];
		for (const day of days) assert.equal(new Date(day).toISOString().slice(0, 10), day);
		assert.deepEqual(days, days.toSorted().toReversed());
	});
});
