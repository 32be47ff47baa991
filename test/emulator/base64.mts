/**
 * Decodes base64 that comes in pieces of any length.
 *
 * Node.js decodes leniently: it takes the URL alphabet as well and skips what it does not know. So what it may not
 * skip is found by counting: four characters make three bytes, or something was left out.
 */
export class Base64Decoder {
	private rest = '';
	private ended = false;
	private wrong = false;

	/** Decodes as much as is complete; what is left waits for the next piece. */
	decode(piece: string): Buffer {
		if (this.wrong || piece === '') return Buffer.alloc(0);
		const text = this.rest + piece;
		const usable = text.length - (text.length % 4);
		this.rest = text.slice(usable);
		return this.decodeQuads(usable === text.length ? text : text.slice(0, usable));
	}

	/** Ends the text and tells whether all of it was base64. */
	finish(): boolean {
		return !this.wrong && this.rest === '';
	}

	private decodeQuads(quads: string): Buffer {
		if (quads === '') return Buffer.alloc(0);
		const padding = quads.endsWith('==') ? 2 : quads.endsWith('=') ? 1 : 0;
		const bytes = Buffer.from(quads, 'base64');
		const complete = bytes.length === (quads.length / 4) * 3 - padding;
		if (this.ended || !complete || quads.includes('-') || quads.includes('_')) {
			this.wrong = true;
			return Buffer.alloc(0);
		}
		this.ended = padding > 0;
		return bytes;
	}
}
