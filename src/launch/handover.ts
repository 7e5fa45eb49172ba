import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAnthropic } from '../claude/first-party.ts';
import { isRecord, parseSettings } from './sources.ts';

/**
 * Claude Code can move a session to the background from inside (`/bg`, `←`): it goes on without its terminal, and is
 * started again by `claude attach` whenever somebody wants, days later too, each time with the `--settings` that it
 * began with. ccmux is gone by then. So beside such a session's settings file lies a note with what the file is to say
 * once ccmux has left: the session is then plain `claude`'s.
 */
type Note = {
  version: typeof VERSION;
  /** Claude Code's own folder, which holds a record of each session in the background. */
  configDir: string;
  /** The text of the settings file from then on. */
  settings: string;
};

const VERSION = 1;
const noteOf = (path: string) => `${path}.handover`;

/**
 * Writes, or replaces, what is to stand in the settings file when ccmux leaves it to the background. Never throws: where
 * it fails (no room), such a session ends with ccmux.
 */
export function noteHandover(path: string, note: Omit<Note, 'version'>): void {
  try {
    replace(noteOf(path), JSON.stringify({ version: VERSION, ...note }));
  } catch {
    rmSync(`${noteOf(path)}.new`, { force: true });
  }
}

/** Whether this settings file was left to the background already: then nobody waits for its ccmux. */
export function isHandedOver(path: string): boolean {
  const note = readNote(path);
  return note !== undefined && note !== 'foreign' && read(path) === note.settings;
}

/**
 * The ccmux of this settings file leaves, or has left: the file goes, unless sessions in the background need it.
 * @returns the ids of those, as `claude attach` takes them.
 */
export function leave(path: string): string[] {
  const note = readNote(path);
  // Another version of ccmux wrote it, and knows what it means.
  if (note === 'foreign') return [];
  const sessions = note === undefined ? [] : sessionsWith(path, note.configDir);
  if (note === undefined || sessions.length === 0) {
    rmSync(noteOf(path), { force: true });
    rmSync(path, { force: true });
  } else if (read(path) !== note.settings) {
    replace(path, note.settings);
    if (endsAtAnthropic(note.settings)) takeMarksAway(sessions, note.configDir);
  }
  return sessions;
}

function endsAtAnthropic(settings: string): boolean {
  const env = parseSettings(settings)?.['env'];
  return isRecord(env) && isAnthropic(String(env['ANTHROPIC_BASE_URL']));
}

/**
 * Claude Code marks a session that had an address of its own, and stops it wherever it has none later ("No LLM
 * gateway"); the address was ours. The mark is an empty file. (Observed with 2.1.330.)
 */
function takeMarksAway(sessions: readonly string[], configDir: string): void {
  for (const id of sessions) rmSync(join(configDir, 'daemon', 'gateway-routed', id), { force: true });
}

export type BackgroundSession = {
  /** The conversation's id, a UUID; the session goes by its first eight digits. */
  id: string;
  /** When it moved, epoch milliseconds. */
  createdAt: number;
  /** It moved in the middle of an answer, and has not finished it. */
  working: boolean;
};

/** @returns undefined where Claude Code has no such session in the background. */
export function backgroundSession(name: string, configDir: string): BackgroundSession | undefined {
  const { sessionId, createdAt, tempo } = jobOf(name, configDir);
  if (typeof sessionId !== 'string') return undefined;
  return { id: sessionId, createdAt: Date.parse(String(createdAt)) || 0, working: tempo === 'active' };
}

/** `respawnFlags` are the options of every later start. */
function sessionsWith(settingsFile: string, configDir: string): string[] {
  return namesIn(join(configDir, 'jobs')).filter((name) => {
    const flags = jobOf(name, configDir)['respawnFlags'];
    return Array.isArray(flags) && flags.some((flag) => flag === settingsFile || flag === `--settings=${settingsFile}`);
  });
}

/** Claude Code writes `jobs/<name>/state.json` before it moves a session (observed with 2.1.330). */
function jobOf(name: string, configDir: string): Record<string, unknown> {
  return parseSettings(read(join(configDir, 'jobs', name, 'state.json')) ?? '') ?? {};
}

function readNote(path: string): Note | 'foreign' | undefined {
  const text = read(noteOf(path));
  if (text === undefined) return undefined;
  const { version, configDir, settings } = parseSettings(text) ?? {};
  if (version !== VERSION || typeof configDir !== 'string' || typeof settings !== 'string') return 'foreign';
  return { version, configDir, settings };
}

/** In one step: the client may read it at any moment. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
