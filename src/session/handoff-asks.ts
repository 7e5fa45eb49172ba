import type { ProviderId } from '../events.ts';
import { cooldownOf } from '../failover/cooldown.ts';
import { verdictOf, type HandoffRule } from '../failover/handoff.ts';
import { ruleText } from '../failover/rule-text.ts';
import type { Steering } from '../failover/steering.ts';
import type { Traits } from '../failover/when.ts';
import type { Router } from '../proxy/router.ts';
import { askText } from '../words/handoff.ts';
import { blocked, type PromptAnswer } from './prompt-lines.ts';
import type { Label } from '../words/label.ts';

/** Where a rule asks before another provider answers: who asked, what was typed, and whether it was typed again. */
export type HandoffAsks = {
  /**
   * @param body what Claude Code posted before it sends a prompt.
   * @param isTyped whether it was surely typed by the person: a prompt that a model has scheduled is nobody's word.
   * @returns the answer that keeps the prompt from being sent, and says why; undefined lets it go.
   */
  onPrompt(body: unknown, isTyped: () => Promise<boolean>): Promise<PromptAnswer | undefined>;
  /** Notices what the main thread's last request holds: the next prompt goes on from there. */
  met(traits: Traits): void;
  /** What is known of a prompt before it is sent. */
  next(prompt: string): Traits;
  /** What the permission mode was in the last hook. */
  mode(): string | undefined;
  onHook(body: unknown): void;
  isGiven(): boolean;
  /** A request with this prompt was held, because nobody could be asked then. */
  held(prompt: string): void;
};

/** Who would answer in Claude's place, and until when Claude cannot. */
export type Instead = { provider: ProviderId; until: number | undefined };

/** So long the same prompt, sent again, is the consent. */
const CONSENT_MS = 5 * 60_000;

export function createHandoffAsks(session: {
  rules: () => readonly HandoffRule[];
  /** Undefined while Claude would answer, and where the user has chosen somebody. */
  instead: () => Instead | undefined;
  label: Label;
  now: () => number;
}): HandoffAsks {
  const { now } = session;
  let asked: { prompt: string; at: number } | undefined;
  let given = false;
  let mode: string | undefined;
  let last: Traits | undefined;
  /** Claude Code's own id of it. */
  let conversation: string | undefined;

  function isAgain(prompt: string): boolean {
    return asked?.prompt === prompt && now() - asked.at <= CONSENT_MS;
  }

  return {
    async onPrompt(body, isTyped) {
      const { prompt: text } = Object(body) as { prompt?: unknown };
      given = false;
      if (typeof text !== 'string') return undefined;
      const prompt = text.trim();
      const instead = session.instead();
      if (instead === undefined) return undefined;
      const { then, rule } = verdictOf(session.rules(), promptTraits(prompt, mode, last), now());
      if (then !== 'ask' && !isAgain(prompt)) return undefined;
      if (isAgain(prompt) && (await isTyped())) {
        asked = undefined;
        given = true;
        return undefined;
      }
      asked = { prompt, at: now() };
      return blocked(askText({ ...instead, rule: ruleText(rule?.when ?? {}) }, session.label, now()));
    },
    met: (traits) => void (last = traits),
    next: (prompt) => promptTraits(prompt, mode, last),
    mode: () => mode,
    onHook(body) {
      const { permission_mode: named, session_id: id } = Object(body) as Record<string, unknown>;
      if (typeof named === 'string') mode = named;
      if (typeof id !== 'string' || id === conversation) return;
      // `/clear` begins another one, which has touched nothing yet.
      if (conversation !== undefined) last = undefined;
      conversation = id;
    },
    isGiven: () => given,
    held: (prompt) => void (asked = { prompt: prompt.trim(), at: now() }),
  };
}

/** What is known of a request before it is made: the prompt, and the conversation as it was. */
function promptTraits(prompt: string, mode: string | undefined, last: Traits | undefined): Traits {
  return {
    agent: undefined,
    family: last?.family,
    mode,
    requestClass: () => 'main',
    thinking: () => last?.thinking() ?? false,
    webSearch: () => last?.webSearch() ?? false,
    tokens: () => last?.tokens() ?? 0,
    paths: () => last?.paths() ?? [],
    prompt: () => prompt,
    // Rules of `handoff` have no examples; `explain` knows how the prompt compares with those of the routes.
    likeness: () => undefined,
    // It begins a turn: what was a chain before is over.
    fitness: () => ((last?.tokens() ?? 0) > 0 ? 'ordinary' : 'self-contained'),
  };
}

/** Who would answer the next prompt in Claude's place because Claude cannot; the user has chosen nobody. */
export function insteadOf(
  own: ProviderId | undefined,
  router: Pick<Router, 'steering' | 'whoIsNext' | 'cooldowns' | 'family'>,
  now: number,
): Instead | undefined {
  const { provider } = router.whoIsNext();
  if (own === undefined || provider === own || router.steering().pinned !== undefined) return undefined;
  return { provider, until: cooldownOf(router.cooldowns(), own, router.family(), now)?.until };
}

/** `ccmux use gemini` is a word for the whole session. */
export function isFallbackChosen({ pinned }: Steering, own: ProviderId | undefined): boolean {
  return pinned !== undefined && pinned.provider !== own;
}
