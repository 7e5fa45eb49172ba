import type { Bus, Event, EventOf, ProviderId } from './events.ts';
import { footerSegment } from './notices/footer.ts';
import { createAbsence } from './notices/absence.ts';
import { createLines, type NoticeMode } from './notices/lines.ts';
import type { FooterField, LiveState, Notification } from './state/live.ts';
import { couldNobody, followRequests, type RunningRequest } from './notices/requests.ts';
import {
  absenceLine,
  approachLine,
  approvalLine,
  backLine,
  billingLine,
  budgetLine,
  configLine,
  consentLine,
  embeddingLine,
  clientLine,
  cutLine,
  failoverLine,
  holdLine,
  keyLine,
  moveLine,
  netTestLine,
  nobodyLine,
  overageLine,
  readyLine,
  reviewLines,
  shareLine,
  steerLine,
  swarmLine,
  tooLongLine,
  waitedLine,
  waitLine,
  type Back,
  type Wait,
} from './words/notice.ts';
import { soonestEnd } from './words/ends.ts';
import { spareOf } from './words/standing.ts';
import { sharingLine } from './words/sharing.ts';
import { storageLine } from './words/storage.ts';
import { storeLine } from './words/store.ts';
import type { Obstacle } from './words/switch.ts';
import { reasonText } from './words/why.ts';

/** What a hook answers to Claude Code (its hooks page). */
export type HookOutput = { systemMessage: string };

export type Notices = {
  /**
   * Lines that wait for Claude Code's screen. Resolves once the answer that Claude Code has just read is included, at
   * the latest after half a second.
   *
   * @param name `stop`, `post-tool-use` or `user-prompt-submit`, the control route's last part.
   * @param body the JSON that Claude Code posted; only `agent_id` is read.
   */
  onHook(name: string, body: unknown): Promise<HookOutput | undefined>;
  /**
   * @param stdin what Claude Code gives its status line.
   * @param columns how much fits; 0: unknown.
   */
  footer(stdin: unknown, columns: number): string;
  /** Writes the lines for stderr once Claude Code has left the terminal. */
  flushAfterExit(): void;
};

/** A question that nobody has answered yet. `brief`: for the footer. */
export type Unanswered = { text: string; brief: string };

const LATEST_MS = 500;
/** A shorter wait for a place is over before it has been read. */
const LONG_QUEUE_MS = 5_000;
/** A limit of a minute is soon over, and comes again. */
const SHORT_LIMIT_MS = 60_000;
const NOTIFY_AGAIN_MS = 60_000;
/** After a shorter absence no notification is sent. */
const LONG_AWAY_MS = 60_000;

/**
 * Tells the user what happened: in lines (where they go: `notices/lines.ts`), in the footer, and by the terminal's own
 * notification.
 *
 * @param options.write writes to stderr; a failure (a closed terminal) is ignored.
 * @param options.providers in the user's order, the preferred one first; `routed`: only a route asks it.
 * @param options.live the session at this moment.
 */
