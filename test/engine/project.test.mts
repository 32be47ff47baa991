import { useSetting } from './setting.mts';

const setting = useSetting();
const getAll = { resource: 'project', operation: 'getAll' };

test('Get Many gives one item per project', async () => {
	const { emulator, run } = setting;
	const { items } = await run({ parameters: { ...getAll, returnAll: true } });
	expect(items.map(({ json }) => json.name)).toEqual(emulator.projects.map(({ name }) => name));
	for (const { json, pairedItem } of items) {
		expect(json).toEqual({
			id: expect.any(String),
			name: expect.any(String),
			created_at: expect.any(String),
		});
		expect(pairedItem).toEqual({ item: 0 });
	}
	expect(emulator.requests).toMatchObject([{ method: 'GET', url: '/api/projects' }]);
});

test('Get Many keeps to the limit, for each item', async () => {
	const { run } = setting;
	const { items } = await run({
		parameters: { ...getAll, limit: 2 },
		items: [{ json: {} }, { json: {} }],
	});
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 0 },
		{ item: 1 },
		{ item: 1 },
	]);
});

test.each([{ projects: [] }, '"projects"', null])('refuses the list %j', async (body) => {
	const { emulator, run } = setting;
	emulator.inject({ kind: 'answer', status: 200, body, operation: 'listProjects' });
	const { items, error } = await run({ parameters: getAll });
	expect(items).toEqual([]);
	expect(error?.message).toBe('Cloudsquid returned an unexpected response');
});
