import { needsApproval, readToolCall, type ToolCall } from '../claude/approval.ts';
import type { Bus, EventOf, ProviderId } from '../events.ts';
import { cooldownOf, soonestReset } from '../failover/cooldown.ts';
import type { SafetyChecks } from '../failover/situation.ts';
import type { Router } from '../proxy/router.ts';
import { approvalText } from '../words/consent.ts';
import { labelsOf } from '../words/label.ts';

/** What a `PreToolUse` hook answers to Claude Code (its hooks page). */
export type ToolCallAnswer = {
  hookSpecificOutput: {
    hookEventName: 'PreToolUse';
    permissionDecision: 'ask' | 'allow';
    permissionDecisionReason: string;
  };
};

export type Approvals = {
  /** Remembers the permission mode, which every hook's input names. */
  onHook(body: unknown): void;
  /** @param body what Claude Code posted before a call. @returns undefined: Claude Code decides by itself. */
  onToolCall(body: unknown): ToolCallAnswer | undefined;
  /** The user lets this provider's calls run until Claude answers again. @returns why not, or undefined. */
  allow(provider: ProviderId, by: EventOf<'consent-give'>['by']): string | undefined;
  /** Ends every such consent. */
  forbid(): void;
  /** The providers whose calls run without a question now. */
  allowed(): ProviderId[];
  /** The providers about whose calls the user is asked now. */
  asks(): ProviderId[];
};

/**
 * In auto mode Claude checks each action, usually in the answer that proposes it. A fallback's proposal is unchecked,
 * and the fallback must not judge itself, so Claude Code's own permission prompt asks the user.
 *
 * @param session.rules reads the user's own allow rules, which "don't ask again" extends.
 * @param session.proposerOf which fallback made a call; undefined: Claude did.
 * @param session.serving who answers the conversation next.
 * @param session.backAt when Claude can be asked again, epoch milliseconds; undefined: nobody knows.
 */
export function createApprovals(session: {
  bus: Bus;
  /** Read each time: the configuration may become stricter while the session runs. */
  settings: { readonly safetyChecks: SafetyChecks };
  rules: () => readonly string[];
  providers: readonly { id: ProviderId; label: string; own: boolean }[];
  proposerOf: (call: string) => ProviderId | undefined;
  serving: () => ProviderId;
  backAt: () => number | undefined;
  now: () => number;
}): Approvals {
  const { bus, settings, providers, now } = session;
  const consented = new Set<ProviderId>();
  const provider = (id: ProviderId) => providers.find((one) => one.id === id);
  const label = labelsOf(providers);
  let rules: readonly string[] = [];
  let mode: unknown;

  function end(): void {
    for (const id of consented) bus.emit({ type: 'consent-end', provider: id });
    consented.clear();
  }

  /** The files are read only before a question, because this answer delays the call. */
  function needsWord(call: ToolCall): boolean {
    if (!needsApproval(call, rules)) return false;
    rules = session.rules();
    return needsApproval(call, rules);
  }

  function answer(call: ToolCall, proposer: ProviderId): ToolCallAnswer {
    const isAllowed = consented.has(proposer);
    bus.emit({ type: 'approval-ask', provider: proposer, tool: call.tool, asked: !isAllowed });
    return {
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: isAllowed ? 'allow' : 'ask',
        permissionDecisionReason: isAllowed
          ? `You allowed ${label(proposer)}'s commands: ccmux allow ${proposer}`
          : approvalText(proposer, session.backAt(), label, now()),
      },
    };
  }

  bus.on((event) => {
    // A consent is for one failover: Claude's next answer ends it. Choosing another provider ends it as well, because a
    // model could do that to postpone Claude's answer for ever.
    if (event.type === 'provider-switch' && provider(event.to)?.own) end();
    if (event.type === 'provider-steer') end();
  });

  return {
    onHook(body) {
      const { permission_mode: named } = Object(body) as { permission_mode?: unknown };
      if (typeof named === 'string') mode = named;
    },
    onToolCall(body) {
      const call = settings.safetyChecks === 'ask' ? readToolCall(body) : undefined;
      const proposer = call && session.proposerOf(call.id);
      if (!call || proposer === undefined || !needsWord(call)) return undefined;
      return answer(call, proposer);
    },
    allow(id, by) {
      const others = providers.filter(({ own }) => !own).map((one) => one.id);
      if (!others.includes(id)) {
        return others.length === 0
          ? 'there is nobody to allow: this session has no provider but Claude'
          : `no fallback '${id}' in this session, which has ${others.join(', ')}.`;
      }
      if (settings.safetyChecks !== 'ask')
        return `failover.safetyChecks is ${settings.safetyChecks}: nobody is asked in this session`;
      if (provider(session.serving())?.own)
        return 'Claude answers, and checks its own actions: nothing needs your word';
      if (!consented.has(id)) bus.emit({ type: 'consent-give', provider: id, by });
      consented.add(id);
      return undefined;
    },
    forbid: end,
    allowed: () => [...consented],
    asks() {
      const id = session.serving();
      const isAsked = settings.safetyChecks === 'ask' && mode === 'auto' && !provider(id)?.own && !consented.has(id);
      return isAsked ? [id] : [];
    },
  };
}

/**
 * When the user's own Claude can be asked again, epoch milliseconds; undefined: nobody knows. Where the conversation's
 * family is free, another family's limit may still hold for the safety check.
 */
export function claudeBackAt(
  own: ProviderId | undefined,
  router: Pick<Router, 'cooldowns' | 'family'>,
  now: number,
): number | undefined {
  if (own === undefined) return undefined;
  const cooldowns = router.cooldowns();
  return cooldownOf(cooldowns, own, router.family(), now)?.until ?? soonestReset(cooldowns, [own], now);
}
