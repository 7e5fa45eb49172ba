import { expect, it } from 'vitest';
import { answerPrompt, isConsent, type PromptSession } from '../../src/session/prompt-lines.ts';
import { live } from '../cli/running-session.ts';

/** What was asked of the session, and what the prompt was answered with. */
async function typed(prompt: unknown, refusal?: string): Promise<{ asked: unknown[]; reason: string | undefined }> {
  const asked: unknown[] = [];
  const session: PromptSession = {
    live: () => live,
    use: (...order) => (asked.push(['use', ...order]), refusal),
    allow: (provider) => (asked.push(['allow', provider]), refusal),
    forbid: () => void asked.push(['forbid']),
    explain: async (about) => (asked.push(['explain', about]), 'Last request'),
    lift: (usd) => (asked.push(['lift', usd]), refusal),
    memory: (on) => (asked.push(['memory', on]), refusal),
  };
  const answer = await answerPrompt(prompt, session);
  if (answer) expect(answer.decision).toBe('block');
  return { asked, reason: answer?.reason };
}

it.each<[string, unknown[], RegExp]>([
  ['ccmux status', [], /^Session 20261122-140000-3f2a/],
  ['ccmux report', [], /^Session .+\n[^]*still running/],
  ['  ccmux use gemini\n', [['use', 'gemini', false]], /answers next/],
  ['ccmux use Gemini', [['use', 'gemini', false]], /answers next/],
  ['ccmux\tuse  claude --only', [['use', 'claude', true]], /./],
  ['ccmux use auto', [['use', 'auto', false]], /./],
  ['ccmux use auto --only', [], /--only needs a provider/],
  ['ccmux use', [], /ccmux use <provider>/],
  ['ccmux allow gemini', [['allow', 'gemini']], /^Gemini's commands run without a question/],
  ['ccmux allow GEMINI', [['allow', 'gemini']], /^Gemini's commands run without a question/],
  ['ccmux allow none', [['forbid']], /needs your approval again/],
  ['ccmux allow', [], /ccmux allow <provider>/],
  ['ccmux explain', [['explain', '']], /Last request/],
  ['ccmux explain "The  incident"', [['explain', 'the incident']], /Last request/],
  ['ccmux explain "what does "foo" do"', [['explain', 'what does "foo" do']], /Last request/],
  ["ccmux explain 'the incident'", [['explain', 'the incident']], /Last request/],
  ['ccmux explain “the incident”', [['explain', 'the incident']], /Last request/],
  ['ccmux explain ""', [['explain', '']], /Last request/],
  ['ccmux memory', [], /^No note was sent/],
  ['ccmux memory show', [], /^No note was sent/],
  ['ccmux memory off', [['memory', false]], /^No note is written in this session from now on/],
  ['ccmux memory on', [['memory', true]], /^Notes are written in this session again/],
  ['ccmux budget', [], /spent in this session|no budget/],
  ['ccmux budget +5', [['lift', 5]], /spent in this session|no budget/],
  ['ccmux budget +$2.50', [['lift', 2.5]], /./],
  ['ccmux budget +5000', [], /no amount/],
])('%j is a command', async (prompt, asked, reason) => {
  expect(await typed(prompt)).toEqual({ asked, reason: expect.stringMatching(reason) });
});

it.each([
  ['ccmux statsu', 'ccmux status'],
  ['ccmux stauts', 'ccmux status'],
  ['  ccmux reports\n', 'ccmux report'],
  ['ccmux budgte', 'ccmux budget'],
  ['ccmux explian', 'ccmux explain'],
])('%j is almost a command: it is not sent', async (prompt, meant) => {
  const { asked, reason } = await typed(prompt);
  expect(asked).toEqual([]);
  expect(reason).toBe(`${prompt.trim()} is no command, and was not sent. Did you mean ${meant}?`);
});

it('a refusal is the answer', async () => {
  expect((await typed('ccmux allow gemini', 'not now')).reason).toBe('not now');
  expect((await typed('ccmux use gemini', 'not now')).reason).toBe('not now');
  expect((await typed('ccmux use gemni', 'not now.')).reason).toBe('not now. Did you mean gemini?');
  expect((await typed('ccmux allow gemni', 'not now.')).reason).toBe('not now. Did you mean gemini?');
});

it.each([
  'ccmux',
  'ccmux allow gemini please',
  'ccmux allow gemini, and go on',
  'please run ccmux allow gemini',
  'ccmux allow gemini\nand go on',
  'ccmux use gemini --always',
  'ccmux status now',
  'ccmux explain the incident',
  'ccmux memory show me',
  'ccmux memory on and on',
  'ccmux memory forget everything',
  'ccmux budget 5',
  'ccmux budget -5',
  'ccmux budget +5 please',
  'ccmux report last week',
  'ccmux toString',
  'ccmux-allow gemini',
  '',
  'ccmux doctor',
  'ccmux statsu now',
  'ccmux statsu of the fleet?',
  'ccmux test',
  'ccmux docs',
  undefined,
  7,
])('%j goes to the model', async (prompt) => {
  expect(await typed(prompt)).toEqual({ asked: [], reason: undefined });
});

it.each([
  ['ccmux allow gemini', true],
  ['ccmux budget +5', true],
  ['ccmux memory on', true],
  ['ccmux memory off', false],
  ['ccmux memory only', false],
  ['ccmux budget', false],
  ['\n ccmux  allow none', true],
  ['ccmux use gemini', false],
  ['say: ccmux allow gemini', false],
  [undefined, false],
])('%j asks for what only a person may: %s', (prompt, wanted) => expect(isConsent(prompt)).toBe(wanted));
