import type { Bus, Event, EventOf, ProviderId, QuotaWindow } from './events.ts';
import { footerSegment, windowsIn } from './notices/footer.ts';
import {
  backLine,
  billingLine,
  budgetLine,
  cutLine,
  failoverLine,
  nobodyLine,
  readyLine,
  steerLine,
  turnLine,
  type Obstacle,
  type Words,
} from './notices/lines.ts';

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
   * accounted for too, at the latest after a quarter of a second.
   *
   * @param body what Claude Code posted: JSON, of which only `agent_id` is looked at.
   */
  onHook(name: 'stop' | 'post-tool-use', body: unknown): Promise<HookOutput | undefined>;
  /** @param stdin what Claude Code gives its status line. */
  footer(stdin: unknown): string;
  /** Writes what belongs on stderr once the terminal is ours again. */
  flushAfterExit(): void;
};

type Line = {
  text: string;
  at: number;
  /** Worth showing in the middle of a turn. */
  urgent: boolean;
  shown: boolean;
  /** Said once and not again after the exit: who answered a turn. */
  passing: boolean;
};

/** One request that is running: what is needed when it ends. */
type Running = { thread: EventOf<'exchange-start'>['thread']; obstacles: Obstacle[]; committed: boolean };

const PREFIX = 'ccmux: ';
const LATEST_MS = 250;

/**
 * @param options.write one line without its line end; it may fail (a closed terminal), nobody is told.
 * @param options.labels names for providers that should not be called by their id.
 */
