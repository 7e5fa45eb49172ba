import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { handoffRules, moreHeld, overflow, routeList, type HandoffInFile } from '../../src/config/rules.ts';
import { inYaml } from '../../src/config/template.ts';

describe('rules in a flag', () => {
  it.each([
    ['hold paths=payments/**,auth/**', [{ when: { paths: ['payments/**', 'auth/**'] }, then: 'hold' }]],
    [
      'ask prompt=security review,incident & mode=plan; go chain=self-contained',
      [
        { when: { prompt: ['security review', 'incident'], mode: ['plan'] }, then: 'ask' },
        { when: { chain: 'self-contained' }, then: 'go' },
      ],
    ],
    [
      'hold thinking=true & context=>200k & hours=09:00-18:00',
      [{ when: { thinking: true, context: '>200k', hours: '09:00-18:00' }, then: 'hold' }],
    ],
  ])('%s', (text, value) => {
    expect(handoffRules.parse(text)).toEqual({ ok: true, value });
    expect(handoffRules.check(z).parse(value)).toEqual(value);
  });

  it.each([
    ['keep paths=x', 'rules such as'],
    ['hold', 'rules such as'],
    ['hold path=x', 'conditions such as'],
    ['hold class=mian', 'some of main'],
    ['hold thinking=maybe', 'true or false'],
    ['hold hours=9-18', 'local time such as'],
    ['hold context=200k', 'a number of tokens such as'],
    ['hold chain=short', 'one of self-contained'],
    ['hold like=a security review', 'conditions such as'],
    ['', 'rules such as'],
    ['hold paths=payments/** & paths=auth/**', 'each condition once: paths='],
    ['hold paths= , ', 'a list of words'],
  ])('%j is none: %s', (text, expected) => {
    const parsed = handoffRules.parse(text);
    expect(parsed.ok ? '' : parsed.expected).toContain(expected);
  });
});

test('a route in a flag', () => {
  expect(routeList.parse('class=auxiliary -> gemini,claude; agent=Explore->local')).toEqual({
    ok: true,
    value: [
      { when: { class: ['auxiliary'] }, order: ['gemini', 'claude'] },
      { when: { agent: ['Explore'] }, order: ['local'] },
    ],
  });
  expect(routeList.parse('like=summarise this log,sum it up & class=main -> gemini')).toEqual({
    ok: true,
    value: [{ when: { like: ['summarise this log', 'sum it up'], class: ['main'] }, order: ['gemini'] }],
  });
  for (const none of [
    'class=auxiliary',
    'class=auxiliary ->',
    'class=auxiliary -> ,',
    'class=auxiliary -> gemini -> claude',
  ])
    expect(routeList.parse(none).ok).toBe(false);
  expect(routeList.parse('klass=auxiliary -> gemini')).toMatchObject({ ok: false, near: 'klass' });
});

test('only a route has examples: what nobody else may answer does not hang on a likeness', () => {
  const when = { like: 'a security review' };
  expect(routeList.check(z).safeParse([{ when, order: ['gemini'] }]).success).toBe(true);
  expect(handoffRules.check(z).safeParse([{ when, then: 'hold' }]).success).toBe(false);
  expect(routeList.read([{ when, order: ['gemini'] }])).toEqual([{ when: { like: [when.like] }, order: ['gemini'] }]);
});

test('what a file has is what the program reads, and is shown again as the file has it', () => {
  const when = { class: 'auxiliary', context: '>200k', hours: '22:30-06:05', agent: ['Explore'] };
  const [route] = routeList.read([{ when, order: ['gemini'], models: { default: 'flash' } }]);
  expect(route).toEqual({
    when: { class: ['auxiliary'], agent: ['Explore'], context: { above: 200_000 }, hours: { from: 1350, to: 365 } },
    order: ['gemini'],
    models: { default: 'flash' },
  });
  expect(routeList.show!([route!])).toMatchObject([{ when: { context: '>200000', hours: '22:30-06:05' } }]);
  expect(handoffRules.read([{ when: { context: '<1m' }, then: 'ask' }])).toEqual([
    { when: { context: { below: 1_000_000 } }, then: 'ask' },
  ]);
});

test.each([
  ['at=90%,until=80%,move=auxiliary+subagents', { at: 0.9, until: 0.8, move: ['auxiliary', 'subagents'] }],
  ['at=75%', { at: 0.75, until: 0.65, move: ['auxiliary', 'subagents'] }],
  ['move=main', { at: 0.9, until: 0.8, move: ['main'] }],
  ['at=10%', { at: 0.1, until: 0.05, move: ['auxiliary', 'subagents'] }],
  // Whatever is typed, nothing returns above where it moves.
  ['at=50%,until=70%', { at: 0.5, until: 0.5, move: ['auxiliary', 'subagents'] }],
])('overflow %s', (text, value) => {
  const parsed = overflow.parse(text);
  const read = parsed.ok ? overflow.read(parsed.value) : undefined;
  expect({ ...read, until: Math.round(read!.until * 100) / 100 }).toEqual(value);
});

test.each(['at=90', 'at=0.9', 'at=101%', 'move=everything', 'mvoe=main', ''])('overflow %j is none', (text) => {
  expect(overflow.parse(text).ok).toBe(false);
});

test.each<[what: string, wanted: HandoffInFile[], own: HandoffInFile[], kept: number, refused: number]>([
  ['more that is held', [{ when: { mode: 'plan' }, then: 'hold' }], [], 1, 0],
  ['what lets go', [{ when: {}, then: 'go' }], [{ when: { mode: 'plan' }, then: 'hold' }], 1, 1],
  ['nothing', [], [{ when: { mode: 'plan' }, then: 'hold' }], 1, 0],
  ['the same', [{ when: { mode: 'plan' }, then: 'hold' }], [{ when: { mode: 'plan' }, then: 'hold' }], 1, 0],
])('a project’s file adds to the rules and takes none away: %s', (_what, wanted, own, kept, refused) => {
  const verdict = moreHeld(wanted, own);
  expect(verdict.kept).toHaveLength(kept);
  expect(verdict.kept).toEqual(expect.arrayContaining(own));
  expect(verdict.refused).toHaveLength(refused);
});

test.each([
  [[{ when: { paths: ['payments/**'] }, then: 'hold' }], '[{ when: { paths: [payments/**] }, then: hold }]'],
  [{ context: '>200k', hours: '09:00-18:00' }, '{ context: ">200k", hours: 09:00-18:00 }'],
  ['**/x', '"**/x"'],
  ['a, b', '"a, b"'],
  [true, 'true'],
])('%j stands in YAML as %s', (value, text) => {
  expect(inYaml(value)).toBe(text);
});
