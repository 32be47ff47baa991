/** What has to be ended or removed at the end, in the reverse of the order in which it came. */
export class CleanUp {
	private readonly steps: Array<() => Promise<void> | void> = [];
	private closed = false;

	/** Notes a step. After the end it is taken at once: whatever came too late is not left behind. */
	async add(step: () => Promise<void> | void): Promise<void> {
		if (this.closed) await step();
		else this.steps.push(step);
	}

	/** Takes all steps; one that fails does not keep the others from being taken. */
	async close(): Promise<void> {
		this.closed = true;
		for (let step = this.steps.pop(); step; step = this.steps.pop()) {
			try {
				await step();
			} catch (error) {
				console.error(error);
			}
		}
	}
}

/** Does what opens several things one after the other; when it fails half-way, what was opened is closed again. */
export async function withCleanUp<T>(open: (cleanUp: CleanUp) => Promise<T>): Promise<T> {
	const cleanUp = new CleanUp();
	try {
		return await open(cleanUp);
	} catch (error) {
		await cleanUp.close();
		throw error;
	}
}
