/**
 * Finds the lines of text in a PDF whose content is not compressed: the literal strings shown by `Tj`, `TJ`, `'` and
 * `"`, with a new line wherever the text position is moved. This reads the PDFs that tests write, not any PDF.
 */
export function readPdfLines(pdf: string): string[] {
	const lines: string[] = [];
	let line = '';
	const endLine = () => {
		if (line.trim() !== '') lines.push(line.trim());
		line = '';
	};
	for (const [operator, shown, array] of pdf.matchAll(operators)) {
		if (shown !== undefined) {
			// `'` and `"` move to the next line before they show their text.
			if (!operator.endsWith('Tj')) endLine();
			line += unescape(shown);
		} else if (array !== undefined) {
			for (const [, piece] of array.matchAll(literals)) line += unescape(piece ?? '');
		} else {
			endLine();
		}
	}
	endLine();
	return lines;
}

const literal = String.raw`\(((?:\\[\s\S]|[^\\()]|\((?:\\[\s\S]|[^\\()])*\))*)\)`;
const literals = new RegExp(literal, 'g');
const operators = new RegExp(
	String.raw`${literal}\s*(?:Tj|'|")|\[((?:\((?:\\[\s\S]|[^\\()])*\)|[^\]()])*)\]\s*TJ|\b(?:Td|TD|Tm|ET)\b|T\*`,
	'g',
);

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function unescape(text: string): string {
	return text.replace(/\\([0-7]{1,3}|\r\n|[\s\S])/g, (_all, code: string) => {
		if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
		// A backslash at the end of a line continues the string.
		if (/^[\r\n]/.test(code)) return '';
		return escapes[code] ?? code;
	});
}
