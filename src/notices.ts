import type { Bus, Event, EventOf, ProviderId } from './events.ts';
import { footerSegment } from './notices/footer.ts';
import type { LiveState } from './report/live.ts';
import {
  approvalLine,
  backLine,
  billingLine,
  budgetLine,
  configLine,
  consentLine,
  clientLine,
  cutLine,
  failoverLine,
  nobodyLine,
  readyLine,
  shareLine,
  steerLine,
} from './words/notice.ts';
import { storageLine } from './words/storage.ts';
import type { Obstacle } from './words/switch.ts';

/**
 * Tells the user what happened, in the one place where a line does no harm. While Claude Code draws its screen, a line
 * on stderr lands inside its input box; so there lines wait for Claude Code's own hooks, and are repeated on stderr
 * after it has ended. Elsewhere (`-p`, or stderr is a file) each line is written as it happens.
 */
export type NoticeMode = 'stderr' | 'claude' | 'exit';

/** What a hook answers to Claude Code (its hooks page). */
export type HookOutput = { systemMessage: string; terminalSequence?: string };

export type Notices = {
  /**
   * Lines that wait for Claude Code's screen. Resolves once the answer that Claude Code has just read has been
   * accounted for too, at the latest after half a second.
   *
   * @param name `stop` or `post-tool-use`, the control route's last part.
   * @param body what Claude Code posted: JSON, of which only `agent_id` is looked at.
   */
  onHook(name: string, body: unknown): Promise<HookOutput | undefined>;
  /** @param stdin what Claude Code gives its status line. */
  footer(stdin: unknown): string;
  /** Writes what belongs on stderr once the terminal is ours again. */
  flushAfterExit(): void;
};

/** A question that nobody has answered yet. `brief`: for the footer. */
export type Unanswered = { text: string; brief: string };

type Line = {
  text: string;
  /** Worth showing in the middle of a turn. */
  urgent: boolean;
  shown: boolean;
  /** Said once and not again after the exit: who answered a turn. */
  passing: boolean;
};

/** One request that is running: what is needed when it ends. */
type Running = { thread: EventOf<'exchange-start'>['thread']; obstacles: Obstacle[]; committed: boolean };

const PREFIX = 'ccmux: ';
const LATEST_MS = 500;

/**
 * @param options.write writes to stderr; it may fail (a closed terminal), and then nobody is told.
 * @param options.providers in the user's order, the preferred one first.
 * @param options.live the session at this moment.
 */
