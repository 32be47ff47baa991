import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import {
	acceptedTypes,
	extensionOf,
	resolveMimeType,
} from '../../nodes/Cloudsquid/shared/mimeTypes.ts';

const contract = readFileSync(path.resolve('contract/openapi.yaml'), 'utf8');
/** The enum of the contract's schema `MimeType`. */
const accepted = [
	.../^ {4}MimeType:\n(?: {6}.*\n)*? {6}enum:\n((?: {8}- \S+\n)+)/m
		.exec(contract)![1]!
		.matchAll(/- (\S+)/g),
].map(([, type]) => type as NonNullable<ReturnType<typeof resolveMimeType>>);

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const XLS = 'application/vnd.ms-excel';

test('the accepted types are those of the contract, in its order', () => {
	expect(accepted).toHaveLength(15);
	expect(acceptedTypes.split(', ')).toEqual(accepted);
});

describe('a type the API takes', () => {
	test.each(accepted)('%s passes', (type) => {
		expect(resolveMimeType(type)).toBe(type);
		expect(resolveMimeType(type, 'wrong.exe')).toBe(type);
	});

	test.each(accepted)('%s passes in capitals, with spaces and with parameters', (type) => {
		expect(resolveMimeType(type.toUpperCase())).toBe(type);
		expect(resolveMimeType(`  ${type} `)).toBe(type);
		expect(resolveMimeType(`${type}; charset=utf-8`)).toBe(type);
		expect(resolveMimeType(`${type} ;boundary="a;b"`)).toBe(type);
	});

	test.each(accepted)('%s gives an extension that leads back to it', (type) => {
		const extension = extensionOf(type);
		if (type === 'image/jpg') expect(extension).toBe('');
		else expect(resolveMimeType('', `document${extension}`)).toBe(type);
	});
});

test.each([
	['application/csv', 'text/csv'],
	['application/excel', XLS],
	['application/ogg', 'audio/ogg'],
	['application/x-pdf', 'application/pdf'],
	['audio/mpeg', 'audio/mp3'],
	['audio/mpeg3', 'audio/mp3'],
	['audio/x-mp3', 'audio/mp3'],
	['audio/x-mpeg', 'audio/mp3'],
	['audio/vnd.wave', 'audio/wav'],
	['audio/wave', 'audio/wav'],
	['audio/x-wav', 'audio/wav'],
	['image/pjpeg', 'image/jpeg'],
	['image/x-png', 'image/png'],
	['text/comma-separated-values', 'text/csv'],
	['text/json', 'application/json'],
	['text/markdown', 'text/plain'],
	['text/x-csv', 'text/csv'],
	['text/x-log', 'text/plain'],
	['video/x-m4v', 'video/mp4'],
	['Audio/MPEG; codecs=mp3', 'audio/mp3'],
])('%s is another name for %s', (synonym, type) => {
	expect(resolveMimeType(synonym)).toBe(type);
});

describe('a type that says nothing is settled from the file name', () => {
	const generic = [
		undefined,
		'',
		'  ',
		'application/octet-stream',
		'Application/Octet-Stream; x=y',
		'binary/octet-stream',
		'application/x-download',
	];

	test.each([
		['invoice.pdf', 'application/pdf'],
		['INVOICE.PDF', 'application/pdf'],
		['data.json', 'application/json'],
		['scan.jpg', 'image/jpeg'],
		['scan.jpeg', 'image/jpeg'],
		['scan.jpe', 'image/jpeg'],
		['scan.jfif', 'image/jpeg'],
		['scan.png', 'image/png'],
		['table.csv', 'text/csv'],
		['notes.txt', 'text/plain'],
		['notes.text', 'text/plain'],
		['server.log', 'text/plain'],
		['readme.md', 'text/plain'],
		['book.xlsx', XLSX],
		['book.xls', XLS],
		['film.mp4', 'video/mp4'],
		['film.m4v', 'video/mp4'],
		['call.mp3', 'audio/mp3'],
		['call.wav', 'audio/wav'],
		['call.wave', 'audio/wav'],
		['call.ogg', 'audio/ogg'],
		['call.oga', 'audio/ogg'],
		['page.mht', 'multipart/related'],
		['page.mhtml', 'multipart/related'],
		['mail.eml', 'message/rfc822'],
		['archive.2026.final.pdf', 'application/pdf'],
		['/folder.d/invoice.pdf', 'application/pdf'],
		['.pdf', 'application/pdf'],
	])('%s', (filename, type) => {
		for (const nothing of generic) expect(resolveMimeType(nothing, filename)).toBe(type);
	});

	test.each([
		undefined,
		'',
		'invoice',
		'invoice.',
		'.',
		'invoice.pdf.exe',
		'folder.pdf/invoice',
		'folder.pdf\\invoice',
		'pdf',
		'a.docx',
		'a.__proto__',
		'a.constructor',
		'a.toString',
		'a.length',
	])('the name %p settles nothing', (filename) => {
		for (const nothing of generic) expect(resolveMimeType(nothing, filename)).toBeUndefined();
	});
});

test.each([
	'application/msword',
	'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
	'application/zip',
	'image/gif',
	'image/tiff',
	'image/webp',
	'text/html',
	'pdf',
	'application/pdfx',
	'application/pdf application/json',
	'__proto__',
	'constructor',
	'hasOwnProperty',
	'toString',
])('the type %s is refused, unless a known extension decides', (type) => {
	expect(resolveMimeType(type)).toBeUndefined();
	expect(resolveMimeType(type, 'invoice.docx')).toBeUndefined();
	expect(resolveMimeType(type, 'invoice.pdf')).toBe('application/pdf');
	expect(resolveMimeType(type, 'scan.pdf ')).toBe('application/pdf');
});

test('any type and name give a type of the contract or none', () => {
	const names = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.constantFrom('__proto__', 'constructor', 'valueOf', 'application/octet-stream', ''),
		fc.constantFrom(...accepted),
		fc
			.tuple(fc.string(), fc.constantFrom('pdf', 'xls', '__proto__', 'constructor'))
			.map(([stem, extension]) => `${stem}.${extension}`),
	);
	fc.assert(
		fc.property(names, names, (type, filename) => {
			expect([...accepted, undefined]).toContain(resolveMimeType(type, filename));
		}),
	);
});
