import { getApiKey, getBaseUrl, isHttpUrl } from '../../nodes/Cloudsquid/transport/credential.ts';

/** What an expression in a credential can give in place of text. */
const noText = [undefined, null, 42, true, {}] as never[];

test('getApiKey returns the trimmed key, or an empty text', () => {
	for (const apiKey of ['key-1', ' key-1', 'key-1\n', '\t key-1 \r\n']) {
		expect(getApiKey({ apiKey })).toBe('key-1');
	}
	for (const apiKey of ['', ' \n', ...noText]) expect(getApiKey({ apiKey })).toBe('');
});

test('getBaseUrl returns the URL without slashes at its end, or an empty text', () => {
	for (const end of ['', '/', '///', ' ', '/ \n']) {
		const baseUrl = ` https://api.example.com/api${end}`;
		expect(getBaseUrl({ baseUrl })).toBe('https://api.example.com/api');
	}
	for (const baseUrl of ['', '/', ' ', ...noText]) expect(getBaseUrl({ baseUrl })).toBe('');
});

test('isHttpUrl accepts URLs with a host and the scheme of HTTP', () => {
	const urls = ['https://api.example.com/api', 'http://127.0.0.1:8080', 'HTTPS://API.EXAMPLE.COM'];
	const others = ['api.example.com', 'ftp://api.example.com', 'https://', 'https:///api', ''];
	expect([...urls, ...others].filter(isHttpUrl)).toEqual(urls);
});