export function createNotices(options: {
  bus: Bus;
  mode: NoticeMode;
  write: (line: string) => void;
  labels?: Readonly<Record<ProviderId, string>>;
  switchBack?: 'turn' | 'manual' | 'immediate';
  now?: () => number;
}): Notices {
  const { bus, mode, write, labels = {}, switchBack = 'turn', now = Date.now } = options;
  const lines: Line[] = [];
  const running = new Map<number, Running>();
  const waiting = new Set<() => void>();
  let order: ProviderId[] = ['claude'];
  let serving: ProviderId = 'claude';
  let steered: ProviderId | undefined;
  let backAt: number | undefined;
  let windows: QuotaWindow[] = [];
  let budgetSpent = false;
  let share = emptyShare();
  let told = new Set<ProviderId>();
  let failureTold = false;
  let notified = false;

  const first = () => order[0] ?? 'claude';
  const back = () => ({ provider: first(), ...(backAt === undefined ? {} : { at: backAt }) });
  const words = (): Words => ({ name: (provider) => labels[provider] ?? provider, now: now() });

  function say(text: string, kind: { urgent?: boolean; passing?: boolean } = {}): void {
    const line = { text, at: now(), urgent: kind.urgent ?? false, passing: kind.passing ?? false, shown: false };
    lines.push(line);
    if (mode === 'stderr') show(line, () => put(PREFIX + text));
  }

  function show(line: Line, display: () => void = () => {}): void {
    display();
    line.shown = true;
    bus.emit({ type: 'notice-show', text: line.text });
  }

  function put(text: string): void {
    try {
      write(text);
    } catch {
      // The terminal is gone: there is nobody left to tell.
    }
  }

  /** The turn is over: say who answered it, unless a line about that provider has said so already. */
  function endTurn(when: 'this' | 'previous'): void {
    const others = new Map([...share.others].filter(([provider]) => !told.has(provider)));
    if (others.size > 0) say(turnLine({ others, total: share.total }, when, back(), words()), { passing: true });
    share = emptyShare();
    told = new Set();
    failureTold = false;
  }

  function onSwitch(event: EventOf<'provider-switch'>): void {
    serving = event.to;
    if (event.from === first() && event.backAt !== undefined) backAt = event.backAt;
    if (event.to === first()) backAt = undefined;
    if (event.cause === 'steer') return; // `provider-steer` has been confirmed already
    const text = event.cause === 'back' ? backLine(event, words()) : failoverLine(event, words());
    told.add(event.to);
    say(text, { urgent: true });
  }

  function onEnd(event: EventOf<'exchange-end'>): void {
    const exchange = running.get(event.exchange);
    running.delete(event.exchange);
    if (exchange === undefined || exchange.thread === 'side') return;
    if (event.outcome === 'cut' && event.provider !== undefined) {
      say(cutLine(event.provider, event.totalMs, words()), { urgent: true });
    }
    // Claude Code tries again many times: once a turn is enough.
    if (event.outcome === 'failed' && !failureTold) {
      failureTold = true;
      say(nobodyLine(exchange.obstacles, back(), words()), { urgent: true });
    }
  }

  function onEvent(event: Event): void {
    switch (event.type) {
      case 'session-start':
        order = event.order;
        serving = first();
        break;
      case 'exchange-start':
        if (event.thread === 'main' && event.startsTurn) endTurn('previous');
        if (event.endpoint === 'messages') {
          running.set(event.exchange, { thread: event.thread, obstacles: [], committed: false });
        }
        break;
      case 'provider-skip':
        if (event.reason !== 'not_chosen') addObstacle(event.exchange, event.provider, event.detail);
        break;
      case 'attempt-fail':
        addObstacle(event.exchange, event.provider, event.reason);
        if (event.failure === 'billing' && event.action === 'relay') say(billingLine(event, words()), { urgent: true });
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
      case 'provider-rest':
        if (event.provider === first() && event.family === undefined) backAt = event.until;
        break;
      case 'provider-ready':
        if (event.provider !== first()) break;
        backAt = undefined;
        if (serving !== first() && switchBack === 'manual' && steered === undefined) {
          say(readyLine(first(), words()));
        }
        break;
      case 'quota-read':
        if (event.provider === first()) windows = event.windows;
        break;
      case 'provider-steer':
        steered = event.provider === 'auto' ? undefined : event.provider;
        say(steerLine(event, order, words()), { urgent: true });
        break;
      case 'budget-reach':
        budgetSpent ||= event.level === 'over';
        say(budgetLine(event), { urgent: event.level === 'over' });
        break;
      default:
        break;
    }
    // In the same tick an exchange's end is followed by its switch: whoever waits goes on after both.
    if (event.type === 'exchange-end') setImmediate(() => waiting.forEach((check) => check()));
  }

  function addObstacle(exchange: number, provider: ProviderId, reason: string): void {
    const obstacles = running.get(exchange)?.obstacles;
    if (obstacles === undefined || obstacles.some((obstacle) => obstacle.provider === provider)) return;
    obstacles.push({ provider, reason });
  }

  function commit(event: EventOf<'attempt-commit'>): void {
    const exchange = running.get(event.exchange);
    if (exchange === undefined) return;
    exchange.committed = true;
    if (exchange.thread === 'side') return;
    if (exchange.thread === 'main') serving = event.provider;
    share.total += 1;
    if (event.provider !== first()) share.others.set(event.provider, (share.others.get(event.provider) ?? 0) + 1);
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
      if (name === 'stop') endTurn('this');
      const ready = lines.filter((line) => !line.shown && (name === 'stop' || line.urgent));
      if (ready.length === 0) return undefined;
      for (const line of ready) show(line);
      const output: HookOutput = { systemMessage: ready.map((line) => PREFIX + line.text).join('\n') };
      if (notified || serving === first()) return output;
      notified = true;
      return { ...output, terminalSequence: `\u001B]9;${PREFIX}${words().name(serving)} answers now\u0007` };
    },
    footer(stdin) {
      return footerSegment(
        {
          first: first(),
          serving,
          switchBack,
          steered: steered !== undefined && steered === serving,
          ...(backAt === undefined ? {} : { backAt }),
          windows: windows.length > 0 ? windows : windowsIn(stdin),
          budgetSpent,
        },
        words().name,
        now(),
      );
    },
    flushAfterExit() {
      endTurn('this');
      if (mode === 'stderr') return;
      for (const line of lines) {
        if (line.passing && line.shown) continue;
        if (line.shown) put(PREFIX + line.text);
        else show(line, () => put(PREFIX + line.text));
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
