import { isKeyId } from '../failover/key-turn.ts';
import { folders } from '../config/paths.ts';
import { ForeignFile } from '../ground/format.ts';
import { pause } from '../ground/pause.ts';
import { median } from '../failover/latency.ts';
import { catalogRow } from '../providers/catalog.ts';
import { readLive } from '../state/control.ts';
import type { LiveState } from '../state/live.ts';
import { folderProblem, listRunning } from '../state/running.ts';
import { openSharedState } from '../state/shared-state.ts';
import { INSIDE_CLAUDE } from '../report/inside-claude.ts';
import { paragraphs, renderLastKnown, renderStatus } from '../report/status-text.ts';
import type { LastKnown } from '../report/status-text.ts';
import { styleOf } from '../report/terminal.ts';
import { unseen } from '../words/storage.ts';
import { untilStopped, type Stoppable } from './until-stopped.ts';

export type StatusOptions = { json?: boolean; watch?: boolean };

export type StatusIo = Stoppable & {
  now?: () => number;
  /** How often `--watch` looks, milliseconds. Default: a second. */
  everyMs?: number;
};

const WAITS = '\nWaiting for a session to start. Ctrl-C ends this.\n';

/** The state at one moment. */
type Picture = {
  sessions: LiveState[];
  lastKnown: LastKnown | undefined;
  /** Why a session may run although none was found. */
  problem?: string;
  /** Running sessions that a newer ccmux has started, one line each. */
  unreadable?: string[];
  /** Why the stored state cannot be shown. */
  lost?: string;
};

/** `ccmux status`: who answers now and why, headroom and reset times. @returns the exit code. */
export async function runStatus(options: StatusOptions, io: StatusIo = process): Promise<number> {
  const draw = async () => {
    const picture = await look(io);
    if (options.json) return `${JSON.stringify(shown(picture), null, options.watch ? 0 : 2)}\n`;
    const waits = options.watch === true && picture.sessions.length === 0;
    return waits ? `${render(picture, io)}${WAITS}` : render(picture, io);
  };
  if (options.watch) return watch(draw, options, io);
  io.stdout.write(await draw());
  return 0;
}

/**
 * This output often becomes part of a conversation (`! ccmux status`) or of an issue, so it must not contain the secret
 * address of the session's page.
 */
function shown({ sessions, ...others }: Picture) {
  return { sessions: sessions.map(({ pageUrl: _secret, ...session }) => session), ...others };
}

/** The session of this environment, or every running one; without any, the stored state. */
async function look(io: StatusIo): Promise<Picture> {
  const { state } = folders(io.env);
  const own = io.env['CCMUX_SESSION'];
  const inside = own === undefined || own === '' ? undefined : await readLive(own);
  if (inside?.kind === 'state') return { sessions: [inside.state], lastKnown: undefined };
  const running = listRunning(state);
  const answers = await Promise.all(running.map(({ controlUrl }) => readLive(controlUrl)));
  const sessions = answers.flatMap((answer) => (answer.kind === 'state' ? [answer.state] : []));
  const unreadable = answers.flatMap((answer, at) =>
    answer.kind === 'refused' ? [`${running[at]!.session}: ${answer.message}.`] : [],
  );
  if (sessions.length + unreadable.length > 0) {
    const latestFirst = sessions.toSorted((a, b) => b.startedAt - a.startedAt);
    return { sessions: latestFirst, lastKnown: undefined, ...(unreadable.length > 0 && { unreadable }) };
  }
  const code = folderProblem(state);
  const recalled = await recall(state, (io.now ?? Date.now)());
  return { sessions, ...recalled, ...(code !== undefined && { problem: unseen(state, code) }) };
}

async function recall(stateDir: string, now: number): Promise<Pick<Picture, 'lastKnown' | 'lost'>> {
  const { join } = process.getBuiltinModule('node:path');
  let lost: string | undefined;
  const shared = openSharedState({
    file: join(stateDir, 'providers.json'),
    now: () => now,
    onFault: (fault) => {
      if (fault instanceof ForeignFile) lost = `${fault.message}: what was last known is in it.`;
    },
  });
  await shared.load();
  const savedAt = shared.savedAt();
  if (savedAt === undefined) return { lastKnown: undefined, ...(lost !== undefined && { lost }) };
  const cooldowns = shared.cooldowns();
  const providers = shared
    .known()
    .filter((id) => !isKeyId(id))
    .map((id) => {
      const usualMs = median(shared.samples(id));
      const windows = shared.windows(id);
      return {
        id,
        label: catalogRow(id)?.label ?? id,
        cooldowns: (cooldowns[id] ?? []).filter(({ until }) => until > now),
        ...(windows !== undefined && { windows }),
        ...(usualMs !== undefined && { usualMs }),
      };
    });
  const spent = { spentTodayUsd: shared.spentToday(), unknownPrices: shared.spendUnknown() };
  return { lastKnown: { savedAt, providers, ...spent } };
}

function render({ sessions, lastKnown, problem, unreadable = [], lost }: Picture, io: StatusIo): string {
  const style = { ...styleOf(io.stdout, io.env), ...(io.env['CLAUDECODE'] ? INSIDE_CLAUDE : {}) };
  if (problem !== undefined) return `No session can be found: ${problem}.\nSee: ccmux doctor\n`;
  const told = [...unreadable, ...(lost === undefined ? [] : [lost])].map((line) => paragraphs(style.width, [line]));
  const known = sessions.map((live) => renderStatus(live, style));
  if (known.length + unreadable.length === 0) known.push(renderLastKnown(lastKnown, (io.now ?? Date.now)(), style));
  return [...known, ...told].join('\n');
}

/**
 * Draws again every second until Ctrl-C: on the terminal's alternate screen, so that the previous content comes back;
 * into a pipe, after each change.
 */
async function watch(draw: () => Promise<string>, options: StatusOptions, io: StatusIo): Promise<number> {
  const inPlace = io.stdout.isTTY === true && !options.json;
  return untilStopped(io, async (stopped) => {
    if (inPlace) io.stdout.write('\x1b[?1049h\x1b[?25l\x1b[2J');
    let before = '';
    try {
      while (!stopped.aborted) {
        const frame = await draw();
        if (stopped.aborted) break;
        if (inPlace) io.stdout.write(repaint(frame, io.stdout.rows ?? 24));
        else if (frame !== before) io.stdout.write(frame);
        before = frame;
        await pause(io.everyMs ?? 1000, stopped);
      }
    } finally {
      if (inPlace) io.stdout.write('\x1b[?25h\x1b[?1049l');
    }
    return 0;
  });
}

/** Overwrites the previous frame without clearing the screen, which would flicker. */
function repaint(frame: string, rows: number): string {
  const lines = frame
    .trimEnd()
    .split('\n')
    .slice(0, Math.max(1, rows - 1));
  return `\x1b[H${lines.map((line) => `${line}\x1b[K\r\n`).join('')}\x1b[J`;
}
