import { readRegularFile } from '../ground/regular-file.ts';
import { join } from 'node:path';

/**
 * Decides whether a prompt was typed. Claude Code posts a scheduled prompt (its tools `CronCreate` and
 * `ScheduleWakeup`, and its task file) to the hook like a typed one (seen in 2.1.330). So a consent does not count if a
 * tool call of this session, or the task file, contains the same line.
 */
export type Typed = {
  /** @param input a tool call's arguments. */
  onToolCall(input: unknown): void;
  /** @param source who wrote the prompt by the client's word; most versions name nobody. */
  isConsentTyped(source: unknown): boolean;
};

const CONSENT = /\bccmux\s+(?:allow\b|budget\s+\+)/i;
/** As deep as any tool's input. */
const DEEPEST = 8;
const PEOPLE: ReadonlySet<unknown> = new Set([undefined, 'user', 'sdk']);

/** @param folders the places of the client's scheduled tasks: the start folder and the repository's root. */
export function createTyped(folders: readonly string[]): Typed {
  let written = false;
  return {
    onToolCall(input) {
      written ||= holdsConsent(input, DEEPEST);
    },
    isConsentTyped: (source) => PEOPLE.has(source) && !written && !folders.some(isScheduled),
  };
}

function holdsConsent(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return CONSENT.test(value);
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  return Object.values(value).some((part) => holdsConsent(part, depth - 1));
}

function isScheduled(folder: string): boolean {
  try {
    const text = readRegularFile(join(folder, '.claude', 'scheduled_tasks.json'));
    return CONSENT.test(text) || holdsConsent(JSON.parse(text), DEEPEST);
  } catch {
    return false;
  }
}
