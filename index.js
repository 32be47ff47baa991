/** The classes n8n loads from `dist`, for whoever wants to `require` this package. */
module.exports = {
	...require('./dist/credentials/CloudsquidApi.credentials.js'),
	...require('./dist/nodes/Cloudsquid/Cloudsquid.node.js'),
};
