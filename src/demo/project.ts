/** The demo's project: four small files that sell one seat to several buyers at once. */

export const PROJECT: Record<string, string> = {
  'package.json':
    '{\n  "name": "seats",\n  "private": true,\n  "type": "module",\n  "scripts": { "test": "node --test" }\n}\n',
  'src/store.js': `// A database, as far as this example needs one: every call takes a moment.
const owners = new Map();
const moment = () => new Promise((done) => setTimeout(done, 2));

export const store = {
  async get(seat) {
    await moment();
    return owners.get(seat);
  },
  async put(seat, owner) {
    await moment();
    owners.set(seat, owner);
  },
};
`,
  'src/reserve.js': `import { store } from './store.js';

export async function reserve(seat, buyer) {
  const owner = await store.get(seat);
  if (owner) return false;
  await store.put(seat, buyer);
  return true;
}
`,
  'src/transfer.js': `import { store } from './store.js';

export async function transfer(seat, from, to) {
  const owner = await store.get(seat);
  if (owner !== from) return false;
  await store.put(seat, to);
  return true;
}
`,
  'stampede.js': `import { reserve } from './src/reserve.js';

const buyers = Array.from({ length: 12 }, (_, index) => \`buyer \${index + 1}\`);
const answers = await Promise.all(buyers.map((buyer) => reserve('14C', buyer)));
console.log(\`\${answers.filter(Boolean).length} of 12 buyers got seat 14C\`);
`,
};

export const IN_TURN = `const queues = new Map();

/** Runs work for one key in the order it came; other keys do not wait. */
export function inTurn(key, work) {
  const before = queues.get(key) ?? Promise.resolve();
  const mine = before.then(work);
  queues.set(
    key,
    mine.catch(() => {}),
  );
  return mine;
}
`;

export const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reserve } from '../src/reserve.js';
import { transfer } from '../src/transfer.js';

const count = (answers) => answers.filter(Boolean).length;

test('a seat is sold once, however many ask at once', async () => {
  const buyers = Array.from({ length: 50 }, (_, index) => \`buyer \${index}\`);
  assert.equal(count(await Promise.all(buyers.map((buyer) => reserve('1A', buyer)))), 1);
});

test('a seat is handed on once', async () => {
  await reserve('2B', 'ann');
  assert.equal(count(await Promise.all([transfer('2B', 'ann', 'bob'), transfer('2B', 'ann', 'cy')])), 1);
});
`;
