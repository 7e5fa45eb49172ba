import { styleText } from 'node:util';
import type { Prompt } from '@clack/core';
import { formatInstructionFooter, S_BAR, symbol, symbolBar } from '@clack/prompts';

/**
 * A question of our own, drawn like those of `@clack/prompts`: while it is asked, the message, the lines and the keys;
 * afterwards what was chosen.
 */
export function framed(
  { state }: Pick<Prompt<unknown>, 'state'>,
  { message, lines, keys, chosen }: { message: string; lines: () => readonly string[]; keys: string[]; chosen: string },
): string {
  const head = `${styleText('gray', S_BAR)}\n${symbol(state)}  ${message}`;
  if (state === 'submit' || state === 'cancel') {
    const line = styleText(state === 'submit' ? ['dim'] : ['strikethrough', 'dim'], chosen);
    return `${head}\n${styleText('gray', S_BAR)}  ${line}`;
  }
  const bar = symbolBar(state);
  return [head, ...lines().map((line) => `${bar}  ${line}`), ...formatInstructionFooter(undefined, keys, true)].join(
    '\n',
  );
}
