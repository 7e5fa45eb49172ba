/** The project of the memory's scene: a payment module that charges an order twice when two clients pay at once. */

export const PAYMENT_PROJECT: Record<string, string> = {
  'package.json':
    '{\n  "name": "payments",\n  "private": true,\n  "type": "module",\n  "scripts": { "test": "node --test" }\n}\n',
  'src/settings.js': `export const settings = { pool: 10, retries: 3, timeout: 2000 };
`,
  'src/store.js': `// A database, as far as this example needs one: every call takes 3 ms on one connection of the pool.
import { settings } from './settings.js';

const rows = new Map();
const began = performance.now();
let busy = 0;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const trace = (what) => process.env.TRACE && console.log(\`\${Math.round(performance.now() - began)} ms \${what}\`);

async function onConnection(work) {
  while (busy >= settings.pool) await wait(1);
  busy += 1;
  await wait(3);
  busy -= 1;
  return work();
}

export const store = {
  read: (order) =>
    onConnection(() => {
      const state = rows.get(order) ?? 'open';
      trace(\`\${order} read: \${state}\`);
      return state;
    }),
  write: (order, state) =>
    onConnection(() => {
      trace(\`\${order} written: \${state}\`);
      rows.set(order, state);
    }),
  /** Writes only what still has the state \`from\`. Answers whether it did. */
  replace: (order, from, to) =>
    onConnection(() => {
      if ((rows.get(order) ?? 'open') !== from) return false;
      rows.set(order, to);
      return true;
    }),
};
`,
  'src/ledger.js': `import { store } from './store.js';

/** Takes an order for one payment. Answers false if another payment has it. */
export async function claim(order) {
  const state = await store.read(order);
  if (state !== 'open') return false;
  await store.write(order, 'claimed');
  return true;
}
`,
  'src/gateway.js': `// The bank, as far as this example needs one.
import { settings } from './settings.js';

export const charged = [];

export async function charge(order) {
  for (let attempt = 0; attempt <= settings.retries; attempt += 1) {
    const answer = await Promise.race([
      new Promise((done) => setTimeout(done, 2, 'ok')),
      new Promise((done) => setTimeout(done, settings.timeout, 'too late').unref()),
    ]);
    if (answer !== 'ok') continue;
    charged.push(order);
    return true;
  }
  return false;
}
`,
  'src/settle.js': `import { charge } from './gateway.js';
import { claim } from './ledger.js';

export async function settle(order) {
  if (!(await claim(order))) return false;
  return charge(order);
}
`,
  'load.js': `// Two clients pay order 4711 at once. One setting may be changed: node load.js pool=50
import { charged } from './src/gateway.js';
import { settings } from './src/settings.js';
import { settle } from './src/settle.js';

const change = process.argv[2] ?? 'as it is';
const [name, value] = change.split('=');
if (value) settings[name] = Number(value);
await Promise.all([settle('4711'), settle('4711')]);
console.log(\`\${change}: order 4711 charged \${charged.length === 1 ? 'once' : 'twice'}\`);
process.exitCode = charged.length === 1 ? 0 : 1;
`,
  'test/settle.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { charged } from '../src/gateway.js';
import { settle } from '../src/settle.js';

test('an order is charged once', async () => {
  await Promise.all([settle('4711'), settle('4711')]);
  assert.equal(charged.length, 1);
});
`,
};

/** Where the race is, and what ends it. */
export const CLAIM = {
  racy: `  const state = await store.read(order);
  if (state !== 'open') return false;
  await store.write(order, 'claimed');
  return true;`,
  mended: `  return store.replace(order, 'open', 'claimed');`,
};
