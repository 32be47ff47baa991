import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HOST_VERSIONS } from '../host/versions.mts';
import { documents, readBlocks } from './documents.mts';
import { GENERATED_PAGE, withoutSections } from './markdown.mts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
	scripts: Record<string, string>;
};
const pages = documents.map((file) => ({ file, text: readFileSync(file, 'utf8') }));

test.each(pages)('resolves every link of $file', ({ file, text }) => {
	const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
	const broken = links.filter((link) => {
		const [target = '', anchor] = link.split('#');
		const linked = target === '' ? file : path.join(path.dirname(file), target);
		if (!existsSync(linked)) return true;
		return anchor !== undefined && !anchorsOf(readFileSync(linked, 'utf8')).includes(anchor);
	});
	expect(broken).toEqual([]);
});

/** The anchors that GitHub and npm create for the headings of a page. */
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

test.each(pages)('finds every file that $file names', ({ text }) => {
	const named = [...text.matchAll(new RegExp(`\`(${folders}/[^\`\\s<…*]*)\``, 'g'))];
	expect(named.map(([, file]) => file!).filter((file) => !existsSync(file))).toEqual([]);
});

test.each(pages)('finds every script that $file names', ({ text }) => {
	const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
	expect(named.filter((script) => !(script in scripts))).toEqual([]);
});

test.each(pages)('contains no handwritten program output in $file', ({ text }) => {
	const handwritten = GENERATED_PAGE.test(text) ? '' : withoutSections(text);
	const output = readBlocks(handwritten).filter(
		({ language }) => !['bash', 'mermaid'].includes(language),
	);
	expect(output).toEqual([]);
});

test('lists exactly the tested versions as compatible in the README', () => {
	const [, section = ''] = readFileSync('README.md', 'utf8').split('\n## Compatibility\n');
	const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (\d+\.\d+\.\d+)[^|]*\| (\d+)/gm)];
	const listed = rows.map(([, n8n, node]) => `n8n ${n8n} on Node.js ${node}`);
	const tested = HOST_VERSIONS.map(
		({ n8n, nodeMajors }) => `n8n ${n8n} on Node.js ${nodeMajors[0]}`,
	);
	// The engine tests run on the Node.js version that runs the tests.
	const engineOnly = listed.filter((version) => !tested.includes(version));
	expect(listed).toEqual(expect.arrayContaining(tested));
	expect(engineOnly).toEqual([`n8n ${HOST_VERSIONS[0].n8n} on Node.js 20`]);
});

describe('docs/architecture.md', () => {
	const page = readFileSync('docs/architecture.md', 'utf8');
	const node = 'nodes/Cloudsquid';
	const describedFolders = ['shared', 'transport', 'methods'];

	test('names every file of the described folders', () => {
		const files = describedFolders.flatMap((folder) =>
			readdirSync(path.join(node, folder))
				.filter((file) => file.endsWith('.ts'))
				.map((file) => `${folder}/${file}`),
		);
		expect(files.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
	});

	test('names no file that does not exist', () => {
		const named = [
			...page.matchAll(new RegExp(`(?:${describedFolders.join('|')})/\\w+\\.ts`, 'g')),
		];
		expect(
			named.map(([file]) => file).filter((file) => !existsSync(path.join(node, file))),
		).toEqual([]);
	});
});
