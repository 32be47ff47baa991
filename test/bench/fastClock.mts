/**
 * Speeds up the clock of an n8n process, as far as the Cloudsquid node uses it: a module to load with `--import`. The
 * variable CLOCK_SPEED says how many times as fast it is.
 */
const speed = Number(process.env.CLOCK_SPEED);
const { now } = Date;
const startedAt = now();
Date.now = () => startedAt + Math.round((now() - startedAt) * speed);

const { timeout } = AbortSignal;
AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, Math.ceil(milliseconds / speed));
