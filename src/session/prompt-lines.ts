import { didYouMean } from '../config/nearest.ts';
import { INSIDE_CLAUDE } from '../report/inside-claude.ts';
import { confirmUse } from '../words/steer.ts';
import type { LiveState } from '../state/live.ts';
import { MEMORY_OFF, MEMORY_ON, notesText } from '../words/memory.ts';
import { budgetText, readAmount } from '../words/money.ts';
import { consentParts, NO_CONSENT } from '../words/consent.ts';
import { labelsOf } from '../words/label.ts';

/** The `UserPromptSubmit` hook's answer that blocks a prompt: Claude Code shows `reason` and sends nothing. */
export type PromptAnswer = {
  decision: 'block';
  reason: string;
  hookSpecificOutput: { hookEventName: 'UserPromptSubmit'; suppressOriginalPrompt: true };
};

/** The session's functions for prompt lines. */
export type PromptSession = {
  live: () => LiveState;
  /** @returns why not, or undefined. */
  use: (provider: string, only: boolean) => string | undefined;
  /** @returns why not, or undefined. */
  allow: (provider: string) => string | undefined;
  forbid: () => void;
  /** Why the last request went where it went, and what would become of a prompt; '' is any. */
  explain: (prompt: string) => Promise<string>;
  /** Whether notes are written. @returns why not, or undefined. */
  memory: (on: boolean) => string | undefined;
  /** Lets the session spend more, US dollars. @returns why not, or undefined. */
  lift: (usd: number) => string | undefined;
};

/** A command that can be typed as a prompt: the form of its arguments, and what it answers. */
type PromptLine = { args: RegExp; run(session: PromptSession, args: string[]): string | Promise<string> };

/** Not loaded at the start: the libraries that measure and wrap text take 10 ms. */
export const loadStatusText = () => import('../report/status-text.ts');

const ID = '[a-z][a-z0-9_-]*';
const HOW_TO_USE = 'Name who is to answer: ccmux use <provider>, or ccmux use auto. Who there is: ccmux status';
const HOW_TO_ALLOW = 'Name whose commands may run: ccmux allow <provider>. To take it back: ccmux allow none';

/**
 * Every subcommand that is answered when it is typed as a prompt. A line with other arguments is a sentence that begins
 * like a command, and goes to the model.
 */
const PROMPT_LINES: Record<string, PromptLine> = {
  status: {
    args: /^$/,
    async run({ live }) {
      const { renderStatus } = await loadStatusText();
      return renderStatus(live(), { ...INSIDE_CLAUDE, color: false }).trimEnd();
    },
  },
  report: {
    args: /^$/,
    async run({ live }) {
      const { renderReport } = await import('../report/text.ts');
      const { summary, now } = live();
      return renderReport(summary, { ...INSIDE_CLAUDE, color: false, now, running: true }).trimEnd();
    },
  },
  memory: {
    args: /^(show( --note)?|on|off)?$/,
    run({ live, memory }, [what]) {
      if (what === 'on' || what === 'off') {
        const refusal = memory(what === 'on');
        return refusal ?? (what === 'on' ? MEMORY_ON : MEMORY_OFF);
      }
      const { summary, providers } = live();
      return notesText(summary.notes ?? [], labelsOf(providers));
    },
  },
  use: {
    args: new RegExp(`^(${ID}( --only)?)?$`),
    async run({ use, live }, [provider, only]) {
      if (provider === undefined) return HOW_TO_USE;
      if (provider === 'auto' && only !== undefined)
        return '--only needs a provider to keep to: ccmux use <provider> --only';
      const refusal = use(provider, only !== undefined);
      return refusal === undefined ? confirmUse(live()) : suggesting(refusal, provider, live());
    },
  },
  allow: {
    args: new RegExp(`^(${ID})?$`),
    async run({ allow, forbid, live }, [provider]) {
      if (provider === undefined) return HOW_TO_ALLOW;
      if (provider === 'none') {
        forbid();
        return NO_CONSENT;
      }
      const refusal = allow(provider);
      return refusal === undefined
        ? consentParts(provider, labelsOf(live().providers)).join(' · ')
        : suggesting(refusal, provider, live());
    },
  },
  explain: {
    // Without the quotes it would be a sentence that begins like a command. A prompt may hold quotes of its own.
    args: /^(["'“].*["'”])?$/,
    run: ({ explain }, words) => explain(words.join(' ').slice(1, -1).trim()),
  },
  budget: {
    args: /^(\+\$?\d+(\.\d{1,2})?)?$/,
    run({ lift, live }, [add]) {
      const usd = add === undefined ? undefined : readAmount(add);
      if (add !== undefined && usd === undefined) return `${add} is no amount that can be added at once: +5, +2.50`;
      return (usd === undefined ? undefined : lift(usd)) ?? budgetText(live().budget);
    },
  },
};

/** The refusal, with the provider that a misspelt name probably means. */
async function suggesting(refusal: string, typed: string, { providers }: LiveState): Promise<string> {
  const ids = providers.map(({ id }) => id);
  return ids.includes(typed) ? refusal : `${refusal}${await didYouMean(typed, ids)}`;
}

/** True if only the user may give this command, so that the sender must be checked. */
export function isConsent(prompt: unknown): boolean {
  return typeof prompt === 'string' && /^\s*ccmux[ \t]+(?:allow\b|budget[ \t]+\+|memory[ \t]+on\b)/i.test(prompt);
}

/**
 * Answers a prompt that is exactly one ccmux command line: it costs no request and is no turn. Consent is given in this
 * way, because a prompt is what only the user can type.
 * @returns undefined for every other prompt, which is sent.
 */
export async function answerPrompt(prompt: unknown, session: PromptSession): Promise<PromptAnswer | undefined> {
  if (typeof prompt !== 'string') return undefined;
  const [, name = '', args = ''] = /^ccmux[ \t]+([a-z]+)(?:[ \t]+([^\n]*))?$/.exec(prompt.trim()) ?? [];
  const line = Object.hasOwn(PROMPT_LINES, name) ? PROMPT_LINES[name] : undefined;
  // A provider's name in any case, `Gemini`, stands for its id.
  const words = args
    .toLowerCase()
    .split(/[ \t]+/)
    .filter((word) => word !== '');
  if (line === undefined && name !== '' && words.length === 0) return answerMisspelt(name);
  if (!line?.args.test(words.join(' '))) return undefined;
  return blocked(await line.run(session, words));
}

/** Two words, the second almost a command: as a prompt it would cost an answer that nobody wants. */
async function answerMisspelt(name: string): Promise<PromptAnswer | undefined> {
  const names = Object.keys(PROMPT_LINES).map((one) => `ccmux ${one}`);
  const meant = await didYouMean(`ccmux ${name}`, names, 2);
  return meant === '' ? undefined : blocked(`ccmux ${name} is no command, and was not sent.${meant}`);
}

/** Keeps a prompt from being sent; it returns to the input line. */
export function blocked(reason: string): PromptAnswer {
  const hookSpecificOutput = { hookEventName: 'UserPromptSubmit', suppressOriginalPrompt: true } as const;
  return { decision: 'block', reason, hookSpecificOutput };
}
