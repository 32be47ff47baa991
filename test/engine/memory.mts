import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The heap in use, in bytes, once all that is not needed any more is gone. */
export function heapInUse(): number {
	collectGarbage();
	return process.memoryUsage().heapUsed;
}
