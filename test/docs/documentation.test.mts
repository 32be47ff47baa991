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
	return [...page.toLowerCase().matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading!.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'),
	);
}

const folders =
	'(?:\\.githooks|\\.github|\\.vscode|contract|credentials|docs|examples|icons|nodes|test)';

test.each(pages)('finds every file and script that $file names', ({ text }) => {
	const files = [...text.matchAll(new RegExp(`\`(${folders}/[^\`\\s<…*]*)\``, 'g'))];
	expect(files.map(([, file]) => file!).filter((file) => !existsSync(file))).toEqual([]);
	const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
	expect(named.filter((script) => !(script in scripts))).toEqual([]);
});

test.each(pages)('contains no handwritten program output in $file', ({ text }) => {
	const handwritten = GENERATED_PAGE.test(text) ? '' : withoutSections(text);
	const languages = readBlocks(handwritten).map(({ language }) => language);
	expect(languages.filter((each) => !['bash', 'mermaid'].includes(each))).toEqual([]);
});

test('lists exactly the tested versions as compatible in the README', () => {
	const [, section = ''] = readFileSync('README.md', 'utf8').split('\n## Compatibility\n');
	const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (\d+\.\d+\.\d+)[^|]*\| (\d+)/gm)];
	const listed = rows.map(([, n8n, node]) => `n8n ${n8n} on Node.js ${node}`);
	const tested = HOST_VERSIONS.map((each) => `n8n ${each.n8n} on Node.js ${each.nodeMajors[0]}`);
	// The engine tests run on the Node.js version that runs the tests.
	const engineOnly = listed.filter((version) => !tested.includes(version));
	expect(listed).toEqual(expect.arrayContaining(tested));
	expect(engineOnly).toEqual([`n8n ${HOST_VERSIONS[0].n8n} on Node.js 20`]);
});

test('describes every file of some folders in docs/architecture.md, and no other', () => {
	const page = readFileSync('docs/architecture.md', 'utf8');
	const folders = ['shared', 'transport', 'methods', 'trigger'];
	const files = folders.flatMap((folder) =>
		readdirSync(`nodes/Cloudsquid/${folder}`).map((file) => `${folder}/${file}`),
	);
	const named = page.match(new RegExp(`(${folders.join('|')})/\\w+\\.ts`, 'g'));
	expect([...new Set(named)].sort()).toEqual(files.sort());
});
