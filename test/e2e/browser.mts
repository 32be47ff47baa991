import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { chromium, selectors } from 'playwright-core';
import { removeFolder, temporaryFolder } from '../host/folders.mts';
import { Problem } from '../host/problem.mts';

/** A browser with one page, to drive n8n's editor in. */
export interface Browser {
	page: Page;
	close(): Promise<void>;
}

/** Where Chromium and its relatives are usually found. */
const USUAL_PLACES = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/snap/bin/chromium',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	path.join(process.env.PROGRAMFILES ?? 'C:/Program Files', 'Google/Chrome/Application/chrome.exe'),
];

/** Keeps the browser to the page it is given: no sync, no updates, nothing in the background. */
const FLAGS = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** The editor is some four hundred files; a busy machine takes its time with them. */
const NAVIGATION_TIMEOUT_MS = 180_000;
const TIMEOUT_MS = 30_000;

/** Starts a browser with a fresh profile. */
export async function openBrowser(): Promise<Browser> {
	const executablePath = findBrowser();
	const profile = temporaryFolder('browser');
	selectors.setTestIdAttribute('data-test-id');
	const context = await chromium.launchPersistentContext(profile, {
		executablePath,
		// Only its own pages are opened, and where everything runs as root its sandbox cannot work.
		args: process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS,
		viewport: { width: 1400, height: 900 },
		locale: 'en-GB',
		colorScheme: 'light',
		reducedMotion: 'reduce',
	});
	context.setDefaultTimeout(TIMEOUT_MS);
	context.setDefaultNavigationTimeout(NAVIGATION_TIMEOUT_MS);
	const page = context.pages()[0] ?? (await context.newPage());
	const close = async () => {
		await context.close();
		removeFolder(profile);
	};
	return { page, close };
}

function findBrowser(): string {
	const named = process.env.CHROMIUM;
	const found = (named ? [named] : USUAL_PLACES).find((file) => existsSync(file));
	if (found) return found;
	throw new Problem(
		named
			? `CHROMIUM names ${named}, and there is no such file.`
			: 'These tests drive n8n in Chromium, and none was found: install it, or set CHROMIUM to its path.',
	);
}
