import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { projectFolder } from '../host/folders.mts';

/** Part of the page. */
export interface Area {
	x: number;
	y: number;
	width: number;
	height: number;
}

/**
 * Takes a picture for the documentation, into `docs/`. Without `UPDATE_DOCS=1` none is taken: tests leave the tree as it is.
 * What is below `highest` is left out. WebP, since the build of a node copies pictures of other kinds into what is published.
 */
export async function takePicture(
	page: Page,
	name: string,
	area: Locator | Area,
	highest = Number.POSITIVE_INFINITY,
): Promise<void> {
	if (process.env.UPDATE_DOCS !== '1') return;
	const { x, y, width, height } = 'x' in area ? area : await areaOf(area);
	// What the pointer is on shows buttons that would not be there otherwise.
	await page.mouse.move(0, 0);
	await page.evaluate('new Promise(requestAnimationFrame)');
	const session = await page.context().newCDPSession(page);
	const { data } = await session.send('Page.captureScreenshot', {
		format: 'webp',
		quality: 80,
		clip: { x, y, width, height: Math.min(height, highest), scale: 1 },
	});
	await session.detach();
	writeFileSync(path.join(projectFolder, 'docs', `${name}.webp`), Buffer.from(data, 'base64'));
}

async function areaOf(part: Locator): Promise<Area> {
	const box = await part.boundingBox();
	if (!box) throw new Error('What a picture is wanted of is not on the screen.');
	return box;
}
