const { CloudsquidApi } = require('./dist/credentials/CloudsquidApi.credentials.js');
const { Cloudsquid } = require('./dist/nodes/Cloudsquid/Cloudsquid.node.js');
const { CloudsquidTrigger } = require('./dist/nodes/Cloudsquid/CloudsquidTrigger.node.js');

/** The classes that n8n loads from `dist`. */
module.exports = { CloudsquidApi, Cloudsquid, CloudsquidTrigger };
