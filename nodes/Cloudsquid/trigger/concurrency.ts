import { defaults } from '../shared/options';

/**
 * Calls a function for each value, as many at a time as requests may be in flight. After a failure,
 * or once `isOver` returns true, calls that have not begun are left out.
 *
 * @throws what the first failed call threw
 */
export async function forEachConcurrently<T>(
	values: Iterable<T>,
	call: (value: T) => Promise<void>,
	isOver = () => false,
): Promise<void> {
	const queue = values[Symbol.iterator]();
	let failed = false;
	const work = async () => {
		for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
			let succeeded = false;
			try {
				await call(next.value);
				succeeded = true;
			} finally {
				failed ||= !succeeded;
			}
			if (isOver()) return;
		}
	};
	await Promise.all(Array.from({ length: defaults.maxConcurrency }, work));
}
