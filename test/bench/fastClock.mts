/**
 * Speeds up the clock functions that the Cloudsquid node uses in an n8n process. Load it with `--import`. The environment
 * variable CLOCK_SPEED is the factor.
 */
const speed = Number(process.env.CLOCK_SPEED);
const { now } = Date;
const startedAt = now();
Date.now = () => startedAt + Math.round((now() - startedAt) * speed);

const { timeout } = AbortSignal;
AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, Math.ceil(milliseconds / speed));
