import fc from 'fast-check';
import { isEncodable } from '../../nodes/Cloudsquid/shared/parameters.ts';
import { fillPath } from '../../nodes/Cloudsquid/transport/endpoint.ts';

const table_id = '3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c';
const run_id = '5c9d8e7f-6a5b-4c3d-9e8f-7a6b5c4d3e2f';
const getRun = {
	method: 'GET',
	url: '/projects/{project_name}/tables/{table_id}/run/{run_id}',
} as const;

test('takes the place of each parameter with what is known', () => {
	expect(fillPath(getRun, { project_name: 'Größe & Co', table_id, run_id })).toBe(
		`/projects/Gr%C3%B6%C3%9Fe%20%26%20Co/tables/${table_id}/run/${run_id}`,
	);
	expect(fillPath({ method: 'GET', url: '/projects' }, {})).toBe('/projects');
});

test('does not compile without one of the IDs', () => {
	// @ts-expect-error The path needs a run_id.
	expect(fillPath(getRun, { project_name: 'A', table_id })).toContain('undefined');
});

/** Any UTF-16, halves of pairs among it, and what has a meaning in addresses. */
const names = fc.oneof(
	fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
	fc.string({ unit: 'grapheme' }),
	fc
		.array(
			fc.constantFrom('/', '\\', '.', '..', '%', '%2e', '%2F', '?', '#', ' ', '\r\n', '@', '😀'),
		)
		.map((pieces) => pieces.join('')),
);

test('a project of any name stays one segment of the address', () => {
	fc.assert(
		fc.property(names, (project_name) => {
			fc.pre(isEncodable(project_name) && !['', '.', '..'].includes(project_name));
			const filled = fillPath(getRun, { project_name, table_id, run_id });
			const { origin, pathname, search, hash } = new URL(`https://api.example${filled}`);
			expect([origin, search, hash]).toEqual(['https://api.example', '', '']);
			const segments = pathname.split('/').map(decodeURIComponent);
			expect(segments).toEqual(['', 'projects', project_name, 'tables', table_id, 'run', run_id]);
		}),
		{ numRuns: 2000 },
	);
});
