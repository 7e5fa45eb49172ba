import { expect, it, test } from 'vitest';
import { comparingWords } from '../../src/meaning/by-words.ts';
import { likenessIn, onlyTags } from '../../src/meaning/compared.ts';
import { gramsOf, likenessOf } from '../../src/meaning/grams.ts';
import { meantBy } from '../../src/meaning/meant.ts';
import { kindsOfWork } from '../../src/meaning/work.ts';
import { ownWords } from '../../src/meaning/own-words.ts';

it.each<[what: string, scores: number[], meant: number | undefined]>([
  ['the only one', [0.7, 0.1], 0],
  ['the best by far', [0.2, 0.8, 0.4], 1],
  ['nobody', [0.3, 0.1], undefined],
  ['two alike', [0.7, 0.7], undefined],
  ['two nearly alike', [0.7, 0.5], undefined],
  ['a route alone', [0.38], 0],
  ['no route at all', [], undefined],
])('means %s: %j', (_what, scores, meant) => {
  const all = scores.map((score) => ({ nearest: score, counts: score }));
  expect(meantBy(all, 0.38)).toBe(meant);
});

it('means none of two that are alike, also where only one of them counts in full', () => {
  const scores = [
    { nearest: 0.7, counts: 0.35 },
    { nearest: 0.8, counts: 0.8 },
  ];
  expect(meantBy(scores, 0.38)).toBeUndefined();
});

const LOGS = ['summarise this log', 'what does this stack trace say', 'explain this error message'];
const COMMITS = ['write a commit message', 'draft a pull request description', 'write the release notes'];

// oxfmt-ignore
test.each<[what: string, sets: string[][], onlyTags: boolean[]]>([
  ['routes of their own', [LOGS, COMMITS], [false, false]],
  ['a route without others', [['summarise this log', 'translate the page']], [false]],
  ['one example each, of different things', [['summarise this log'], ['write a commit message']], [false, false]],
  ['one example each, of the same', [['summarise this log'], ['please summarise this log file']], [true, true]],
  ['half of the examples are of the other', [['summarise this log', 'write a good commit message'], COMMITS], [true, false]],
  ['one of three is of the other', [[...LOGS.slice(0, 2), 'write a good commit message'], COMMITS], [false, false]],
  ['the same examples in other words', [LOGS, LOGS.map((one) => `please ${one}`)], [true, true]],
])('judges by leaving one out: %s', (_what, sets, expected) => {
  expect(comparingWords(sets)('anything').sets.map(onlyTags)).toEqual(expected);
});

it('tells how like the examples of the meant route a prompt is, and of no other', () => {
  const compared = comparingWords([LOGS, COMMITS])('Could you summarise the log?');
  expect(likenessIn(compared, LOGS)).toEqual({ score: compared.sets[0]!.score, by: 'words', onlyTags: false });
  expect(likenessIn(compared, COMMITS)).toBeUndefined();
  expect(likenessIn(comparingWords([LOGS, COMMITS])('run the linter'), LOGS)).toBeUndefined();
});

test.each([
  ['the same', 'summarise this log', 'Summarise this log!', 1],
  ['accents and case', 'résume ce journal', 'RESUME CE JOURNAL', 1],
  ['width', 'ログを要約', 'ﾛｸﾞを要約', 1],
  ['nothing in common', 'summarise this log', 'déploie', 0],
  ['no words at all', '…', '…', 0],
])('compares %s', (_what, a, b, expected) => {
  expect(likenessOf(gramsOf(a), gramsOf(b))).toBeCloseTo(expected);
});

test.each([
  ['another form of the word', 'summarise', 'summary', 'submarine'],
  ['a word in a word', 'Stacktrace', 'stack trace', 'tracking'],
  ['a particle at the word', '로그를 요약', '로그 요약', '로그인 화면'],
  ['an article at the word', 'ترجم النص', 'ترجم نصا', 'أصلح الزر'],
  ['a word among others without blanks', '翻訳してください', 'この文章を英語に翻訳して', 'テストを実行してください'],
])('finds %s', (_what, text, near, far) => {
  const to = (other: string) => likenessOf(gramsOf(other), gramsOf(text));
  expect(to(near)).toBeGreaterThan(0.15);
  expect(to(near)).toBeGreaterThan(1.5 * to(far));
});

test.each([
  ['fix the crash and delete the log', ['fix', 'remove']],
  ['the deleted address', ['remove']],
  ['summarise these changes', []],
  ['what does the build say', []],
  ['lösche die Datei', ['remove']],
  ['für die Änderungen', []],
  ['добавьте тест', ['make']],
  ['このログを削除して', ['remove']],
  ['构建失败了，修复一下', ['fix']],
  ['로그를 삭제해 줘', ['remove']],
  ['أصلح الخطأ', ['fix']],
  ['undo the last commit', ['undo']],
  ['deshaz el commit', ['undo']],
  ['撤销上一个提交', ['undo']],
  ['前のコミットを元に戻して', ['undo']],
])('%s asks for %j', (text, kinds) => {
  expect([...kindsOfWork(text)]).toEqual(kinds);
});

it.each([
  ['summarise the log', true],
  ['delete the log', false],
  ['summarise the log and fix the bug behind it', false],
  ['write a parser for the log', false],
  ['undo the log', false],
])('takes %j for one like "summarise this log": %s', (prompt, isLike) => {
  expect(comparingWords([['summarise this log']])(prompt).meant === 0).toBe(isLike);
});

test.each([
  ['a fenced block', 'explain this\n```ts\nconst x = read();\n```\nplease', 'explain this\n\n\nplease'],
  ['a fence that is not closed', 'explain this\n```\nconst x', 'explain this'],
  [
    'a stack trace',
    'TypeError: x is not a function\n    at read (a.js:1:1)\n\tat com.acme.Pool\nCaused by: y\nwhat is it',
    'what is it',
  ],
  ['a trace of Python', 'Traceback (most recent call last):\n  File "a.py", line 3\nKeyError: 1\nwhy?', 'why?'],
  ['a log', '2026-03-02T08:11:04Z INFO up\n[08:11:05] down\nERROR gone\nsum it up', 'sum it up'],
  ['a diff', 'diff --git a/x b/x\n@@ -1 +1 @@\n- a\n+ b\n--- a/x\nwrite the message', 'write the message'],
  ['code', 'what does this do\nconst x = 1;\nif (x) {\n}', 'what does this do'],
  [
    'names and quotations',
    'translate "sign in" and `save` in src/a/b.ts, see https://example.com',
    'translate   and   in   see',
  ],
  ['a name between signs without blanks', '把README.md翻译成英文', '把 翻译成英文'],
])('leaves out %s', (_what, prompt, said) => {
  expect(ownWords(prompt)).toBe(said);
});

it('reads the beginning and the end of a long prompt', () => {
  const said = ownWords(`begin ${'word '.repeat(5_000)} end`);
  expect(said).toMatch(/^begin .* end$/s);
  expect(said.length).toBeLessThan(2_000);
});

it.each(['“', '„', '«', '「', '`', '"'])('reads a row of %s as fast as words', (mark) => {
  const fastest = Math.min(
    ...[1, 2, 3].map(() => {
      const began = performance.now();
      ownWords(mark.repeat(16_000));
      return performance.now() - began;
    }),
  );
  // From each mark to the end of the row it would be 180 ms.
  expect(fastest).toBeLessThan(40);
});
