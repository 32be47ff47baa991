import { getApiKey, getBaseUrl, isHttpUrl } from '../../nodes/Cloudsquid/transport/credential.ts';

/** What an expression in a credential can give in place of text. */
const noText = [undefined, null, 42, true, {}] as never[];

describe('the API key', () => {
	test.each(['key-1', ' key-1', 'key-1\n', '\t key-1 \r\n'])('is taken from %j', (apiKey) => {
		expect(getApiKey({ apiKey })).toBe('key-1');
	});

	test.each(['', ' \n', ...noText])('is empty where there is %j', (apiKey) => {
		expect(getApiKey({ apiKey })).toBe('');
	});
});

describe('the base URL', () => {
	test.each(['', '/', '///', ' ', '/ \n'])('loses %j at its end', (end) => {
		const baseUrl = ` https://api.example.com/api${end}`;
		expect(getBaseUrl({ baseUrl })).toBe('https://api.example.com/api');
	});

	test.each(['', '/', ' ', ...noText])('is empty where there is %j', (baseUrl) => {
		expect(getBaseUrl({ baseUrl })).toBe('');
	});

	test.each([
		['https://api.example.com/api', true],
		['http://127.0.0.1:8080', true],
		['HTTPS://API.EXAMPLE.COM', true],
		['api.example.com', false],
		['ftp://api.example.com', false],
		['https://', false],
		['https:///api', false],
		['', false],
	])('%j is a web address: %j', (baseUrl, is) => {
		expect(isHttpUrl(baseUrl)).toBe(is);
	});
});