export function createNotices(options: {
  bus: Bus;
  mode: NoticeMode;
  write: (text: string) => void;
  providers: readonly { id: ProviderId; label: string; routed?: true }[];
  live: () => LiveState;
  footer: { format: readonly FooterField[]; color: boolean };
  /** The terminal's own notification: which are wanted, and what sends one. */
  notify: { wanted: readonly Notification[]; send: (text: string) => void };
  now?: () => number;
  unanswered?: readonly Unanswered[];
}): Notices {
  const { bus, mode, live, now = Date.now, unanswered = [] } = options;
  const lines = createLines({ ...options, reminders: unanswered.map(({ text }) => text) });
  const { say } = lines;
  const order = options.providers.flatMap(({ id, routed }) => (routed ? [] : [id]));
  const labels = new Map(options.providers.map(({ id, label }) => [id, label]));
  const label = (id: ProviderId) => labels.get(id) ?? id;
  const first = order[0] ?? 'claude';
  const requests = followRequests();
  /** Requests that wait so long that it is worth a line. */
  const longWaits = new Map<number, Wait & { at: number }>();
  const waiting = new Set<() => void>();
  /** Who gave the conversation's last answer; undefined until there is one, and after `ccmux use`. */
  let serving: ProviderId | undefined;
  /**
   * The notice of a switch alone names a model family's limit; a whole provider's cooldown is in the live state, too.
   */
  let toldBack: Pick<Back, 'at' | 'reason'> = { at: undefined, reason: undefined };
  let share = emptyShare();
  let told = new Set<ProviderId>();
  let failureTold = false;
  /** Once a turn: Claude Code tries again; and once a session. */
  let holdTold = false;
  let overflowTold = false;
  const isLongAway = createAbsence(first, now);
  /** A key that was told of, and why it rests. */
  const keysTold = new Set<string>();
  const notifiedAt = new Map<Notification, number>();
  let awayForLong = false;
  /** The notice about commands that need approval was shown in this failover. */
  const approvalTold = new Set<ProviderId>();

  function back(): Back {
    const { until, reason } = live().providers.find(({ id }) => id === first) ?? {};
    return { provider: first, ...(until === undefined ? toldBack : { at: until, reason }) };
  }

  /** A notification, at most one of a kind in a minute: they interrupt. */
  function notify(kind: Notification, text: string): void {
    const { wanted, send } = options.notify;
    if (!wanted.includes(kind) || now() - (notifiedAt.get(kind) ?? -Infinity) < NOTIFY_AGAIN_MS) return;
    notifiedAt.set(kind, now());
    bus.emit({ type: 'notification-send', kind, text });
    send(`ccmux: ${text}`);
  }

  /** The turn is over: say who answered it, unless an earlier line has named that provider. */
  function endTurn(message: Parameters<typeof shareLine>[1]): void {
    const others = new Map([...share.others].filter(([provider]) => !told.has(provider)));
    const { total, thoughts } = share;
    if (others.size > 0) {
      const like = `share ${[...others.keys()].join(' ')} ${thoughts}`;
      say(shareLine({ others, total, thoughts }, message, back(), label, now()), { passing: true, like });
    }
    share = emptyShare();
    told = new Set();
    failureTold = false;
    holdTold = false;
  }

  function onSwitch(event: EventOf<'provider-switch'>): void {
    serving = event.to;
    if (event.to === first) approvalTold.clear();
    if (event.from === first || event.to === first) toldBack = { at: event.backAt, reason: event.reason };
    // Why is told already: `provider-steer` or `exchange-move`. The turn's end says who answered.
    if (event.cause === 'move' || event.cause === 'steer') {
      share.thoughts += event.thoughts ?? 0;
      return;
    }
    if (event.brief) return; // one line a hiccup
    told.add(event.to);
    if (event.cause === 'back') return say(backLine(event, label), { urgent: true });
    const others = (requests.get(event.exchange)?.obstacles ?? []).filter(
      ({ provider, asked }) => asked && provider !== event.from && provider !== event.to,
    );
    const why = event.reason === undefined ? '' : reasonText(event.reason);
    say(failoverLine(event, label, now(), others), { urgent: true, like: `${event.from} ${why} ${event.to}` });
    awayForLong = (event.backAt ?? 0) - now() >= LONG_AWAY_MS;
    notify('switched', `${label(event.to)} answers in place of ${label(event.from)}`);
  }

  function onEnd(event: EventOf<'exchange-end'>, request: RunningRequest | undefined): void {
    for (const check of waiting) check();
    longWaits.delete(event.exchange);
    if (request === undefined || request.thread === 'side') return;
    if (event.outcome === 'cut' && event.provider !== undefined) {
      if (request.committed) uncount(event.provider);
      say(cutLine(event.provider, event.totalMs, label), { urgent: true });
    }
    // Claude Code retries many times: one notice a turn is enough.
    if (failureTold || !couldNobody(event, request)) return;
    // Without another provider Claude Code shows the problem itself.
    if (event.outcome === 'relayed' && request.obstacles.length < 2) return;
    failureTold = true;
    const obstacles = inOrder(request.obstacles);
    const like = `nobody ${obstacles.map(({ provider, reason }) => provider + reasonText(reason)).join(' ')}`;
    const soonest = soonestEnd(live().providers.filter(({ id, routed }) => id !== first && !routed))?.until;
    say(nobodyLine(obstacles, back(), label, now(), soonest), { urgent: true, like });
    notify('nobody', 'no provider can answer');
  }

  function onEvent(event: Event): void {
    const request = requests.note(event);
    switch (event.type) {
      case 'exchange-start':
        if (event.thread === 'main' && event.startsTurn) endTurn('the message before');
        break;
      case 'client-read':
        if (event.told && !event.firstParty) say(clientLine(event));
        break;
      case 'attempt-fail':
        if (event.failure === 'billing' && event.action === 'relay') say(billingLine(event, label), { urgent: true });
        break;
      case 'provider-wait':
        waitBegins(event.exchange, request);
        break;
      case 'exchange-wait':
        if (event.ms >= LONG_QUEUE_MS) waitBegins(event.exchange, request);
        break;
      case 'attempt-start':
        waitEnds(event);
        break;
      case 'attempt-commit':
        if (request) commit(event, request);
        break;
      case 'exchange-end':
        onEnd(event, request);
        break;
      case 'provider-switch':
        onSwitch(event);
        break;
      case 'provider-ready':
        if (event.provider !== first) break;
        if (isWaitingForTheUser()) say(readyLine(first, label));
        if (awayForLong) notify('back', `${label(first)} is available again`);
        awayForLong = false;
        break;
      case 'provider-cooldown':
        if (event.key && isWorthAWord(event))
          say(keyLine(event, label, now()), { like: `key ${event.provider} ${event.key.at}` });
        break;
      case 'provider-steer':
        serving = undefined;
        say(steerLine(event, order, label), { urgent: true });
        break;
      case 'review-offer':
        for (const line of reviewLines(event, label)) say(line, { urgent: true });
        break;
      case 'embedding-fail':
        say(embeddingLine(event));
        break;
      case 'memory-store-fail':
        say(storeLine(event));
        break;
      case 'storage-fail':
        say(storageLine(event), { urgent: true });
        break;
      case 'sharing-change':
        say(sharingLine(event), { urgent: true });
        break;
      case 'approval-ask':
        if (event.asked && !approvalTold.has(event.provider))
          say(approvalLine(event.provider, label), { urgent: true, passing: true });
        approvalTold.add(event.provider);
        break;
      case 'consent-give':
        // A command typed as a prompt was already answered.
        if (event.by !== 'prompt') say(consentLine(event, label), { urgent: true });
        break;
      case 'config-change':
        say(configLine(event), { urgent: event.now.length > 0 });
        break;
      case 'exchange-move':
        if (event.why.kind === 'overflow' && !overflowTold) say(moveLine(event, label), { urgent: true });
        overflowTold ||= event.why.kind === 'overflow';
        break;
      case 'exchange-hold':
        if (!holdTold) say(holdLine(event, back(), label, now()), { urgent: true, like: `hold ${event.rule}` });
        holdTold = true;
        break;
      case 'limit-approach':
        warnOfWindow();
        say(approachLine(event, label, now()), { like: `approach ${event.provider} ${event.window}` });
        break;
      case 'swarm-begin':
        say(swarmLine(event), { urgent: true, like: 'swarm' });
        break;
      case 'net-test':
        say(netTestLine(event, label), {
          urgent: event.result === 'failed',
          like: `net ${event.provider} ${event.key}`,
        });
        break;
      case 'overage-begin':
      case 'overage-end':
        say(overageLine(event, label), { urgent: true });
        break;
      case 'budget-reach':
        say(budgetLine(event), { urgent: event.level === 'over' });
        break;
      default:
        break;
    }
  }

  /** `switchBack: manual`: the fallback stays until the user chooses, and the user has not chosen yet. */
  function isWaitingForTheUser(): boolean {
    const { switchBack, steer } = live();
    return switchBack === 'manual' && steer === null && serving !== undefined && serving !== first;
  }

  /** A key that is refused, and one that is at its limit for longer than a minute's. */
  function isWorthAWord({ provider, key, reason, until, at }: EventOf<'provider-cooldown'>): boolean {
    const mark = `${provider} ${key?.at} ${reason.kind}`;
    if (keysTold.has(mark) || (reason.kind === 'limit' && until - at <= SHORT_LIMIT_MS)) return false;
    keysTold.add(mark);
    return true;
  }

  /** While there is time to do something about it: nobody who could take over has room for the conversation. */
  function warnOfWindow(): void {
    const fallbacks = live().providers.filter(({ id, state, routed }) => id !== first && !routed && state !== 'no_key');
    const sizes = fallbacks.flatMap(({ id, reason }) =>
      reason?.kind === 'small-window' ? [{ provider: id, ...reason }] : [],
    );
    const [largest] = sizes.toSorted((a, b) => b.fits - a.fits);
    if (largest === undefined || sizes.length < fallbacks.length) return;
    say(tooLongLine(largest.tokens, largest, label), { urgent: true, like: 'too long' });
  }

  function inOrder(obstacles: readonly Obstacle[]): Obstacle[] {
    return obstacles.toSorted((a, b) => order.indexOf(a.provider) - order.indexOf(b.provider));
  }

  /** On stderr it is shown at once; on Claude Code's screen the footer shows it, and a line follows when it is over. */
  function waitBegins(exchange: number, request: RunningRequest | undefined): void {
    if (request?.waits === undefined || request.thread === 'side') return;
    const { waits } = request;
    longWaits.set(exchange, waits);
    if (mode === 'stderr') say(waitLine(waits, spareOf(live(), waits.provider), label, now()));
  }

  function waitEnds({ exchange, at }: EventOf<'attempt-start'>): void {
    const wait = longWaits.get(exchange);
    longWaits.delete(exchange);
    if (wait && mode !== 'stderr') say(waitedLine(wait, at - wait.at, label), { urgent: true });
  }

  function commit(event: EventOf<'attempt-commit'>, { thread }: RunningRequest): void {
    if (thread === 'side') return;
    if (thread === 'main') {
      serving = event.provider;
      if (isLongAway(event.provider)) say(absenceLine(event.provider, back(), label, now()), { urgent: true });
    }
    share.total += 1;
    if (event.provider !== first) share.others.set(event.provider, (share.others.get(event.provider) ?? 0) + 1);
  }

  /** What broke off is no answer. */
  function uncount(provider: ProviderId): void {
    share.total -= 1;
    const count = (share.others.get(provider) ?? 0) - 1;
    if (count > 0) share.others.set(provider, count);
    else share.others.delete(provider);
  }

  /** Claude Code reads the end of the answer a few milliseconds before the proxy does, so wait for that. */
  function settled(): Promise<void> {
    const busy = () => requests.all().some(({ thread, committed }) => thread === 'main' && committed);
    if (!busy()) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(check);
        resolve();
      };
      const check = () => {
        if (!busy()) finish();
      };
      const timer = setTimeout(finish, LATEST_MS);
      waiting.add(check);
    });
  }

  bus.on(onEvent);

  return {
    async onHook(name, body) {
      if (mode !== 'claude' || isSubagent(body)) return undefined;
      await settled();
      if (name === 'stop') endTurn('this message');
      const ready = lines.take(name === 'stop' ? 'all' : 'urgent');
      return ready.length === 0 ? undefined : { systemMessage: ready.join('\n') };
    },
    footer(stdin, columns) {
      return footerSegment({
        live: live(),
        back: back(),
        stdin,
        columns,
        unanswered: unanswered.map(({ brief }) => brief),
        ...options.footer,
      });
    },
    flushAfterExit() {
      endTurn('the last message');
      lines.flush();
    },
  };
}

function emptyShare(): { others: Map<ProviderId, number>; total: number; thoughts: number } {
  return { others: new Map(), total: 0, thoughts: 0 };
}

/** Hooks also run for a subagent's tools, but the user does not see its transcript. */
function isSubagent(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'agent_id' in body && Boolean(body.agent_id);
}
