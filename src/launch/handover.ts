import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../ground/replace-file.ts';
import { isAnthropic } from '../claude/first-party.ts';
import { isRecord } from '../ground/check.ts';
import { parseSettings } from './sources.ts';

/**
 * Claude Code can move a session to the background from inside (`/bg`, `←`): it goes on without its terminal, and
 * `claude attach` starts it again, even days later, each time with its first `--settings`. ccmux has ended by then. So
 * a note beside the settings file holds the file's later text, which turns the session into one of plain `claude`.
 */
type Note = {
  version: typeof VERSION;
  /** Claude Code's own folder, with a record of each background session. */
  configDir: string;
  /** The later text of the settings file. */
  settings: string;
};

const VERSION = 1;
const noteOf = (path: string) => `${path}.handover`;

/**
 * Writes or replaces the settings file's later text for a background session. Never throws: if it fails (disk full),
 * such a session ends with ccmux.
 */
export function noteHandover(path: string, note: Omit<Note, 'version'>): void {
  try {
    replaceFile(noteOf(path), JSON.stringify({ version: VERSION, ...note }));
  } catch {
    // See above.
  }
}

/** True if this settings file was already handed over: then its ccmux has ended. */
export function isHandedOver(path: string): boolean {
  const note = readNote(path);
  return note !== undefined && note !== 'foreign' && read(path) === note.settings;
}

/**
 * Removes the settings file of a ccmux that ends or has ended, unless background sessions need it.
 * @returns their ids, as `claude attach` takes them.
 */
export function leave(path: string): string[] {
  const note = readNote(path);
  // Another version of ccmux wrote it, so it stays.
  if (note === 'foreign') return [];
  const sessions = note === undefined ? [] : sessionsWith(path, note.configDir);
  if (note === undefined || sessions.length === 0) {
    rmSync(noteOf(path), { force: true });
    rmSync(path, { force: true });
  } else if (read(path) !== note.settings) {
    replaceFile(path, note.settings);
    if (endsAtAnthropic(note.settings)) takeMarksAway(sessions, note.configDir);
  }
  return sessions;
}

function endsAtAnthropic(settings: string): boolean {
  const env = parseSettings(settings)?.['env'];
  return isRecord(env) && isAnthropic(String(env['ANTHROPIC_BASE_URL']));
}

/**
 * Claude Code marks a session with a custom address, and stops it if it has none later ("No LLM gateway"); the address
 * was ccmux's. The mark is an empty file. (Observed with 2.1.330.)
 */
function takeMarksAway(sessions: readonly string[], configDir: string): void {
  for (const id of sessions) rmSync(join(configDir, 'daemon', 'gateway-routed', id), { force: true });
}

export type BackgroundSession = {
  /** The conversation's id, a UUID; the session goes by its first eight digits. */
  id: string;
  /** When it moved, epoch milliseconds. */
  createdAt: number;
  /** It moved during an answer that is not finished. */
  working: boolean;
};

/** @returns undefined if Claude Code has no such background session. */
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
