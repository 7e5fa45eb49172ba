import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Prompts as developers type them, each with the route that a person would give it to; `none` belongs to no route. */
export type Labelled = {
  language: string;
  /** The examples of each route. */
  routes: Record<string, string[]>;
  prompts: { label: string; text: string; half: 'calibration' | 'report' }[];
};

type InFile = Omit<Labelled, 'prompts'> & { prompts: Record<string, string[]> };

export const NONE = 'none';

/**
 * One user's routes and prompts a file. Every other prompt is for calibration: thresholds were chosen by that half, and
 * what is reported comes from the other one.
 */
export function readLabelled(): Labelled[] {
  const folder = new URL('prompts/', import.meta.url);
  return readdirSync(folder).map((file) => {
    const { prompts, ...rest } = parse(readFileSync(new URL(file, folder), 'utf8')) as InFile;
    const each = Object.entries(prompts).flatMap(([label, texts]) =>
      texts.map((text, i) => ({ label, text, half: i % 2 === 0 ? ('calibration' as const) : ('report' as const) })),
    );
    return { ...rest, prompts: each };
  });
}

/** How decisions came out: those that named the right route, a wrong one, and the prompts of a route that got none. */
export type Tally = { right: number; wrong: number; missed: number; prompts: number };

/** @param decided the route of a prompt; undefined: none. */
export function tallyOf(decided: readonly { label: string; route: string | undefined }[]): Tally {
  const named = decided.filter(({ route }) => route !== undefined);
  const right = named.filter(({ label, route }) => label === route).length;
  const wanted = decided.filter(({ label }) => label !== NONE).length;
  return { right, wrong: named.length - right, missed: wanted - right, prompts: decided.length };
}

export function precisionOf({ right, wrong }: Tally): number {
  return right + wrong === 0 ? 1 : right / (right + wrong);
}

export function recallOf({ right, missed }: Tally): number {
  return right + missed === 0 ? 1 : right / (right + missed);
}

/** One row of the table that `npm test` prints. */
export function rowText(name: string, tally: Tally): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`.padStart(6);
  const { right, wrong, missed, prompts } = tally;
  const counts = `${right} right, ${wrong} wrong, ${missed} missed of ${prompts} prompts`;
  return `  ${name.padEnd(34)} precision ${percent(precisionOf(tally))}  recall ${percent(recallOf(tally))}  (${counts})`;
}
