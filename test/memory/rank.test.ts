import { expect, it } from 'vitest';
import { rankRecords } from '../../src/memory/rank.ts';
import { record } from './recall-contract.ts';
import { createRandom } from './sessions.ts';
import { VOCABULARIES } from './vocabularies.ts';

/** Which records of earlier sessions fit a question, and that none does where none should. */

const random = createRandom(11);
const { chatter: sentence, name: createName, wordings } = VOCABULARIES['a new name in every sentence']!;
const chatter = (count: number) => Array.from({ length: count }, () => record(sentence(random)));
const ask = (prompt: string, surroundings = '') => ({ prompt, surroundings });
const FACT = 'The payments are settled twice when reserveTwice in src/pay/settle.ts:487 runs against the webhook.';

it.each<[what: string, prompt: string, surroundings?: string]>([
  ['an identifier', 'What is wrong with reserveTwice?'],
  ['an identifier in another case', 'what is wrong with RESERVETWICE'],
  ['a file', 'Have a look at settle.ts again.'],
  ['a file with its folders', 'Have a look at /home/ada/shop/src/pay/settle.ts again.'],
  ['a file at hand', 'Go on.', '/home/ada/shop/src/pay/settle.ts\nnpm test'],
  ['two words', 'Why does a payment settle twice?'],
  ['two words with other endings', 'Is there a webhook for payment?'],
])('finds by %s, among few and among many', (_, prompt, surroundings) => {
  for (const others of [0, 3, 30, 400]) {
    const records = [...chatter(others), record(FACT)];
    expect(rankRecords(records, ask(prompt, surroundings), 5).map(({ text }) => text)).toContain(FACT);
  }
});

it.each<[what: string, prompt: string, surroundings?: string]>([
  ['nothing in particular', 'Please go on.'],
  ['another matter', 'Which colour has the logo on the landing page?'],
  ['one word that is the same by chance', 'Does the webhook of the editor have a theme?'],
  ['what all sessions speak of', 'Fix the failing test and tell me what was wrong with the function.'],
  ['a name that is only alike', 'What does reserveThrice do?'],
  ['commands at hand', 'Go on.', 'npm test\ngit status'],
  [
    'many things',
    `I would like to have a new page that lists every customer with the orders of the month, a chart of their sum, and a
     button that exports the table as a spreadsheet. Put it behind the menu, below the invoices, use the colours of the
     other pages, and mind that the payments come from a service which is slow on mondays.`,
  ],
])('finds nothing for %s', (_, prompt, surroundings) => {
  for (const others of [0, 3, 30, 400]) {
    const records = [...chatter(others), record(FACT)];
    expect(rankRecords(records, ask(prompt, surroundings), 5).map(({ text }) => text)).not.toContain(FACT);
  }
});

it('puts the one that was asked for before all others, in any wording', () => {
  for (const wording of Object.values(wordings)) {
    const names = Array.from({ length: 4 }, () => createName(random));
    const facts = names.map((name) => record(wording({ name, value: createName(random) })));
    const records = [...chatter(200), ...facts, ...chatter(200)];
    for (const [i, name] of names.entries()) {
      expect(rankRecords(records, ask(`What do we know of ${name}?`), 3)[0]).toBe(facts[i]);
    }
  }
});

it('reads a full project in a moment', () => {
  const records = chatter(2_000);
  rankRecords(records, ask(FACT), 5);
  const times = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    rankRecords(records, ask(FACT), 5);
    return performance.now() - begin;
  });
  // Some 40 ms; a busy machine takes its time.
  expect(Math.min(...times)).toBeLessThan(250);
});

it.each(['x', 'ü', 'aB', 'a.b', 'a:1'])('takes a moment for a prompt that is one long word of %j', (part) => {
  const prompt = part.repeat(300_000 / part.length);
  const began = performance.now();
  expect(rankRecords([record('settleTwice loses the lock.')], { prompt, surroundings: '' }, 5)).toEqual([]);
  expect(performance.now() - began).toBeLessThan(5_000);
});
