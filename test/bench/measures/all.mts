import type { Measure } from '../result.mts';
import { manyDocuments } from './documents.mts';
import { growth, manyItems } from './getRun.mts';
import { largeFile, severalFiles } from './largeFiles.mts';
import { loading } from './loading.mts';
import { notice } from './notice.mts';
import { queueMode } from './queueMode.mts';

/** All benchmarks, in the order of the report. */
export const MEASURES: readonly Measure[] = [
	manyDocuments,
	largeFile,
	severalFiles,
	manyItems,
	growth,
	notice,
	loading,
	queueMode,
];
