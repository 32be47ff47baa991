/** The node's operations, as its parameters select them. */
export const extract = { resource: 'document', operation: 'extract' };
export const extractSync = { ...extract, extractMode: 'sync' };
export const upload = { resource: 'document', operation: 'upload' };
export const startRun = { resource: 'run', operation: 'start' };
export const startAndWait = { ...startRun, waitForCompletion: true };
export const getRun = { resource: 'run', operation: 'get' };
export const waitForRun = { ...getRun, waitForCompletion: true };
export const reconcile = { resource: 'reconciliation', operation: 'reconcile' };
export const createTask = { resource: 'reconciliation', operation: 'createTask' };
export const updateSettings = { resource: 'table', operation: 'updateSettings' };
export const getProjects = { resource: 'project', operation: 'getAll' };
export const getFile = { resource: 'projectFile', operation: 'get' };
export const getFiles = { resource: 'projectFile', operation: 'getAll' };
export const uploadFile = { resource: 'projectFile', operation: 'upload' };
export const download = {
	resource: 'projectFile',
	operation: 'download',
	binaryPropertyName: 'data',
};
