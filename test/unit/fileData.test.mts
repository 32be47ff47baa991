import fc from 'fast-check';
import { isFile, isStorageMark, readBase64 } from '../../nodes/Cloudsquid/shared/fileData.ts';

test('isFile accepts objects with a MIME type and content or an ID', () => {
	const mimeType = 'application/pdf';
	const files = [
		{ mimeType, data: '' },
		{ mimeType, id: 'filesystem-v2:1' },
	];
	const others = [{ mimeType }, { data: 'QQ==' }, { mimeType: 7, data: '' }, { mimeType, data: 7 }]
		.concat([{ mimeType, id: null } as never])
		.concat([null, undefined, 'file', [], 0] as never[]);
	expect([...files, ...others].filter(isFile)).toEqual(files);
});

test('isStorageMark knows what n8n writes in place of content', () => {
	const marks = ['azure', 'database', 'default', 'filesystem', 'filesystem-v2', 's3', ' s3\n'];
	expect([...marks, '', 'S3', 'QQ==', 's3x'].filter(isStorageMark)).toEqual(marks);
});

describe('readBase64', () => {
	test.each([
		['', ''],
		['QUJD', 'QUJD'],
		['QQ==', 'QQ=='],
		['QUI=', 'QUI='],
		['QQ', 'QQ'],
		['QUI', 'QUI'],
		['-_-_', '-_-_'],
		['-w', '-w'],
		['_-8', '_-8'],
		['QU\r\nJD\n', 'QUJD'],
		['  QUJD ', 'QUJD'],
		['data:application/pdf;base64,QUJD', 'QUJD'],
		[' DATA:;BASE64,QQ==', 'QQ=='],
	])('reads %p', (data, expected) => {
		expect(readBase64(data)).toBe(expected);
	});

	test.each([
		...['Q', 'QUJDR', 'QR', 'QUJ', 'QQ=', 'QQ===', 'Q===', '=QQ=', 'QU JD', 'QU,JD', 'äöü'],
		...['data:text/plain,QUJD', 'QUJDdata:;base64,QUJD', 'QQ==QQ==', 'Acme Invoice No. 7'],
	])('rejects %p', (data) => {
		expect(readBase64(data)).toBeUndefined();
	});

	test('reads any bytes in base64 and base64url, with and without padding', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isUrl) => {
				const base64 = Buffer.from(bytes).toString(isUrl ? 'base64url' : 'base64');
				for (const text of [base64, base64.replace(/=+$/, '')]) {
					expect(readBase64(text)).toBe(text);
					expect(Buffer.from(text, 'base64').equals(Buffer.from(bytes))).toBe(true);
				}
			}),
		);
	});
});
