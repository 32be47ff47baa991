import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { chromium, selectors } from 'playwright-core';
import { CommandError } from '../host/errors.mts';
import { projectFolder, temporaryFolder } from '../host/folders.mts';

const EXECUTABLES = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/snap/bin/chromium',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	path.join(process.env.PROGRAMFILES ?? 'C:/Program Files', 'Google/Chrome/Application/chrome.exe'),
];

/** No requests to other machines: no sync, updates, or background work. */
const FLAGS = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** The editor consists of about four hundred files, which take long on a busy machine. */
const NAVIGATION_TIMEOUT_MS = 180_000;
const TIMEOUT_MS = 30_000;

/** Starts a browser with a new profile. The browser ends when the page's context is closed. */
export async function openPage(): Promise<Page> {
	const { CHROMIUM } = process.env;
	const executablePath = (CHROMIUM ? [CHROMIUM] : EXECUTABLES).find((file) => existsSync(file));
	if (executablePath === undefined) {
		throw new CommandError(
			CHROMIUM
				? `CHROMIUM is ${CHROMIUM}, and there is no such file.`
				: 'These tests need Chromium, which was not found: install it, or set CHROMIUM to its path.',
		);
	}
	selectors.setTestIdAttribute('data-test-id');
	const context = await chromium.launchPersistentContext(temporaryFolder('browser'), {
		executablePath,
		// The sandbox does not work for root. Only local pages are opened.
		args: process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS,
		viewport: { width: 1400, height: 900 },
		locale: 'en-GB',
		colorScheme: 'light',
		reducedMotion: 'reduce',
	});
	context.setDefaultTimeout(TIMEOUT_MS);
	context.setDefaultNavigationTimeout(NAVIGATION_TIMEOUT_MS);
	return context.pages()[0] ?? (await context.newPage());
}

/**
 * Takes a screenshot for the documentation, if `UPDATE_DOCS=1` is set. It is a WebP file because the
 * build copies images of other types into the published package.
 *
 * @param maxHeight cuts off what is below
 */
export async function takeScreenshot(
	page: Page,
	name: string,
	area: Locator | NonNullable<Awaited<ReturnType<Locator['boundingBox']>>>,
	maxHeight = Number.POSITIVE_INFINITY,
): Promise<void> {
	if (process.env.UPDATE_DOCS !== '1') return;
	const { x, y, width, height } = 'x' in area ? area : (await area.boundingBox())!;
	// Elements under the pointer show more buttons.
	await page.mouse.move(0, 0);
	await page.evaluate('new Promise(requestAnimationFrame)');
	const session = await page.context().newCDPSession(page);
	const { data } = await session.send('Page.captureScreenshot', {
		format: 'webp',
		quality: 80,
		clip: { x, y, width, height: Math.min(height, maxHeight), scale: 1 },
	});
	await session.detach();
	writeFileSync(path.join(projectFolder, 'docs', `${name}.webp`), Buffer.from(data, 'base64'));
}
