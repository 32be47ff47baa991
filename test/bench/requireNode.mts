import { createRequire } from 'node:module';

/** Prints how long it takes to load the built node and its credential in a process that has already loaded `n8n-workflow`. */
const [host = '', folder = ''] = process.argv.slice(2);
createRequire(`${host}/package.json`)('n8n-workflow');
const load = createRequire(`${folder}/package.json`);
const { n8n } = load('./package.json') as { n8n: { nodes: string[]; credentials: string[] } };

const startedAt = performance.now();
for (const file of [...n8n.nodes, ...n8n.credentials]) load(`./${file}`);
console.log(performance.now() - startedAt);
