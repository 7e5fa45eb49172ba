import pc from 'picocolors';
import type { ProviderId } from '../events.ts';

/** Colours and letters of providers: the same provider looks the same in every line of one report. */
export type Palette = {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  /** In the provider's colour. */
  of(provider: ProviderId): (text: string) => string;
  /** Dark on the provider's colour. */
  on(provider: ProviderId): (text: string) => string;
  /** One letter that no other provider of the session has: `C`, `G`; without colours it tells them apart. */
  letter(provider: ProviderId): string;
};

/** @param providers in the user's order, which decides who gets which colour and letter. */
export function paletteFor(providers: { id: ProviderId; label: string }[], color: boolean): Palette {
  const paint = pc.createColors(color);
  const hues = [paint.yellow, paint.cyan, paint.green, paint.magenta, paint.blue];
  const backs = [paint.bgYellow, paint.bgCyan, paint.bgGreen, paint.bgMagenta, paint.bgBlue];
  const letters = lettersOf(providers);
  const place = (id: ProviderId) =>
    Math.max(
      0,
      providers.findIndex((provider) => provider.id === id),
    ) % hues.length;
  return {
    bold: paint.bold,
    dim: paint.dim,
    red: paint.red,
    green: paint.green,
    yellow: paint.yellow,
    of: (id) => hues[place(id)] ?? String,
    on: (id) => (text) => (backs[place(id)] ?? String)(paint.black(text)),
    letter: (id) => letters.get(id) ?? '?',
  };
}

/** The first letter of the label that is still free, else of the alphabet. */
function lettersOf(providers: { id: ProviderId; label: string }[]): Map<ProviderId, string> {
  const letters = new Map<ProviderId, string>();
  const taken = new Set<string>();
  for (const { id, label } of providers) {
    const wishes = [...label.toUpperCase().replace(/[^A-Z]/g, ''), ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const letter = wishes.find((wish) => !taken.has(wish)) ?? '?';
    taken.add(letter);
    letters.set(id, letter);
  }
  return letters;
}
