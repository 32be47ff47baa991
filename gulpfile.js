const { dest, parallel, src } = require('gulp');
const { rm } = require('node:fs/promises');

/** The output folder of the build. Everything in it can be generated again. */
const output = 'dist';

async function clean() {
	await rm(output, { recursive: true, force: true });
}

/** The icons. The node and the credential refer to them relative to their compiled files. */
function icons() {
	return src('icons/*.svg', { encoding: false }).pipe(dest(`${output}/icons`));
}

/** The codex file, which n8n's search uses to find the node. */
function codex() {
	return src('nodes/**/*.node.json').pipe(dest(`${output}/nodes`));
}

/** The output previews that the editor shows before the first run. */
function schemas() {
	return src('nodes/**/__schema__/**/*.json').pipe(dest(`${output}/nodes`));
}

module.exports = { clean, assets: parallel(icons, codex, schemas) };
