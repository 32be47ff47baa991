import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HOST_VERSIONS } from '../host/versions.mts';
import { withoutSections } from './markdown.mts';
import { documents, readBlocks } from './documents.mts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
	scripts: Record<string, string>;
};
const pages = documents.map((file) => ({ file, text: readFileSync(file, 'utf8') }));

test.each(pages)('every link of $file leads to something', ({ file, text }) => {
	const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
	const dead = links.filter((link) => {
		const [target = '', anchor] = link.split('#');
		const found = target === '' ? file : path.join(path.dirname(file), target);
		if (!existsSync(found)) return true;
		return anchor !== undefined && !anchorsOf(readFileSync(found, 'utf8')).includes(anchor);
	});
	expect(dead).toEqual([]);
});

/** The anchors GitHub and npm give to the headings of a page. */
function anchorsOf(page: string): string[] {
	return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading!
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.replace(/\s/g, '-'),
	);
}

const folders =
	'(?:\\.githooks|\\.github|\\.vscode|contract|credentials|docs|examples|icons|nodes|test)';

test.each(pages)('every file that $file names is there', ({ text }) => {
	const named = [...text.matchAll(new RegExp(`\`(${folders}/[^\`\\s<…*]*)\``, 'g'))];
	expect(named.map(([, file]) => file!).filter((file) => !existsSync(file))).toEqual([]);
});

test.each(pages)('every script that $file names is there', ({ text }) => {
	const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
	expect(named.filter((script) => !(script in scripts))).toEqual([]);
});

test.each(pages)('nothing in $file that a program gives was written by hand', ({ text }) => {
	const made = text.includes('Made by `npm run docs`');
	const blocks = readBlocks(made ? '' : withoutSections(text));
	expect(blocks.filter(({ language }) => !['bash', 'mermaid'].includes(language))).toEqual([]);
});

test('the README calls compatible what the tests run on, and nothing else', () => {
	const [, section = ''] = readFileSync('README.md', 'utf8').split('\n## Compatibility\n');
	const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (\d+\.\d+\.\d+)[^|]*\| (\d+)/gm)];
	const claimed = rows.map(([, n8n, node]) => `n8n ${n8n} on Node.js ${node}`);
	const tested = HOST_VERSIONS.map(
		({ n8n, nodeMajors }) => `n8n ${n8n} on Node.js ${nodeMajors[0]}`,
	);
	// The engine in a test runs on the Node.js that the tests run on.
	const inProcess = claimed.filter((claim) => !tested.includes(claim));
	expect(claimed).toEqual(expect.arrayContaining(tested));
	expect(inProcess).toEqual([`n8n ${HOST_VERSIONS[0].n8n} on Node.js 20`]);
});

describe('the page on the architecture', () => {
	const page = readFileSync('docs/architecture.md', 'utf8');
	const node = 'nodes/Cloudsquid';

	test('says where each file of the node belongs', () => {
		const files = ['shared', 'credentialTest', 'listSearch'].flatMap((folder) =>
			readdirSync(path.join(node, folder)).map((file) => `${folder}/${file}`),
		);
		expect(files.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
	});

	test('names no file that is not there', () => {
		const named = [...page.matchAll(/(?:shared|credentialTest|listSearch)\/\w+\.ts/g)];
		expect(
			named.map(([file]) => file).filter((file) => !existsSync(path.join(node, file))),
		).toEqual([]);
	});
});