export function createNotices(options: {
  bus: Bus;
  mode: NoticeMode;
  write: (text: string) => void;
  providers: readonly { id: ProviderId; label: string }[];
  live: () => LiveState;
  now?: () => number;
  unanswered?: readonly Unanswered[];
}): Notices {
  const { bus, mode, write, live, now = Date.now, unanswered = [] } = options;
  const order = options.providers.map(({ id }) => id);
  const labels = new Map(options.providers.map(({ id, label }) => [id, label]));
  const label = (id: ProviderId) => labels.get(id) ?? id;
  const first = order[0] ?? 'claude';
  const lines: Line[] = [];
  /** Was said before the launch, and comes again with the first line. */
  const unsaid = unanswered.map(({ text }) => text);
  const running = new Map<number, Running>();
  const waiting = new Set<() => void>();
  /** Who gave the conversation's last answer; undefined until there is one, and after `ccmux use`. */
  let serving: ProviderId | undefined;
  /** A model family's own limit is told with the switch alone; the whole provider's rest is in the live state too. */
  let toldBackAt: number | undefined;
  let share = emptyShare();
  let told = new Set<ProviderId>();
  let failureTold = false;
  let notified = false;
  /** Whose commands need approval has been said, in this failover. */
  const approvalTold = new Set<ProviderId>();

  const backAt = () => live().providers.find(({ id }) => id === first)?.until ?? toldBackAt;
  const back = () => ({ provider: first, at: backAt() });

  function say(text: string, kind: { urgent?: boolean; passing?: boolean } = {}): void {
    for (const reminder of unsaid.splice(0)) say(reminder, { urgent: true });
    const line = { text, urgent: kind.urgent ?? false, passing: kind.passing ?? false, shown: false };
    lines.push(line);
    if (mode === 'stderr') show(line, () => put(text));
  }

  function show(line: Line, display: () => void = () => {}): void {
    display();
    line.shown = true;
    bus.emit({ type: 'notice-show', text: line.text });
  }

  function put(text: string): void {
    try {
      write(`${PREFIX}${text}\n`);
    } catch {
      // The terminal is gone: there is nobody left to tell.
    }
  }

  /** The turn is over: say who answered it, unless a line about that provider has said so already. */
  function endTurn(message: Parameters<typeof shareLine>[1]): void {
    const others = new Map([...share.others].filter(([provider]) => !told.has(provider)));
    const { total } = share;
    if (others.size > 0) say(shareLine({ others, total }, message, back(), label, now()), { passing: true });
    share = emptyShare();
    told = new Set();
    failureTold = false;
  }

  function onSwitch(event: EventOf<'provider-switch'>): void {
    serving = event.to;
    if (event.to === first) approvalTold.clear();
    if (event.from === first || event.to === first) toldBackAt = event.backAt;
    if (event.cause === 'steer') return; // `provider-steer` has been confirmed already
    if (event.brief) return; // one line a hiccup
    const text = event.cause === 'back' ? backLine(event, label) : failoverLine(event, label, now());
    told.add(event.to);
    say(text, { urgent: true });
  }

  function onEnd(event: EventOf<'exchange-end'>): void {
    const exchange = running.get(event.exchange);
    running.delete(event.exchange);
    for (const check of waiting) check();
    if (exchange === undefined || exchange.thread === 'side') return;
    if (event.outcome === 'cut' && event.provider !== undefined) {
      say(cutLine(event.provider, event.totalMs, label), { urgent: true });
    }
    // Claude Code tries again many times: once a turn is enough.
    if (event.outcome === 'failed' && !failureTold) {
      failureTold = true;
      say(nobodyLine(exchange.obstacles, back(), label, now()), { urgent: true });
    }
  }

  function onEvent(event: Event): void {
    switch (event.type) {
      case 'exchange-start':
        if (event.thread === 'main' && event.startsTurn) endTurn('the message before');
        if (event.endpoint === 'messages') {
          running.set(event.exchange, { thread: event.thread, obstacles: [], committed: false });
        }
        break;
      case 'client-read':
        if (event.told && !event.firstParty) say(clientLine(event));
        break;
      case 'provider-skip':
        if (event.reason !== 'not_chosen')
          addObstacle(event.exchange, { provider: event.provider, reason: event.detail, asked: false });
        break;
      case 'attempt-fail':
        addObstacle(event.exchange, { provider: event.provider, reason: event.reason, asked: true });
        if (event.failure === 'billing' && event.action === 'relay') say(billingLine(event, label), { urgent: true });
        break;
      case 'attempt-commit':
        commit(event);
        break;
      case 'exchange-end':
        onEnd(event);
        break;
      case 'provider-switch':
        onSwitch(event);
        break;
      case 'provider-ready':
        if (event.provider === first && isWaitingForTheUser()) say(readyLine(first, label));
        break;
      case 'provider-steer':
        serving = undefined;
        say(steerLine(event, order, label), { urgent: true });
        break;
      case 'storage-fail':
        say(storageLine(event), { urgent: true });
        break;
      case 'approval-ask':
        if (event.asked && !approvalTold.has(event.provider))
          say(approvalLine(event.provider, label), { urgent: true, passing: true });
        approvalTold.add(event.provider);
        break;
      case 'consent-give':
        // What was typed as a prompt has been answered already.
        if (event.by !== 'prompt') say(consentLine(event, label), { urgent: true });
        break;
      case 'config-change':
        say(configLine(event), { urgent: event.now.length > 0 });
        break;
      case 'budget-reach':
        say(budgetLine(event), { urgent: event.level === 'over' });
        break;
      default:
        break;
    }
  }

  /** `switchBack: manual`: the fallback stays until somebody says otherwise, and nobody has yet. */
  function isWaitingForTheUser(): boolean {
    const { switchBack, steer } = live();
    return switchBack === 'manual' && steer === null && serving !== undefined && serving !== first;
  }

  function addObstacle(exchange: number, obstacle: Obstacle): void {
    const obstacles = running.get(exchange)?.obstacles;
    if (obstacles?.some(({ provider }) => provider === obstacle.provider) === false) obstacles.push(obstacle);
  }

  function commit(event: EventOf<'attempt-commit'>): void {
    const exchange = running.get(event.exchange);
    if (exchange === undefined) return;
    exchange.committed = true;
    if (exchange.thread === 'side') return;
    if (exchange.thread === 'main') serving = event.provider;
    share.total += 1;
    if (event.provider !== first) share.others.set(event.provider, (share.others.get(event.provider) ?? 0) + 1);
  }

  /** Claude Code has read the answer to its end before the proxy has: a few milliseconds, worth waiting for. */
  function settled(): Promise<void> {
    const busy = () => [...running.values()].some(({ thread, committed }) => thread === 'main' && committed);
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
      const ready = lines.filter((line) => !line.shown && (name === 'stop' || line.urgent));
      if (ready.length === 0) return undefined;
      for (const line of ready) show(line);
      const output: HookOutput = { systemMessage: ready.map((line) => PREFIX + line.text).join('\n') };
      if (notified || serving === undefined || serving === first) return output;
      notified = true;
      return { ...output, terminalSequence: `\u001B]9;${PREFIX}${label(serving)} answers now\u0007` };
    },
    footer(stdin) {
      const state = live();
      const segment = footerSegment({ live: state, serving: serving ?? state.serving, backAt: backAt(), stdin });
      return [segment, ...unanswered.map(({ brief }) => brief)].join(' · ');
    },
    flushAfterExit() {
      endTurn('the last message');
      if (mode === 'stderr') return;
      for (const line of lines) {
        if (line.passing && line.shown) continue;
        if (line.shown) put(line.text);
        else show(line, () => put(line.text));
      }
      lines.length = 0;
    },
  };
}

function emptyShare(): { others: Map<ProviderId, number>; total: number } {
  return { others: new Map(), total: 0 };
}

/** A subagent's tools report too, but nobody watches its transcript. */
function isSubagent(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'agent_id' in body && Boolean(body.agent_id);
}
