/**
 * Plain `claude` beside `ccmux claude`: the same situation for both, and what a user and an upstream saw of it.
 *
 * How to add a row: put a `Situation` into the list of `situations-….ts` that fits (or a new list, named in
 * `beside.test.ts`). `stage` sets everything up and gives back a function that runs the client once; it is called with
 * `plain` first and `ccmux` second, on the same stage, and returns what was `seen(…)`. Everything seen must be equal.
 * Where it cannot be, `differs` says why in a few words, and `asCcmux` turns what plain `claude` did into what is
 * expected of ccmux: the row fails when it is anything else, and also when the two have become equal.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedRequest } from '../../../src/demo/script.ts';
import { claudeCommand, start, type Place, type Run } from '../../helpers/claude.ts';

export type Through = 'plain' | 'ccmux';

/** What can be compared. Ids, times and signatures, which differ between any two runs, have been taken out. */
export type Seen = {
  code: number | null;
  stdout: string;
  /** One text for each request: method and path, headers in their order and case, the body. */
  upstream: string[];
};

export type Situation = {
  /** What the user does, in a few words: it is a line of the table. */
  name: string;
  stage(): Promise<(through: Through) => Promise<Seen>>;
  differs?: { [Facet in keyof Seen]?: { why: string; asCcmux(plain: Seen[Facet]): Seen[Facet] } };
};

/** Keeps the place as it is now. @returns puts it back: what a run has left in home and configuration is gone. */
export function firstDay(place: Place): () => void {
  const folders = [place.home, place.configDir];
  const kept = (folder: string) => join(place.home, '..', 'kept', folder.replaceAll('/', '-'));
  for (const folder of folders) cpSync(folder, kept(folder), { recursive: true });
  return () => {
    for (const folder of folders) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      cpSync(kept(folder), folder, { recursive: true });
    }
  };
}

/** Runs the client with these arguments, each time as on the first day. */
export function afresh(place: Place): (through: Through, args: string[]) => Promise<Run> {
  const restore = firstDay(place);
  return (through, args) => {
    restore();
    return start(place, claudeCommand(through, args)).finished;
  };
}

/** @param requests what reached the upstream in this run, and nothing of the run before. */
export function seen(run: Pick<Run, 'code' | 'stdout'>, requests: readonly SimulatedRequest[]): Seen {
  return { code: run.code, stdout: alike(run.stdout), upstream: requests.map(textOf).toSorted() };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** The device, as the client names it in its metadata. */
const HASH = /\b[0-9a-f]{64}\b/g;
const MINTED = /\b(toolu|msg|req)_[0-9a-f]{6,}/g;
/** Claude Code names an agent by 17 digits. */
const AGENT = /\ba[0-9a-f]{16}\b/g;
const MEASURED = /"(\w+_ms|totalDurationMs|ttftMs|timestamp|at)":("[^"]*"|[\d.]+)/g;

function alike(text: string): string {
  return text
    .replaceAll(UUID, '<id>')
    .replaceAll(HASH, '<hash>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(MINTED, '$1_<id>')
    .replaceAll(AGENT, '<agent>')
    .replaceAll(/"signature":"[^"]+"/g, '"signature":"<signature>"')
    .replaceAll(MEASURED, '"$1":<time>')
    .replaceAll(/\bcch=[0-9a-f]+/g, 'cch=<checksum>')
    .replaceAll(/\d{4}-\d\d-\d\d(?=['"\\.\s])/g, '<day>')
    .replaceAll(/((?:^|\n)x-claude-code-prev-tool-durations: ).*/g, '$1<durations>');
}

/** `Connection`, and the address of a simulator, belong to a connection, and each run has its own. */
function textOf({ method, url, rawHeaders, body }: SimulatedRequest): string {
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
  const kept = headers.filter((header) => !/^(connection: |host: 127\.)/i.test(header));
  return alike([`${method} ${url}`, ...kept, '', body.toString()].join('\n'));
}

/** Where two texts part, with what stands around it: nobody can read a difference between two bodies of 50 kB. */
export function firstDifference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return `${one.slice(Math.max(at - 80, 0), at + 120)}\n≠\n${other.slice(Math.max(at - 80, 0), at + 120)}`;
}
