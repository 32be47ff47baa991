const { TestEnvironment } = require('jest-environment-node');

/** Gives tests the real `process`, so that what they started ends with it even if they are interrupted. */
module.exports = class extends TestEnvironment {
	async setup() {
		await super.setup();
		// Each suite adds listeners.
		process.setMaxListeners(50);
		this.global.process = process;
	}
};
