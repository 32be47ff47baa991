import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
	acceptedFiles,
	extensionOf,
	resolveMimeType,
	type MimeType,
} from '../../nodes/Cloudsquid/shared/mimeTypes.ts';

const contract = parse(readFileSync('contract/openapi.yaml', 'utf8')) as {
	components: { schemas: { MimeType: { enum: MimeType[] } } };
};
const accepted = contract.components.schemas.MimeType.enum;

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const XLS = 'application/vnd.ms-excel';

test('accepts the types of the contract, in any form, and knows their extensions', () => {
	const named = acceptedFiles.split(', ').map((name) => resolveMimeType('', `a.${name}`));
	const unnamed = ['image/jpg', 'multipart/related'];
	expect([...named, ...unnamed].sort()).toEqual([...accepted].sort());
	for (const type of accepted) {
		const forms = [type, type.toUpperCase(), `  ${type} `, `${type}; charset=utf-8`];
		for (const form of [...forms, `${type} ;boundary="a;b"`]) {
			expect([resolveMimeType(form), resolveMimeType(form, 'wrong.exe')]).toEqual([type, type]);
		}
		const extension = extensionOf(type);
		if (type === 'image/jpg') expect(extension).toBe('');
		else expect(resolveMimeType('', `document${extension}`)).toBe(type);
	}
});

test.each([
	['application/pdf', 'application/x-pdf'],
	[XLS, 'application/excel'],
	['audio/ogg', 'application/ogg'],
	['audio/mp3', 'audio/mpeg', 'audio/mpeg3', 'audio/x-mp3', 'audio/x-mpeg', 'Audio/MPEG; a=b'],
	['audio/wav', 'audio/vnd.wave', 'audio/wave', 'audio/x-wav'],
	['image/jpeg', 'image/pjpeg'],
	['image/png', 'image/x-png'],
	['text/csv', 'application/csv', 'text/comma-separated-values', 'text/x-csv'],
	['application/json', 'text/json'],
	['text/plain', 'text/markdown', 'text/x-log'],
	['video/mp4', 'video/x-m4v', 'application/mp4'],
])('knows other names of %s', (type, ...names) => {
	for (const name of names) expect(resolveMimeType(name)).toBe(type);
});

describe('a type that says nothing', () => {
	const generic = [undefined, '', '  ', 'application/octet-stream', 'binary/octet-stream'].concat([
		'Application/Octet-Stream; x=y',
		'application/x-download',
	]);

	test.each([
		['application/pdf', 'a.pdf', 'A.PDF', 'a.2026.final.pdf', '/folder.d/a.pdf', '.pdf'],
		['application/json', 'a.json'],
		['image/jpeg', 'a.jpg', 'a.jpeg', 'a.jpe', 'a.jfif'],
		['image/png', 'a.png'],
		['text/csv', 'a.csv'],
		['text/plain', 'a.txt', 'a.text', 'a.log', 'a.md'],
		[XLSX, 'a.xlsx'],
		[XLS, 'a.xls'],
		['video/mp4', 'a.mp4', 'a.m4v'],
		['audio/mp3', 'a.mp3'],
		['audio/wav', 'a.wav', 'a.wave'],
		['audio/ogg', 'a.ogg', 'a.oga'],
		['multipart/related', 'a.mht', 'a.mhtml'],
		['message/rfc822', 'a.eml'],
	])('is replaced by %s if the file name says so', (type, ...names) => {
		for (const name of names) {
			for (const each of generic) expect([name, resolveMimeType(each, name)]).toEqual([name, type]);
		}
	});

	test.each([
		...[undefined, '', 'invoice', 'invoice.', '.', 'invoice.pdf.exe', 'folder.pdf/invoice'],
		...['folder.pdf\\invoice', 'pdf', 'a.docx', 'a.__proto__', 'a.constructor', 'a.length'],
	])('stays unknown if the file name is %p', (name) => {
		for (const each of generic) expect(resolveMimeType(each, name)).toBeUndefined();
	});
});

test.each([
	...['application/msword', 'application/zip', 'image/gif', 'image/tiff', 'image/webp'],
	...['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'text/html'],
	...['pdf', 'application/pdfx', 'application/pdf application/json', '__proto__', 'constructor'],
	...['hasOwnProperty', 'toString'],
])('rejects the type %s, unless a known extension decides', (type) => {
	expect(resolveMimeType(type)).toBeUndefined();
	expect(resolveMimeType(type, 'invoice.docx')).toBeUndefined();
	for (const name of ['invoice.pdf', 'scan.pdf ']) {
		expect(resolveMimeType(type, name)).toBe('application/pdf');
	}
});
