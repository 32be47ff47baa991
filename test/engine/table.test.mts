import { useSetting } from './setting.mts';

const setting = useSetting();
const updateSettings = { resource: 'table', operation: 'updateSettings' };

test.each([
	['the settings that come back', 'settings', { bounding_boxes: true, review_mode: false }],
	['the settings sent, if nothing comes back', 'empty', { active_pipeline: 'cloudsquid-pro-v3' }],
] as const)('Update Extraction Settings gives %s', async (_, settingsAnswer, settings) => {
	const { emulator, place, run } = setting;
	emulator.configure({ settingsAnswer });
	const { items, error } = await run({ parameters: { ...updateSettings, ...place, settings } });
	expect(error).toBeUndefined();
	expect(items[0]!.json).toMatchObject({
		...settings,
		project_name: emulator.project,
		table_id: emulator.tableId,
	});
	expect(emulator.requests).toMatchObject([
		{
			operationId: 'updateExtractionSettings',
			method: 'PATCH',
			url: `/api/projects/Invoices%20%26%20Receipts/tables/${emulator.tableId}/extraction-settings`,
		},
	]);
	expect(emulator.requests[0]!.body).toEqual(settings);
});

test('a pipeline that came later can be given by expression', async () => {
	const { emulator, place, run } = setting;
	const settings = { active_pipeline: '={{ $json.pipeline }}' };
	await run({
		parameters: { ...updateSettings, ...place, settings },
		items: [{ json: { pipeline: 'cloudsquid-pro-v9' } }],
	});
	expect(emulator.requests[0]!.body).toEqual({ active_pipeline: 'cloudsquid-pro-v9' });
});
