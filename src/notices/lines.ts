import type { Bus } from '../events.ts';

/**
 * Where lines go. While Claude Code draws its screen, a line on stderr lands inside its input box; so there lines wait
 * for Claude Code's own hooks (`claude`), and are repeated on stderr after it has ended. Where hooks are off they wait
 * for the end (`exit`). Elsewhere (`-p`, or stderr is a file) each line is written as it happens (`stderr`).
 */
export type NoticeMode = 'stderr' | 'claude' | 'exit';

export type LineKind = {
  /** Shown also in the middle of a turn. */
  urgent?: boolean;
  /** Shown once and not repeated at the exit: who answered a turn. */
  passing?: boolean;
  /** Lines of the same mark say the same, whatever their times: at the exit the last stands for all. */
  like?: string;
};

export type Lines = {
  say(text: string, kind?: LineKind): void;
  /** Takes the lines that Claude Code's screen can show now, each with ccmux's name before it. */
  take(which: 'urgent' | 'all'): string[];
  /** Writes the lines for stderr once Claude Code has left the terminal. */
  flush(): void;
};

type Line = Required<LineKind> & { text: string; shown: boolean };

const PREFIX = 'ccmux: ';

/**
 * @param options.write writes to stderr; a failure (a closed terminal) is ignored.
 * @param options.reminders lines from before the launch, which come again with the first line.
 */
export function createLines(options: {
  bus: Bus;
  mode: NoticeMode;
  write: (text: string) => void;
  reminders: readonly string[];
}): Lines {
  const { bus, mode, write } = options;
  let lines: Line[] = [];
  const unsaid = [...options.reminders];

  function show(line: Line, display: () => void = () => {}): void {
    display();
    line.shown = true;
    bus.emit({ type: 'notice-show', text: line.text });
  }

  function put(text: string): void {
    try {
      write(`${PREFIX}${text}\n`);
    } catch {
      // The terminal is gone.
    }
  }

  function say(text: string, { urgent = false, passing = false, like = text }: LineKind = {}): void {
    for (const reminder of unsaid.splice(0)) say(reminder, { urgent: true });
    const line = { text, urgent, passing, like, shown: false };
    lines.push(line);
    if (mode === 'stderr') show(line, () => put(text));
  }

  return {
    say,
    take(which) {
      const ready = lines.filter((line) => !line.shown && (which === 'all' || line.urgent));
      for (const line of ready) show(line);
      return ready.map(({ text }) => PREFIX + text);
    },
    flush() {
      if (mode === 'stderr') return;
      const due = lines.filter((line) => !(line.passing && line.shown));
      lines = [];
      const alike = Map.groupBy(due, ({ like }) => like);
      for (const group of alike.values()) {
        const text = group.at(-1)!.text + (group.length === 1 ? '' : ` · ${group.length} times`);
        if (group.every(({ shown }) => shown)) put(text);
        else show({ ...group.at(-1)!, text }, () => put(text));
      }
    },
  };
}
