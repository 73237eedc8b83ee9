// Which user agents the package isbot takes for a machine's, for domain/tests/rules: those of known
// crawlers and those of browsers in use, as two other packages list them.
//
// Run from the repository's root:
//   npm install --prefix target/oracles isbot crawler-user-agents user-agents
//   NODE_PATH=target/oracles/node_modules node tests/oracles/agents.js

const { writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { isbot } = require('isbot');
const crawlers = require('crawler-user-agents');
const UserAgent = require('user-agents');

const { version } = require(join(dirname(require.resolve('isbot')), 'package.json'));

// Drawn in equal steps by weight, so that the same package gives the same browsers.
const browsers = [];
for (let share = 0.0005; share < 1; share += 0.002) {
    const random = Math.random;
    Math.random = () => share;
    browsers.push(new UserAgent().userAgent);
    Math.random = random;
}
const agents = [...crawlers.flatMap(({ instances }) => instances), ...browsers];
// One that names a package index says where to download it, which no text of this repository does.
const kept = (agent) => agent.trim() !== '' && !/pypi|npmjs/i.test(agent);
const unique = [...new Set(agents)].filter(kept).sort();
const fixture = { source: `isbot ${version}`, machines: [], others: [] };
for (const agent of unique) {
    (isbot(agent) ? fixture.machines : fixture.others).push(agent);
}
writeFileSync('tests/oracles/fixtures/agents.json', JSON.stringify(fixture, null, 1) + '\n');
console.log(`${fixture.machines.length} machines, ${fixture.others.length} others`);
