import { styleText } from 'node:util';
import { dollars } from '../words/money.ts';
import { capitalised } from '../words/text.ts';
import { withKey } from '../words/switch.ts';
import { duration } from '../words/time.ts';
import type { Check } from './doctor-check.ts';
import type { LiveResult } from './doctor-live.ts';

const MARKS = { ok: ['✓', 'green'], note: ['·', 'dim'], warn: ['!', 'yellow'], broken: ['✗', 'red'] } as const;
const WIDTH = 80;

/** The checks as text, in groups, each with its way out below it. */
export async function checksText(checks: readonly Check[], colour: boolean): Promise<string> {
  const { default: wrap } = await import('wrap-ansi');
  const indented = (text: string) => wrap(text, WIDTH - 2, { hard: true }).replaceAll('\n', '\n  ');
  const lines: string[] = [];
  for (const about of new Set(checks.map((check) => check.about))) {
    lines.push(`${lines.length > 0 ? '\n' : ''}${paint('bold', capitalised(about), colour)}`);
    for (const { level, text, way } of checks.filter((check) => check.about === about)) {
      const [mark, style] = MARKS[level];
      lines.push(`${paint(style, mark, colour)} ${indented(text)}`);
      if (way) lines.push(`  ${indented(way)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** One provider that was asked, or why it was not. */
export async function liveText(result: LiveResult, colour: boolean): Promise<string> {
  const { default: wrap } = await import('wrap-ansi');
  const wrapped = (text: string) => wrap(text, WIDTH - 2, { hard: true }).replaceAll('\n', '\n  ');
  const { id, key, model, outcome, firstMs = 0, totalMs = 0, usd, tools, images, error, status, fault } = result;
  const name = withKey(id, key);
  if (outcome === 'skipped') return `${paint('dim', '·', colour)} ${wrapped(`${name}: not asked, ${error}`)}\n`;
  if (outcome === 'failed') {
    const way = wayOut(id, status, fault);
    return `${paint('red', '✗', colour)} ${wrapped(`${name} (${model}): ${error}`)}\n${way ? `  ${way}\n` : ''}`;
  }
  const cost = usd === null ? 'price not known' : usd === 0 ? 'free' : dollars(usd);
  const whole = tools !== 'ignored' && images !== 'not seen';
  const mark = whole ? paint('green', '✓', colour) : paint('yellow', '!', colour);
  const heard = `first word after ${duration(firstMs)}, done after ${duration(totalMs)}, ${cost}`;
  const took = `tools: ${tools}, images: ${images}`;
  return `${mark} ${name} (${model})\n  ${heard}\n  ${took}\n${error ? `  ${wrapped(error)}\n` : ''}`;
}

/** What a person can do about a status of a provider's, or about what it says with a 400 or a 403. */
export function wayOut(id: string, status = 0, fault?: LiveResult['fault']): string | undefined {
  const meant = (status === 400 || status === 403) && fault ? MEANT[fault] : undefined;
  return WAYS[meant ?? status]?.replace('<id>', id);
}

/** Google refuses a key with a 400. */
const MEANT: Partial<Record<NonNullable<LiveResult['fault']>, number>> = { key: 401, money: 402, model: 404 };

const WAYS: Record<number, string> = {
  400: 'If it names the model, set another under `providers.<id>.models`.',
  401: 'The key is not accepted: make a new one, or correct the variable.',
  402: 'The account has no credit left.',
  403: 'The key may not do this: look at its rights and the region.',
  404: 'The model is not known there: set another under `providers.<id>.models`.',
  429: 'A limit is reached: it is available again when that resets.',
};

function paint(style: Parameters<typeof styleText>[0], text: string, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}
