const { dest, parallel, src } = require('gulp');
const { rm } = require('node:fs/promises');

/** What the build makes; everything in it can be made again. */
const output = 'dist';

async function clean() {
	await rm(output, { recursive: true, force: true });
}

/** The icons, which node and credential name relative to their own compiled file. */
function icons() {
	return src('icons/*.svg', { encoding: false }).pipe(dest(`${output}/icons`));
}

/** The codex, by which n8n's search finds the node. */
function codex() {
	return src('nodes/**/*.node.json').pipe(dest(`${output}/nodes`));
}

/** The output previews the editor shows before a first run. */
function schemas() {
	return src('nodes/**/__schema__/**/*.json').pipe(dest(`${output}/nodes`));
}

module.exports = { clean, assets: parallel(icons, codex, schemas) };
